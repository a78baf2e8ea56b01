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

from flows.batch import Batch, Delivery
from flows.database import batches
from flows.database.drift import note_triggers
from flows.database.foreign_key import choose_foreign_key_check
from flows.database.migrate import load_id_key
from flows.database.report_turn import take_turn
from flows.database.story import find_mended
from flows.database.stuck_sessions import connect_freeing_locks
from flows.errors import BatchError, MachineError, translate_faults
from flows.kept_settings import KeptSettings
from flows.pipeline.attempts import attempt, go_on, strike_off
from flows.pipeline.commit_chunk import Committer
from flows.pipeline.concurrency import load_concurrently
from flows.pipeline.open_batch import OpenBatch, open_batch
from flows.pipeline.process_chunk import process_chunks
from flows.pipeline.register import register
from flows.pipeline.rerender import refresh_mended, refresh_report, render_report
from flows.pipeline.terms import choose_terms, note_change
from flows.progress import notify
from flows.report.answers import AnswerFiles
from flows.results import Result
from flows.settings import Settings
from flows.status import Status

R = TypeVar("R")

_log = logging.getLogger(__name__)


class Step(Protocol):
    """How a step is called: plainly, or as a task of a flow."""

    def __call__(self, step: Callable[..., R], /) -> Callable[..., R]: ...


def import_batch(batch: Batch, settings: Settings, step: Step, delivery: Delivery | None = None) -> Result:
    """All that is done with a batch; one that cannot be read is refused, one that the machine fails has failed.

    Raises UnfinishedError when it is not its turn yet (see `register`), and MachineError when there is not even a
    ledger to enter it.
    """
    with attempt(batch):
        earlier = step(register)(batch, settings, delivery)
        if earlier:
            return earlier
        try:
            notes = step(import_rows)(batch, settings)
            done = step(report)(batch, settings)
            return replace(done, notes=(*notes, *done.notes))
        except BatchError as error:
            return step(refuse)(batch, settings, str(error))
        except MachineError as error:
            return fail(batch, settings, str(error))


def import_rows(batch: Batch, settings: Settings) -> tuple[str, ...]:
    """Read, check, assemble and load every chunk that is not done; notes on the settings that it did so under.

    Raises BatchError when it cannot be read, MachineError when the counts do not come out.
    """
    with connect_freeing_locks(settings) as db:
        go_on(db, batch)
        done = batches.committed_chunks(db, batch.batch_id)
        terms = choose_terms(db, batch, settings, done)
        opened = open_batch(batch, terms.source, settings, load_id_key(db, settings.id_key))
        kept = terms.kept or _keep_terms(db, batch, opened, settings)
        check_keys = choose_foreign_key_check(db, settings)
        committer = Committer(
            batch=batch, settings=kept.to_text(), check_keys=check_keys, answers=AnswerFiles(opened.work)
        )
        bounded = opened.bounded(settings, kept.chunk_rows)
        with process_chunks(opened, kept.chunk_rows, bounded, done) as processed:
            commits = (
                partial(committer.commit, chunk=chunk, is_first=not at) for at, chunk in enumerate(processed)
            )
            for rows, share in load_concurrently(commits, db, bounded):
                notify(batch.file, rows, share)
        batches.keep_general_findings(db, batch.batch_id, opened.general_findings())
        opened.table.refuse_fewer(batches.sum_counts(db, batch.batch_id).rows_read)
        return (*terms.notes, *opened.notes(), *note_triggers(db))


def _keep_terms(db: psycopg.Connection, batch: Batch, opened: OpenBatch, settings: Settings) -> KeptSettings:
    ours = KeptSettings(source=opened.rules, chunk_rows=opened.chunk_rows(settings.chunk_rows))
    return batches.describe(db, batch.batch_id, opened.form(), ours)


def report(batch: Batch, settings: Settings) -> Result:
    """Write the batch's report and finish it."""
    with connect_freeing_locks(settings) as db:
        with take_turn(db, batch.batch_id):
            counts = batches.sum_counts(db, batch.batch_id)
            result = _result(db, batch, settings, Status.of_orders(counts.orders_rejected))
            notes = render_report(db, result, settings, batch.path.parent)
            batches.finish(db, batch.batch_id, result.status)
        # The batch is finished; `order-import report` writes theirs anew whenever somebody asks.
        with suppress(MachineError):
            translate_faults(refresh_mended)(db, result, settings)
        return replace(result, notes=(*result.notes, *notes))


def refuse(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say in the ledger why the batch was refused; the outcome when another run has finished it meanwhile."""
    with connect_freeing_locks(settings) as db:
        status = batches.finish(db, batch.batch_id, Status.REFUSED, reason)
        if status.is_finished:
            return _result(db, batch, settings, status)
        counts = batches.sum_counts(db, batch.batch_id)
        refresh_report(db, batch.batch_id, settings)
    inside = f"{counts.rows_read:,} rows of this file had been imported before it was refused, and stay so."
    result = batch.result(Status.REFUSED, counts=counts, reason=reason)
    return replace(result, notes=(inside,) if counts.rows_read else ())


def fail(batch: Batch, settings: Settings, reason: str) -> Result:
    """Say that the machine failed, in the ledger too when there is one to be had; the file stays where it is.

    What is committed of it is counted. When another run has finished it meanwhile, nothing has failed.
    """
    try:
        with connect_freeing_locks(settings) as db:
            result = _fail(db, batch, settings, reason)
    except (MachineError, psycopg.Error):
        strike_off(batch)
        result = batch.result(Status.FAILED, reason=reason)
    if result.status is Status.FAILED:
        _log.error("batch %s of source %s failed: %s", batch.batch_id, batch.source, result.reason)
    return result


def _fail(db: psycopg.Connection, batch: Batch, settings: Settings, reason: str) -> Result:
    counts = batches.sum_counts(db, batch.batch_id)
    notes: tuple[str, ...] = ()
    if counts.rows_read:
        reason += (
            f" Of this file {counts.rows_read:,} rows are done and stay so; the next run goes on after them."
        )
        kept = batches.find_settings(db, batch.batch_id)
        notes = note_change(batch, settings, kept) if kept else ()
    status = batches.finish(db, batch.batch_id, Status.FAILED, reason)
    if status.is_finished:
        return _result(db, batch, settings, status)
    with suppress(MachineError):  # perhaps what it has failed of; what is in is told all the same
        translate_faults(refresh_report)(db, batch.batch_id, settings)
    return replace(batch.result(status, counts=counts, reason=reason), notes=notes)


def _result(db: psycopg.Connection, batch: Batch, settings: Settings, status: Status) -> Result:
    counts = batches.sum_counts(db, batch.batch_id)
    result = batch.result(status, counts=counts, report=settings.folder("reports") / batch.batch_id)
    return replace(result, mends=find_mended(db, batch.batch_id, batch.source))
