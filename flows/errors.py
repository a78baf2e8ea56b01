"""The ways in which a batch ends without its rows being judged, and any exception as one sentence that anybody may see."""

import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import psycopg

R = TypeVar("R")

LONGEST_REASON = 1000
"""A reason may name columns, of which a header can have a thousand; so much of it is told."""

# Connection, rollback by the server, resources, a lock's timeout, an operator's or the server's own doing, disk;
# 25P03 and 25P04 are how a transaction ends whose worker was stopped for too long.
_PASSING = ("08", "40", "53", "55", "57", "58", "25P03", "25P04")


class BatchError(Exception):
    """A batch that cannot be read as orders: a sentence for the person who can mend it, and `code`, which ends it."""

    def __init__(self, code: str, message: str) -> None:
        short = message if len(message) <= LONGEST_REASON else f"{message[:LONGEST_REASON]} …"
        super().__init__(f"{printable(short)} ({code})")
        self.code = code


class UnfinishedError(Exception):
    """A file that is not there any more, or was written to while it was read: not now, perhaps the next time."""


class WrongUseError(Exception):
    """A command that cannot be meant: a path or a batch that is not there, a name that cannot be a source's."""


class MachineError(Exception):
    """A fault that is neither the batch's nor its sender's: one sentence, without a secret or a value of an order.

    `passing` says that the same step may go well in a moment.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


def printable(name: str) -> str:
    """A file's name as text that a terminal, a page and a text column can hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in decode_name(name))


def decode_name(name: str) -> str:
    """A file's name as UTF-8, whatever this process's locale took its bytes for; a byte that is none is a surrogate."""
    try:
        return name.encode(errors="surrogateescape").decode(errors="surrogateescape")
    except UnicodeEncodeError:  # of text that came from nowhere as bytes
        return name


def translate_faults(step: Callable[..., R]) -> Callable[..., R]:
    """The step; a fault of the database's, the disk's or our own is raised as MachineError, which can be shown to anybody."""

    @wraps(step)
    def plain(*args: object) -> R:
        try:
            return step(*args)
        except (BatchError, MachineError, UnfinishedError, WrongUseError):
            raise
        except (Exception, _panic()) as error:  # noqa: BLE001 - its text may hold a row or a password
            raise describe_fault(error) from None

    return plain


def _panic() -> type[BaseException]:
    """What Polars raises where it has a fault of its own, which is no Exception; asked only once something was raised."""
    from polars.exceptions import PanicException

    return PanicException


def describe_fault(error: BaseException) -> MachineError:
    """What may be told of a fault: never the server's text, which carries rows and passwords."""
    import psycopg  # which the reader of a Parquet in its sandbox has no room for

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


def _is_passing(error: "psycopg.Error") -> bool:
    """A lost connection, a restart, a deadlock, a timeout; an error without a state is a broken connection."""
    import psycopg

    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)
