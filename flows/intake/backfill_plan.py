"""Plans a backfill: the files that match, oldest first, what is known of each, and how long they may take."""

import hashlib
import math
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from glob import glob, has_magic
from itertools import takewhile
from pathlib import Path

from flows.batch import Delivery, FileIdentity, file_identity
from flows.database import batches
from flows.database.connection import connect
from flows.errors import BatchError, UnfinishedError, WrongUseError, printable
from flows.formats import BLOCK, estimate_rows, format_of
from flows.intake.discover import look
from flows.intake.found import Found
from flows.intake.repeated import make_repeated
from flows.intake.snapshot import batch_id_of, open_regular
from flows.results import Result
from flows.settings import Settings
from flows.status import Status

ROWS_A_SECOND = 20_000
"""So many rows are imported in a second on two cores of a small machine; a figure to state, no promise."""

SECONDS_A_FILE = 0.1
"""What a file takes besides: its copy, its place in the ledger, its report."""

Admit = Callable[[Path], Path]


@dataclass(frozen=True, kw_only=True)
class PlannedFile:
    """A file of the plan; `rows` is an estimate, `earlier` the answer when its bytes were imported before."""

    delivery: Delivery
    size: int
    rows: int
    earlier: Result | None


@dataclass(frozen=True, kw_only=True)
class BackfillResult:
    """What came of a plan, in its order; so many files were not begun when somebody stopped it."""

    results: list[Result]
    unbegun: int
    found: Found = field(default_factory=Found)


@dataclass(frozen=True, kw_only=True)
class BackfillPlan:
    """The files of a backfill, oldest first."""

    files: tuple[PlannedFile, ...]
    found: Found = field(default_factory=Found)

    def waiting(self) -> list[Delivery]:
        """What there is to do."""
        return [file.delivery for file in self.files if not file.earlier]

    def seconds(self) -> int:
        """How long that may take, one after the other."""
        new = [file.rows for file in self.files if not file.earlier]
        return math.ceil(sum(new) / ROWS_A_SECOND + len(new) * SECONDS_A_FILE)

    def done(self, ended: dict[Delivery, Result | None]) -> BackfillResult:
        """What came of it: the earlier answers, and what each file that was begun came to."""
        results = [file.earlier or ended.get(file.delivery) for file in self.files]
        unbegun = len(self.waiting()) - len(ended)
        return BackfillResult(results=list(filter(None, results)), unbegun=unbegun, found=self.found)


def make_plan(
    settings: Settings, patterns: list[Path], source: str | None = None, admit: Admit = lambda path: path
) -> BackfillPlan:
    """The plan for these files, folders and globs; raises WrongUseError for one that nothing matches.

    `admit` is asked for each path before it is looked at, and may name it otherwise.
    """
    found = Found()
    for pattern in patterns:
        paths = _find_matching(pattern, admit)
        found.add(look(settings, paths, source, by_pattern=not os.path.lexists(pattern)))
    deliveries = {delivery.path: delivery for delivery in found.deliveries}
    ordered = sorted(deliveries.values(), key=_age)
    earlier = _find_finished(settings, ordered)
    files = tuple(_plan_file(delivery, earlier.get(delivery)) for delivery in ordered)
    return BackfillPlan(files=files, found=found)


def _find_matching(pattern: Path, admit: Admit) -> list[Path]:
    """A name that is there is meant as it is, whatever signs of a glob are in it."""
    if os.path.lexists(pattern):
        return [admit(pattern)]
    begins = Path(*takewhile(lambda part: not has_magic(part), pattern.parts))
    if ".." in pattern.parts[len(begins.parts) :]:  # it would ask what there is elsewhere
        raise WrongUseError("A glob may only go down, not up again by two dots.")
    admit(begins)
    found = [Path(path) for path in sorted(glob(str(pattern), recursive=True))]  # noqa: PTH207 - of any folder
    files = [path for path in found if path.is_dir() or format_of(path.name)]
    if not files:
        raise WrongUseError(f"No file to import matches {printable(str(pattern))}.")
    return [admit(path) for path in files]


def _age(delivery: Delivery) -> tuple[int, str, str]:
    written = 0
    with suppress(OSError):  # another run has moved it just now
        written = delivery.path.lstat().st_mtime_ns
    return written, delivery.path.name, str(delivery.path)


def _find_finished(settings: Settings, deliveries: Iterable[Delivery]) -> dict[Delivery, Result]:
    """The answers to those whose bytes are finished; a file of the drop is left to the import, which moves it."""
    ids = {delivery: _batch_id(delivery) for delivery in deliveries if not delivery.dropped}
    with connect(settings) as db:
        finished = batches.find_finished(db, [batch_id for batch_id in ids.values() if batch_id])
    return {
        delivery: make_repeated(
            Result(
                batch_id=batch_id,
                file=printable(delivery.path.name),
                source=delivery.source,
                status=Status.REPEATED,
            ),
            finished[batch_id],
            settings,
        )
        for delivery, batch_id in ids.items()
        if batch_id in finished
    }


def _batch_id(delivery: Delivery) -> str | None:
    """None for what cannot be read; the import says why."""
    with suppress(BatchError, UnfinishedError, OSError), open_regular(delivery) as read:
        identity = file_identity(os.fstat(read.fileno()))
        return batch_id_of(delivery.source, _sha256(delivery, identity))
    return None


@lru_cache(maxsize=100_000)
def _sha256(delivery: Delivery, _: FileIdentity) -> str:
    """Kept, so that a plan that was shown is made again for nothing by the flow."""
    with open_regular(delivery) as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def _plan_file(delivery: Delivery, earlier: Result | None) -> PlannedFile:
    size = rows = 0
    with suppress(BatchError, UnfinishedError, OSError), open_regular(delivery) as read:
        size = os.fstat(read.fileno()).st_size
        rows = estimate_rows(read.read(BLOCK), size)
    return PlannedFile(delivery=delivery, size=size, rows=rows, earlier=earlier)
