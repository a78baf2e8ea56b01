"""How a batch stands, and which exit status the command has for it."""

from enum import StrEnum


class Status(StrEnum):
    """How a batch stands, from the best to the gravest: several together are told by the gravest of them."""

    REPEATED = "repeated"
    LOADED = "loaded"
    PARTIAL = "partial"
    REFUSED = "refused"
    LOADING = "loading"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do with these bytes; refused and failed ones are tried again."""
        return self in (Status.REPEATED, Status.LOADED, Status.PARTIAL)

    @property
    def exit_status(self) -> int:
        """The command's: 4 a machine's fault, 3 a refused batch, 1 rejected orders, 0 all is well."""
        return {"repeated": 0, "loaded": 0, "partial": 1, "refused": 3, "loading": 4, "failed": 4}[self]

    @property
    def gravity(self) -> int:
        """Its place in the order above, from 0."""
        return list(Status).index(self)

    @classmethod
    def of_orders(cls, rejected: int) -> "Status":
        """What a batch has come to of which so many orders are rejected."""
        return cls.PARTIAL if rejected else cls.LOADED


FINISHED = tuple(status.value for status in (Status.LOADED, Status.PARTIAL))
"""What the ledger says of a batch that is finished."""

ENDS_ITS_WORKER = "ends_its_worker"
"""The code of a batch that is set aside, since the processes that had it were gone without a word."""
