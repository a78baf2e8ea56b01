"""The whole way of a batch, from its bytes to an answer for every order.

Every step may be done again: what is committed says so in the database, and is not done twice.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

import psycopg

from flows.batch import Batch, Counts, Result, Status
from flows.database import batches
from flows.database.foreign_key import choose_foreign_key_check
from flows.database.migrate import load_id_key
from flows.database.report_turn import take_turn
from flows.database.stuck_sessions import connect_freeing_locks
from flows.errors import BatchError, MachineError, UnfinishedError, translate_faults
from flows.pipeline.commit_chunk import Committer
from flows.pipeline.concurrency import load_concurrently
from flows.pipeline.open_batch import open_batch
from flows.pipeline.process_chunk import process_chunk
from flows.pipeline.rerender import refresh_report, render_report
from flows.progress import notify
from flows.report.answers import AnswerFiles
from flows.settings import Settings

R = TypeVar("R")

_log = logging.getLogger(__name__)


class Step(Protocol):
    """How a step is called: plainly, or as a task of a flow."""

    def __call__(self, step: Callable[..., R], /) -> Callable[..., R]: ...


def import_batch(batch: Batch, settings: Settings, step: Step, *, respect_backoff: bool = False) -> Result:
    """All that is done with a batch; one that cannot be read is refused, one that the machine fails has failed.

    Raises UnfinishedError when it is not its turn yet (see `register`), and MachineError when there is not even a
    ledger to enter it.
    """
    earlier = step(register)(batch, settings, respect_backoff)
    if earlier:
        return earlier
    try:
        notes = step(import_rows)(batch, settings)
        return replace(step(report)(batch, settings), notes=notes)
    except BatchError as error:
        return step(refuse)(batch, settings, str(error))
    except MachineError as error:
        return fail(batch, settings, str(error))


def register(batch: Batch, settings: Settings, respect_backoff: bool) -> Result | None:
    """Enter the batch into the ledger; the earlier result when these bytes were finished before.

    Raises UnfinishedError when `respect_backoff` and the batch failed by a machine's fault a moment ago.
    """
    with connect_freeing_locks(settings) as db:
        if respect_backoff and batches.is_backing_off(db, batch.batch_id):
            raise UnfinishedError("It failed a moment ago, and is tried again later.")
        status = batches.register(db, batch, settings.chunk_rows)
        return _result(db, batch, settings, Status.REPEATED) if status.is_finished else None


def import_rows(batch: Batch, settings: Settings) -> tuple[str, ...]:
    """Read, check, assemble and load every chunk that is not done; what is to be noted of the batch beside.

    Raises BatchError when it cannot be read, and MachineError when the counts do not come out.
    """
    with connect_freeing_locks(settings) as db:
        opened = open_batch(batch, settings, load_id_key(db, settings.id_key))
        form = opened.form(settings.chunk_rows)
        chunk_rows = batches.describe(db, batch, form, opened.general_findings())
        done = batches.committed_chunks(db, batch.batch_id)
        check_keys = choose_foreign_key_check(db, settings)
        committer = Committer(batch=batch, check_keys=check_keys, answers=AnswerFiles(opened.work))
        with opened.chunks(chunk_rows, done) as chunks:
            processed = (process_chunk(opened, chunk) for chunk in chunks)
            commits = (partial(committer.commit, chunk=chunk) for chunk in processed)
            for rows, share in load_concurrently(commits, db, settings):
                notify(batch.file, rows, share)
        opened.table.refuse_fewer(batches.sum_counts(db, batch.batch_id).rows_read)
        return opened.notes()


def report(batch: Batch, settings: Settings) -> Result:
    """Write the batch's report and finish it."""
    with connect_freeing_locks(settings) as db, take_turn(db, batch.batch_id):
        counts = batches.sum_counts(db, batch.batch_id)
        result = _result(db, batch, settings, Status.of_orders(counts.orders_rejected))
        render_report(db, result, settings, batch.path.parent)
        batches.finish(db, batch.batch_id, result.status)
        return result


def refuse(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say in the ledger why the batch was refused."""
    with connect_freeing_locks(settings) as db:
        batches.finish(db, batch.batch_id, Status.REFUSED, reason)
        refresh_report(db, batch.batch_id, settings)
    return batch.result(Status.REFUSED, reason=reason)


def fail(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say that the machine failed, in the ledger too when there is one to be had; the file stays where it is."""
    _log.error("batch %s of source %s failed: %s", batch.batch_id, batch.source, reason)
    with suppress(MachineError, psycopg.Error), connect_freeing_locks(settings) as db:
        batches.finish(db, batch.batch_id, Status.FAILED, reason)
        translate_faults(refresh_report)(db, batch.batch_id, settings)
    return batch.result(Status.FAILED, reason=reason)


def _result(db: psycopg.Connection, batch: Batch, settings: Settings, status: Status) -> Result:
    # A run that does nothing counts nothing; what the first one did stands in the report that is named.
    counts = Counts() if status is Status.REPEATED else batches.sum_counts(db, batch.batch_id)
    return batch.result(status, counts=counts, report=settings.folder("reports") / batch.batch_id)
