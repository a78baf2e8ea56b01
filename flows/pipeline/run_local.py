"""The steps of all waiting batches, one after the other or several at once, in this process, without Prefect."""

import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from flows.database import connected, identity
from flows.deliver import import_file
from flows.faults import in_one_sentence
from flows.model import Delivery, MachineError, Result, UnfinishedError, unread
from flows.reap import end_stopped
from flows.reuse import connections_kept
from flows.settings import Settings, load_settings
from flows.together import affordable, together
from flows.workspace import clear_leftovers

if TYPE_CHECKING:
    from flows.carry import Step
    from flows.plan import Done, Plan

_log = logging.getLogger(__name__)

# A server that restarts is back within seconds; a minute in all, then it is somebody's business.
PAUSES = (1.0, 5.0, 15.0, 30.0)

R = TypeVar("R")


def import_directly(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """Import each; a batch that fails by a machine's fault does not stop the others."""
    tidy(settings)
    with connections_kept():
        results = (import_or_fail(delivery, settings, retried) for delivery in deliveries)
        return [result for result in results if result]


def backfill_directly(plan: "Plan", settings: Settings, at_once: int = 0) -> "Done":
    """Import what the plan waits for, oldest first, so many at once, each in a thread."""
    tidy(settings)
    at_once = at_once or affordable()
    ended: dict[Delivery, Result | None] = {}
    with connections_kept(), ThreadPoolExecutor(at_once) as pool:

        def begin(delivery: Delivery) -> Future[Result | None]:
            return pool.submit(copy_context().run, import_or_fail, delivery, settings, retried)

        for delivery, begun in together(plan.waiting(), begin, at_once):
            ended[delivery] = begun.result()
    return plan.done(ended)


def import_elsewhere(delivery: Delivery, shared: Settings, database: str | None) -> Result | None:
    """Import one with what others know of the settings and this process's own secrets, which nobody sends about.

    `database` says which one it must be, where this process may have been told another than they were.
    """
    return _or_failed(delivery, lambda d: import_file(d, _own(shared, database), retried))


def tidy(settings: Settings) -> None:
    """Free what runs that were killed or stopped still hold: their unfinished work, their locks."""
    clear_leftovers(settings)
    with connected(settings) as db:
        end_stopped(db)


def replay_directly(batch_id: str, settings: Settings) -> Result | None:
    """Import the rejected orders of a finished batch again; None when there is no such batch."""
    from flows.replay import replay

    return in_one_sentence(replay)(batch_id, settings, retried)


def rehearse(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """The dry run of each."""
    from flows.rehearse import rehearse_batch

    results = (_or_failed(delivery, lambda d: rehearse_batch(d, settings)) for delivery in deliveries)
    return [result for result in results if result]


def import_or_fail(delivery: Delivery, settings: Settings, step: "Step") -> Result | None:
    """Import one; a machine's fault becomes a result that says so in one sentence.

    None when it has to wait: a file of the drop that another run has finished, or whose sender goes on writing.
    """
    return _or_failed(delivery, lambda d: import_file(d, settings, step))


def _own(shared: Settings, database: str | None) -> Settings:
    own = load_settings()
    settings = replace(shared, database_url=own.database_url, id_key=own.id_key)
    # Without an address it would start a PostgreSQL of its own.
    if database and (not own.database_url or retried(identity)(settings) != database):
        raise MachineError("ORDER_IMPORT_DATABASE_URL is absent or another on this machine of the cluster.")
    return settings


def _or_failed(delivery: Delivery, work: Callable[[Delivery], Result]) -> Result | None:
    try:
        return in_one_sentence(work)(delivery)
    except UnfinishedError as error:
        return None if delivery.dropped else unread(delivery, "refused", str(error))
    except MachineError as error:
        failed = unread(delivery, "failed", str(error))
        _log.error("batch %s of source %s failed: %s", failed.file, failed.source, failed.reason)
        return failed


def retried(step: Callable[..., R]) -> Callable[..., R]:
    """The step, done again when the machine had a passing fault; what is committed is not done twice."""

    @wraps(step)
    def again(*args: object) -> R:
        for pause in PAUSES:
            try:
                return in_one_sentence(step)(*args)
            except MachineError as error:
                if not error.passing:
                    raise
                _log.warning("%s is tried again: %s", step.__name__, error)
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
        return in_one_sentence(step)(*args)

    return again
