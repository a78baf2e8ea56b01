"""Registers a batch before the work begins: is it finished, is it its turn, and has it ended the workers that had it."""

import os

import psycopg

from flows.batch import Batch, Delivery
from flows.database import attempts, batches
from flows.database.attempts import Standing
from flows.database.stuck_sessions import connect_freeing_locks
from flows.errors import UnfinishedError
from flows.intake.repeated import make_repeated
from flows.pipeline.attempts import begin_attempt
from flows.results import Result
from flows.settings import Settings
from flows.status import ENDS_ITS_WORKER, Status


def register(batch: Batch, settings: Settings, delivery: Delivery | None) -> Result | None:
    """Enter the batch into the ledger; the earlier result when these bytes were finished before.

    What nobody has named is not tried at once when the machine failed it a moment ago, which raises UnfinishedError,
    and not at all when it has ended the workers that had it.
    """
    swept = delivery if delivery and not delivery.named else None
    with connect_freeing_locks(settings) as db:
        if swept:
            _await_turn(db, batch, swept)
        standing = begin_attempt(db, batch, settings, anew=not swept)
        if standing.status.is_finished:
            return _repeat(db, batch, settings)
        return _set_aside(db, batch, standing) if standing.ends_its_workers else None


def _await_turn(db: psycopg.Connection, batch: Batch, swept: Delivery) -> None:
    if batches.is_backing_off(db, batch.batch_id):
        raise UnfinishedError("It failed a moment ago, and is tried again later.")
    if attempts.was_set_aside(db, batch.batch_id) and not os.path.lexists(swept.path):
        raise UnfinishedError("Another run has set it aside.")


def _repeat(db: psycopg.Connection, batch: Batch, settings: Settings) -> Result:
    finished = batches.find_finished(db, [batch.batch_id])[batch.batch_id]
    return make_repeated(batch.result(Status.REPEATED), finished, settings)


def _set_aside(db: psycopg.Connection, batch: Batch, standing: Standing) -> Result:
    reason = (
        f"{standing.vanished} processes that had this file have ended without a word, so it is set aside."
        f" Name it on the command line, or drop it again, to try it anew. ({ENDS_ITS_WORKER})"
    )
    attempts.set_aside(db, batch.batch_id, reason)
    return batch.result(Status.FAILED, counts=batches.sum_counts(db, batch.batch_id), reason=reason)


def forget_attempts(batch: Batch, settings: Settings) -> None:
    """Begin anew with whoever drops the bytes again that were set aside."""
    with connect_freeing_locks(settings) as db:
        attempts.forget(db, batch.batch_id)
