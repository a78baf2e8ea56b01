"""The values that the steps hand to each other, and the two ways in which a batch can end without its rows being judged."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

FIX_COLUMNS = ("import_row", "import_findings")
"""What the fix file adds behind the source's own columns; known, and of no account, when it comes back."""

NO_CELL = "(no cell)"
"""Stands in the fix file where a short row has no cell, and is no value when it comes back."""

LONGEST_REASON = 1000
"""A reason may name columns, of which a header can have a thousand; so much of it is told."""

Status = Literal["loaded", "partial", "refused", "failed", "loading", "repeated"]

GRAVER: tuple[Status, ...] = ("repeated", "loaded", "partial", "refused", "loading", "failed")
"""From the best to the gravest: several batches together are told by the gravest of them."""


class BatchError(Exception):
    """A batch that cannot be read as orders: a sentence for the person who can mend it, and `code`, which ends it."""

    def __init__(self, code: str, message: str) -> None:
        short = message if len(message) <= LONGEST_REASON else f"{message[:LONGEST_REASON]} …"
        super().__init__(f"{printable(short)} ({code})")
        self.code = code


class UnfinishedError(Exception):
    """A file that is not there any more, or was written to while it was read: not now, perhaps the next time."""


class WrongUseError(Exception):
    """A command that cannot be meant: a path or a batch that is not there, a name that cannot be a source's."""


class MachineError(Exception):
    """A fault that is neither the batch's nor its sender's: one sentence, without a secret or a value of an order.

    `passing` says that the same step may go well in a moment.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


Stamp = tuple[int, int, int]
"""What tells a file from another of its name: inode, size, and when it was written to, in nanoseconds."""


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file that is open or was looked at."""
    return status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A file to import: where it lies, who sent it, and whether it is the drop's, which is moved when it is done.

    `named` says that somebody asked for this very file, and does not want to wait after a failure.
    """

    path: Path
    source: str
    dropped: bool = False
    named: bool = False


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A source's way of naming columns: `columns` theirs to ours, `defaults` by our names for absent columns."""

    delimiter: str = ","
    columns: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    marker: str | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One file of one source, pinned: `path` is our own copy, unpacked, whose original bytes have this `sha256`.

    A replay is one too, `replay_of` another: its rows are those that the database keeps.
    """

    batch_id: str
    source: str
    sha256: str
    file: str
    path: Path
    stamp: Stamp
    kind: Literal["csv", "parquet", "kept", "unknown"]
    replay_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of rows and orders; they can be added up."""

    rows_read: int = 0
    rows_created: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_held_back: int = 0
    rows_blank: int = 0
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

    def come_out(self) -> bool:
        """Whether every row that was read is accounted for once."""
        parts = (
            self.rows_created
            + self.rows_unchanged
            + self.rows_rejected
            + self.rows_held_back
            + self.rows_blank
        )
        return self.rows_read == parts


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one batch, for the terminal, for `--json` and for the flow's state."""

    batch_id: str | None
    file: str
    source: str
    status: Status
    counts: Counts = Counts()
    reason: str | None = None
    report: Path | None = None

    def as_json(self) -> dict[str, object]:
        """The object that the command's `--json` and `summary.json` hold for a batch."""
        of = self.counts
        return {
            "batch_id": self.batch_id,
            "file": self.file,
            "source": self.source,
            "status": self.status,
            "reason": self.reason,
            "rows": {
                name: getattr(of, f"rows_{name}")
                for name in ("read", "created", "unchanged", "rejected", "held_back", "blank")
            },
            "orders": {
                name: getattr(of, f"orders_{name}") for name in ("created", "unchanged", "rejected", "warned")
            },
            "items": of.items,
            "findings": {"errors": of.errors, "warnings": of.warnings},
            "report": str(self.report) if self.report else None,
        }


def printable(name: str) -> str:
    """A file's name as text that a terminal, a page and a text column can hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def unread(delivery: Delivery, status: Status, reason: str | None) -> Result:
    """What is told of a file whose bytes never became a batch."""
    file = printable(delivery.path.name)
    return Result(batch_id=None, file=file, source=delivery.source, status=status, reason=reason)
