"""Runs the steps of all waiting batches in this process, one after the other or several at once, without Prefect."""

import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from flows.batch import Delivery, unread
from flows.database.connection import connect, database_identity
from flows.database.connection_pool import pool_connections
from flows.database.stuck_sessions import terminate_stuck_sessions
from flows.errors import MachineError, UnfinishedError, translate_faults
from flows.intake.workspace import clear_leftovers
from flows.pipeline.batches_at_once import run_concurrently
from flows.pipeline.import_file import import_file
from flows.results import Result
from flows.settings import Settings, load_settings
from flows.status import Status
from flows.threads import submit

if TYPE_CHECKING:
    from flows.intake.backfill_plan import BackfillPlan, BackfillResult
    from flows.pipeline.import_batch import Step

_log = logging.getLogger(__name__)

# A server that restarts is back within seconds; a minute in all, then it is somebody's business.
PAUSES = (1.0, 5.0, 15.0, 30.0)

R = TypeVar("R")


def import_all(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """Import each; a batch that fails by a machine's fault does not stop the others."""
    clear_stale_work(settings)
    with pool_connections():
        results = (import_or_report_failure(delivery, settings, with_retries) for delivery in deliveries)
        return [result for result in results if result]


def run_backfill(plan: "BackfillPlan", settings: Settings, at_once: int = 0) -> "BackfillResult":
    """Import what the plan waits for, oldest first, so many at once, each in a thread."""
    clear_stale_work(settings)
    waiting, at_once = plan.waiting(), at_once or settings.processors
    of_each = settings.shared_by(min(at_once, len(waiting)))
    ended: dict[Delivery, Result | None] = {}
    with pool_connections(), ThreadPoolExecutor(at_once) as pool:

        def begin(delivery: Delivery) -> Future[Result | None]:
            return submit(pool, import_or_report_failure, delivery, of_each, with_retries)

        for delivery, begun in run_concurrently(waiting, begin, at_once):
            ended[delivery] = begun.result()
    return plan.done(ended)


def import_on_worker(delivery: Delivery, shared: Settings, database: str | None) -> Result | None:
    """Import one with what others know of the settings and this process's own secrets, which nobody sends about.

    `database` says which one it must be, where this process may have been told another than they were.
    """
    return _report_failure(
        delivery, lambda d: import_file(d, _with_own_secrets(shared, database), with_retries)
    )


def clear_stale_work(settings: Settings) -> None:
    """Free what runs that were killed or stopped still hold: their unfinished work, their locks."""
    clear_leftovers(settings)
    with connect(settings) as db:
        terminate_stuck_sessions(db)


def replay_rejected(batch_id: str, settings: Settings) -> Result | None:
    """Import the rejected orders of a finished batch again; None when there is no such batch."""
    from flows.pipeline.replay import replay_batch

    return translate_faults(replay_batch)(batch_id, settings, with_retries)


def dry_run_all(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """The dry run of each."""
    from flows.pipeline.dry_run import dry_run_file

    results = (_report_failure(delivery, lambda d: dry_run_file(d, settings)) for delivery in deliveries)
    return [result for result in results if result]


def import_or_report_failure(delivery: Delivery, settings: Settings, step: "Step") -> Result | None:
    """Import one; a machine's fault becomes a result that says so in one sentence.

    None when it has to wait: a file of the drop that another run has finished, or whose sender goes on writing.
    """
    return _report_failure(delivery, lambda d: import_file(d, settings, step))


def _with_own_secrets(shared: Settings, database: str | None) -> Settings:
    own = load_settings()
    processors = min(shared.processors, own.processors)
    settings = replace(shared, database_url=own.database_url, id_key=own.id_key, processors=processors)
    # Without an address it would start a PostgreSQL of its own.
    if database and (not own.database_url or with_retries(database_identity)(settings) != database):
        raise MachineError("ORDER_IMPORT_DATABASE_URL is absent or another on this machine of the cluster.")
    return settings


def _report_failure(delivery: Delivery, work: Callable[[Delivery], Result]) -> Result | None:
    try:
        return translate_faults(work)(delivery)
    except UnfinishedError as error:
        return None if delivery.dropped else unread(delivery, Status.REFUSED, str(error))
    except MachineError as error:
        failed = unread(delivery, Status.FAILED, str(error))
        _log.error("batch %s of source %s failed: %s", failed.file, failed.source, failed.reason)
        return failed


def with_retries(step: Callable[..., R]) -> Callable[..., R]:
    """The step, done again when the machine had a passing fault; what is committed is not done twice."""

    @wraps(step)
    def again(*args: object) -> R:
        for pause in PAUSES:
            try:
                return translate_faults(step)(*args)
            except MachineError as error:
                if not error.passing:
                    raise
                _log.warning("%s is tried again: %s", step.__name__, error)
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
        return translate_faults(step)(*args)

    return again
