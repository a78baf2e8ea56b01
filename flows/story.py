"""The story of orders that were mended: its rounds, and what became of a batch's rejected orders since."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Round:
    """A batch of the story: the first file, a fix file that came back, a replay.

    `orders_created` and `orders_rejected` are its own; `finished_at` as reports tell a time, None before.
    """

    batch_id: str
    file: str
    finished_at: str | None
    orders_created: int
    orders_rejected: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """`rounds`: all of them, the batch's own too, as they began; `created` and `open`: of the batch's rejected orders.

    `numbers`: some of those that are still open; `nameless`: how many of them have no number, so that nobody can tell.
    """

    rounds: tuple[Round, ...] = ()
    created: int = 0
    open: int = 0
    nameless: int = 0
    numbers: tuple[str, ...] = ()

    def others(self, batch_id: str | None) -> tuple[Round, ...]:
        """The rounds but for that one."""
        return tuple(each for each in self.rounds if each.batch_id != batch_id)

    def as_json(self, batch_id: str | None) -> dict[str, object]:
        """The members `rounds`, those but for the batch's own, and `since` of summary.json."""
        return {
            "rounds": [vars(each) for each in self.others(batch_id)],
            "since": {
                "created": self.created,
                "open": self.open,
                "open_without_number": self.nameless,
                "open_orders": list(self.numbers),
            },
        }
