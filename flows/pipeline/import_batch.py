"""The whole way of a batch, from its bytes to an answer for every order.

Every step may be done again: what is committed says so in the database, and is not done twice.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import psycopg

from flows import ledger
from flows.ahead import ahead
from flows.chunk import chunks, rows_a_chunk
from flows.commit import Committer
from flows.judge import judge_of
from flows.layouts import unknown_columns
from flows.migrate import ready_key
from flows.model import (
    Batch,
    BatchError,
    Counts,
    MachineError,
    Result,
    Status,
    UnfinishedError,
)
from flows.progress import tell
from flows.prove import proof_of
from flows.reap import freeing
from flows.recall import recall
from flows.report import write_report
from flows.rows import Chunk
from flows.settings import Settings
from flows.spill import Spill
from flows.spread import spread

R = TypeVar("R")

_log = logging.getLogger(__name__)


class Step(Protocol):
    """How a step is called: plainly, or as a task of a flow."""

    def __call__(self, step: Callable[..., R], /) -> Callable[..., R]: ...


def carry_through(batch: Batch, settings: Settings, step: Step, *, patient: bool = False) -> Result:
    """All that is done with a batch; one that cannot be read is refused, one that the machine fails has failed.

    Raises UnfinishedError when it is not its turn yet (see `enter`), and MachineError when there is not even a ledger
    to enter it.
    """
    earlier = step(enter)(batch, settings, patient)
    if earlier:
        return earlier
    try:
        step(import_rows)(batch, settings)
        return step(report)(batch, settings)
    except BatchError as error:
        return step(refuse)(batch, settings, str(error))
    except MachineError as error:
        return failed(batch, settings, str(error))


def enter(batch: Batch, settings: Settings, patient: bool) -> Result | None:
    """Enter the batch into the ledger; the earlier result when these bytes were finished before.

    Raises UnfinishedError when `patient` and the batch failed by a machine's fault a moment ago.
    """
    with freeing(settings) as db:
        if patient and ledger.must_wait(db, batch.batch_id):
            raise UnfinishedError("It failed a moment ago, and is tried again later.")
        status = ledger.begin(db, batch, settings.chunk_rows)
        return _result(db, batch, settings, "repeated") if status in ("loaded", "partial") else None


def import_rows(batch: Batch, settings: Settings) -> None:
    """Read, check, assemble and load every chunk that is not done; raises BatchError when it cannot be read.

    Raises MachineError when the counts do not come out.
    """
    with freeing(settings) as db:
        judge = judge_of(batch, settings, ready_key(db, settings.id_key))
        runs = judge.runs()
        form = judge.form(rows_a_chunk(judge.table, runs, settings.chunk_rows))
        chunk_rows = ledger.describe(db, batch, form, unknown_columns(judge.how))
        done = ledger.committed_chunks(db, batch.batch_id)
        committer = Committer(batch=batch, proof=proof_of(db, settings), spill=Spill(batch.path.parent))
        with ahead(chunks(judge.table, runs, chunk_rows, batch.path.parent)) as found:
            judged = map(judge.judge, _undone(found, done, batch.file))
            loads = (partial(committer.commit, judged=chunk) for chunk in judged)
            for rows, share in spread(loads, db, settings):
                tell(batch.file, rows, share)
        judge.table.refuse_fewer(ledger.counts(db, batch.batch_id).rows_read)


def _undone(found: Iterator[Chunk], done: set[int], file: str) -> Iterator[Chunk]:
    """The chunks that are not committed; of the others it is told."""
    for chunk in found:
        if chunk.number in done:
            tell(file, 0, chunk.share)
        else:
            yield chunk


def report(batch: Batch, settings: Settings) -> Result:
    """Finish the batch and write its report."""
    with freeing(settings) as db:
        counts = ledger.counts(db, batch.batch_id)
        result = _result(db, batch, settings, "partial" if counts.orders_rejected else "loaded")
        render(db, result, settings, batch.path.parent)
        ledger.finish(db, batch.batch_id, result.status)
        return result


def render(db: psycopg.Connection, result: Result, settings: Settings, work: Path) -> None:
    """Write a batch's report, from what lies in `work` of chunks just committed, or else from the database."""
    with db.transaction():
        told = recall(db, result, settings.delimiter(result.source), work)
        spill = Spill(work)
        if spill.is_small() and spill.chunks() == ledger.committed_chunks(db, str(result.batch_id)):
            told = spill.told(result, told.header, told.delimiter, told.general)
        if result.report:
            write_report(told, result.report, work)


def refuse(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say in the ledger why the batch was refused."""
    with freeing(settings) as db:
        ledger.finish(db, batch.batch_id, "refused", reason)
    return Result(
        batch_id=batch.batch_id, file=batch.file, source=batch.source, status="refused", reason=reason
    )


def failed(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say that the machine failed, in the ledger too when there is one to be had; the file stays where it is."""
    _log.error("batch %s of source %s failed: %s", batch.batch_id, batch.source, reason)
    with suppress(MachineError, psycopg.Error), freeing(settings) as db:
        ledger.finish(db, batch.batch_id, "failed", reason)
    return Result(
        batch_id=batch.batch_id, file=batch.file, source=batch.source, status="failed", reason=reason
    )


def _result(db: psycopg.Connection, batch: Batch, settings: Settings, status: Status) -> Result:
    return Result(
        batch_id=batch.batch_id,
        file=batch.file,
        source=batch.source,
        status=status,
        # A run that does nothing counts nothing; what the first one did stands in the report that is named.
        counts=Counts() if status == "repeated" else ledger.counts(db, batch.batch_id),
        report=settings.folder("reports") / batch.batch_id,
    )
