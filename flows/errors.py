"""From any exception to one sentence that anybody may see, and whether the same step may go well in a moment."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TypeVar

import psycopg

from flows.model import BatchError, MachineError, UnfinishedError, WrongUseError

R = TypeVar("R")

# Connection, rollback by the server, resources, a lock's timeout, an operator's or the server's own doing, disk;
# 25P03 and 25P04 are how a transaction ends whose worker was stopped for too long.
_PASSING = ("08", "40", "53", "55", "57", "58", "25P03", "25P04")


def in_one_sentence(step: Callable[..., R]) -> Callable[..., R]:
    """The step; a fault of the database's, the disk's or our own is raised as MachineError, which can be shown to anybody."""

    @wraps(step)
    def plain(*args: object) -> R:
        try:
            return step(*args)
        except (BatchError, MachineError, UnfinishedError, WrongUseError):
            raise
        except (Exception, _panic()) as error:  # noqa: BLE001 - its text may hold a row or a password
            raise machine_error(error) from None

    return plain


def _panic() -> type[BaseException]:
    """What Polars raises where it has a fault of its own, which is no Exception; asked only once something was raised."""
    from polars.exceptions import PanicException

    return PanicException


def machine_error(error: BaseException) -> MachineError:
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
    """A lost connection, a restart, a deadlock, a timeout; an error without a state is a broken connection."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)
