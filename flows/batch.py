"""A file on its way: delivered, and a batch once its own copy is taken; each makes the result that is told of it."""

import os
from dataclasses import dataclass
from pathlib import Path

from flows.errors import printable
from flows.formats import Format
from flows.results import Counts, Result
from flows.status import Status

FileIdentity = tuple[int, int, int]
"""What tells a file from another of its name: inode, size, and when it was written to, in nanoseconds."""


def file_identity(status: os.stat_result) -> FileIdentity:
    """The identity of a file that is open or was looked at."""
    return status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A file to import: where it lies, who sent it, and whether it is the drop's, which is moved when it is done.

    `named` says that somebody asked for this very file, and does not want to wait after a failure.
    `root` is the folder below which no link is followed on the way to it; the file's own when there is none.
    """

    path: Path
    source: str
    dropped: bool = False
    named: bool = False
    root: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One file of one source: `path` is our own copy, unpacked, whose original bytes have this `sha256`.

    `format` is None where its name ends in none that is known.

    A replay is one too, `replay_of` another: its rows are those that the database keeps.
    """

    batch_id: str
    source: str
    sha256: str
    file: str
    path: Path
    identity: FileIdentity
    format: Format | None
    replay_of: str | None = None

    def result(
        self,
        status: Status,
        *,
        counts: Counts | None = None,
        reason: str | None = None,
        report: Path | None = None,
    ) -> Result:
        """What came of it."""
        return Result(
            batch_id=self.batch_id,
            file=self.file,
            source=self.source,
            status=status,
            counts=counts or Counts(),
            reason=reason,
            report=report,
        )


def unread(delivery: Delivery, status: Status, reason: str | None) -> Result:
    """What is told of a file whose bytes never became a batch."""
    file = printable(delivery.path.name)
    return Result(batch_id=None, file=file, source=delivery.source, status=status, reason=reason)
