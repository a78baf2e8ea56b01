"""What came of a batch: its counts, its status and why; for a person, for a program, and for when it comes again."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flows.status import ENDS_ITS_WORKER, Status

if TYPE_CHECKING:
    from flows.sources.mapping_table import MappingLine

NOTHING_IMPORTED = "A dry run: nothing was imported; this is what an import would answer."
"""What is said wherever a dry run says anything."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of rows and orders; they can be added up."""

    rows_read: int = 0
    rows_created: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_held_back: int = 0
    rows_blank: int = 0
    rows_skipped: int = 0
    orders_created: int = 0
    orders_unchanged: int = 0
    orders_rejected: int = 0
    orders_warned: int = 0
    items: int = 0
    errors: int = 0
    warnings: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            **{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__}
        )

    def orders_as_json(self) -> dict[str, int]:
        """What became of the orders, as every answer tells it."""
        return {
            name: getattr(self, f"orders_{name}") for name in ("created", "unchanged", "rejected", "warned")
        }

    def sentence(self) -> str:
        """What became of the orders, for a person."""
        return (
            f"{self.orders_created:,} {'order' if self.orders_created == 1 else 'orders'} created,"
            f" {self.orders_unchanged:,} unchanged, {self.orders_rejected:,} rejected."
        )

    def is_balanced(self) -> bool:
        """Whether every row that was read is accounted for once."""
        parts = (
            self.rows_created
            + self.rows_unchanged
            + self.rows_rejected
            + self.rows_held_back
            + self.rows_blank
            + self.rows_skipped
        )
        return self.rows_read == parts


@dataclass(frozen=True, kw_only=True)
class FirstOutcome:
    """What a finished batch came to, for when it comes again; `finished_at` as reports tell a time."""

    status: Status
    counts: Counts
    finished_at: str

    def as_json(self) -> dict[str, object]:
        """The member `first` of a repeated batch."""
        return {
            "status": self.status,
            "orders": self.counts.orders_as_json(),
            "finished_at": self.finished_at,
        }

    def when(self) -> str:
        """When it was, to the minute."""
        return f"{self.finished_at[:10]} {self.finished_at[11:16]} UTC"

    def sentence(self) -> str:
        """The same for a person."""
        before = f"Imported before, {self.when()}, so nothing was done now."
        return f"{before} It was {self.status}: {self.counts.sentence()}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one batch, for the terminal, for `--json` and for the flow's state.

    `first` is what a repeated one came to when it was imported; `notes` are sentences on what is true beside the
    outcome.
    `mapping` is what becomes of its columns, where somebody has asked for it by a dry run. `mends` are the batches whose
    rejected orders these are.
    """

    batch_id: str | None
    file: str
    source: str
    status: Status
    counts: Counts = Counts()
    reason: str | None = None
    report: Path | None = None
    dry_run: bool = False
    first: FirstOutcome | None = None
    notes: tuple[str, ...] = ()
    mapping: "tuple[MappingLine, ...]" = ()
    mends: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """The command's: of a repeated batch that of its first outcome, for its rejected orders are rejected still."""
        return (self.first or self).status.exit_status

    @property
    def is_set_aside(self) -> bool:
        """Whether it has failed for good: it has ended the workers that had it."""
        return self.status is Status.FAILED and str(self.reason).endswith(f"({ENDS_ITS_WORKER})")

    def as_json(self) -> dict[str, object]:
        """The object that the command's `--json` and `summary.json` hold for a batch."""
        of = self.counts
        return {
            "batch_id": self.batch_id,
            "file": self.file,
            "source": self.source,
            "status": self.status,
            "reason": self.reason,
            "dry_run": self.dry_run,
            "rows": {
                name: getattr(of, f"rows_{name}")
                for name in ("read", "created", "unchanged", "rejected", "held_back", "blank", "skipped")
            },
            "orders": of.orders_as_json(),
            "items": of.items,
            "findings": {"errors": of.errors, "warnings": of.warnings},
            "report": str(self.report) if self.report else None,
            "first": self.first.as_json() if self.first else None,
            "notes": list(self.notes),
            **({"mends": list(self.mends)} if self.mends else {}),
        }
