"""The story of a batch that was mended: the rounds before and after it, and what became of its rejected orders since."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Round:
    """Another batch of the same orders: a fix file that came back, a replay, or what they were made of.

    `orders_created` and `orders_rejected` are its own; `finished_at` as reports tell a time, None before.
    """

    batch_id: str
    file: str
    status: str
    finished_at: str | None
    orders_created: int
    orders_rejected: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """`before` and `after`: the other rounds, as they began; `created` and `open`: of the batch's rejected orders.

    `numbers`: some of those that are still open; `nameless`: how many of them have no number, so that nobody can tell.
    """

    before: tuple[Round, ...] = ()
    after: tuple[Round, ...] = ()
    created: int = 0
    open: int = 0
    nameless: int = 0
    numbers: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The members `mends`, `mended_by` and `since` of summary.json."""
        return {
            "mends": [vars(each) for each in self.before],
            "mended_by": [vars(each) for each in self.after],
            "since": {
                "created": self.created,
                "open": self.open,
                "open_without_number": self.nameless,
                "open_orders": list(self.numbers),
            },
        }
