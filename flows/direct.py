"""The steps of all waiting batches one after the other, in this process, without Prefect."""

import logging
import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import psycopg

from flows.batch import import_batch
from flows.identify import printable
from flows.model import Delivery, MachineError, Result
from flows.settings import Settings

_log = logging.getLogger(__name__)

# A server that restarts is back within seconds; a minute in all, then it is somebody's business.
PAUSES = (1.0, 5.0, 15.0, 30.0)

P = ParamSpec("P")
R = TypeVar("R")


def import_directly(deliveries: list[Delivery], settings: Settings) -> list[Result]:
    """Import each; a batch that fails by a machine's fault does not stop the others."""
    return [import_or_fail(delivery, settings, retried) for delivery in deliveries]


def import_or_fail(delivery: Delivery, settings: Settings, step: Callable[[Callable[P, R]], Callable[P, R]]) -> Result:
    """Import one; a machine's fault becomes a result that says so in one sentence."""
    try:
        return import_batch(delivery, settings, step)
    except (psycopg.Error, MachineError, OSError) as error:
        _log.error("batch %s of source %s failed: %s", printable(delivery.path.name), delivery.source, sentence(error))
        return Result(
            batch_id=None,
            file=printable(delivery.path.name),
            source=delivery.source,
            status="failed",
            reason=sentence(error),
        )


def retried(step: Callable[P, R]) -> Callable[P, R]:
    """The step, done again when the machine had a passing fault; what is committed is not done twice."""

    @wraps(step)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for pause in PAUSES:
            try:
                return step(*args, **kwargs)
            except psycopg.Error as error:
                if not is_passing(error):
                    raise
                _log.warning("%s is tried again: %s", step.__name__, sentence(error))
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
        return step(*args, **kwargs)

    return again


def is_passing(error: BaseException) -> bool:
    """Whether the same step may go well in a moment: a lost connection, a restart, a deadlock, a lock's timeout."""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, psycopg.Error) and state is not None:
        return state[:2] in ("08", "40", "53", "55", "57", "58")
    return isinstance(error, psycopg.OperationalError)  # without a state: the connection broke


def sentence(error: BaseException) -> str:
    """What may be told of a fault: never the server's text, which carries rows and passwords."""
    if isinstance(error, psycopg.Error):
        constraint = error.diag.constraint_name
        at = f" at {constraint}" if constraint else ""
        return f"PostgreSQL ended it with {error.sqlstate or 'a lost connection'}{at}."
    if isinstance(error, OSError):
        return f"The disk ended it: {error.strerror or type(error).__name__}."
    return str(error)
