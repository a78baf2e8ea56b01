"""The steps of all waiting batches one after the other, in this process, without Prefect."""

import logging
import random
import time
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

import psycopg

from flows.batch import Step, import_batch
from flows.database import connected
from flows.model import BatchError, Delivery, MachineError, Result, UnfinishedError, unread
from flows.reap import end_stopped
from flows.rehearse import rehearse_batch
from flows.replay import replay
from flows.settings import Settings
from flows.workspace import clear_leftovers

_log = logging.getLogger(__name__)

# A server that restarts is back within seconds; a minute in all, then it is somebody's business.
PAUSES = (1.0, 5.0, 15.0, 30.0)

R = TypeVar("R")


def import_directly(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """Import each; a batch that fails by a machine's fault does not stop the others."""
    tidy(settings)
    results = (import_or_fail(delivery, settings, retried) for delivery in deliveries)
    return [result for result in results if result]


def tidy(settings: Settings) -> None:
    """Free what runs that were killed or stopped still hold: their unfinished work, their locks."""
    clear_leftovers(settings)
    with connected(settings) as db:
        end_stopped(db)


def replay_directly(batch_id: str, settings: Settings) -> Result | None:
    """Import the rejected orders of a finished batch again; None when there is no such batch."""
    return told(replay)(batch_id, settings, retried)


def rehearse(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """The dry run of each."""
    results = (_or_failed(delivery, lambda d: rehearse_batch(d, settings)) for delivery in deliveries)
    return [result for result in results if result]


def import_or_fail(delivery: Delivery, settings: Settings, step: Step) -> Result | None:
    """Import one; a machine's fault becomes a result that says so in one sentence.

    None when it has to wait: a file of the drop that another run has finished, or whose sender goes on writing.
    """
    return _or_failed(delivery, lambda d: import_batch(d, settings, step))


def _or_failed(delivery: Delivery, work: Callable[[Delivery], Result]) -> Result | None:
    try:
        return told(work)(delivery)
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
                return told(step)(*args)
            except MachineError as error:
                if not error.passing:
                    raise
                _log.warning("%s is tried again: %s", step.__name__, error)
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
        return told(step)(*args)

    return again


def told(step: Callable[..., R]) -> Callable[..., R]:
    """The step; a fault of the database's, the disk's or our own is raised as MachineError, which can be shown to anybody."""

    @wraps(step)
    def plain(*args: object) -> R:
        try:
            return step(*args)
        except (BatchError, MachineError, UnfinishedError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold a row or a password
            raise machine_error(error) from None

    return plain


def machine_error(error: Exception) -> MachineError:
    """What may be told of a fault: never the server's text, which carries rows and passwords."""
    if isinstance(error, psycopg.Error):
        constraint = error.diag.constraint_name
        at = f" at {constraint}" if constraint else ""
        return MachineError(
            f"PostgreSQL ended it with {error.sqlstate or 'a lost connection'}{at}.",
            passing=_is_passing(error),
        )
    if isinstance(error, OSError):
        return MachineError(f"The disk ended it: {error.strerror or type(error).__name__}.")
    where = traceback.extract_tb(error.__traceback__)[-1]
    return MachineError(
        f"A fault of this program, please report it: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}."
    )


def _is_passing(error: psycopg.Error) -> bool:
    """A lost connection, a restart, a deadlock, a lock's timeout; an error without a state is a broken connection."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate[:2] in ("08", "40", "53", "55", "57", "58")
