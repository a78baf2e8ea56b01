"""The ways in which a batch ends without its rows being checked, and any exception as one sentence that anybody may see."""

import os
import traceback
from collections.abc import Callable
from copyreg import __newobj__  # type: ignore[attr-defined]
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import psycopg

R = TypeVar("R")

LONGEST_REASON = 1000
"""A reason may name columns, of which a header can have a thousand; so much of it is told."""

# Connection, rollback by the server, resources, a lock's timeout, an operator's or the server's own doing, disk;
# 25P03 and 25P04 are how a transaction ends whose worker was stopped for too long.
_PASSING = ("08", "40", "53", "55", "57", "58", "25P03", "25P04")

# What is behind a SQLSTATE, by the code or its class: the server's own text may be of any language, and quote a row.
_WORDS = {
    "25006": "the database is read-only",
    "25P03": "a transaction was idle for too long",
    "25P04": "a transaction took too long",
    "26000": "a pooler in between shares sessions (it has to be in session mode)",
    "2200H": "a sequence has no number left",
    "3F000": "there is no schema to work in",
    "40001": "another transaction was in the way",
    "40P01": "a deadlock with another transaction",
    "42501": "the user of the database lacks a right",
    "42701": "a column is there already, so the tables are newer than their version says",
    "42703": "a column of ours is missing from the database's tables",
    "42704": "something of ours is missing from the database",
    "42804": "a column of the database's tables is of another type than ours",
    "428C9": "a column of ours is one that the database computes itself",
    "42809": "a view, or something else, stands where a table of ours should",
    "42883": "a function that the import needs is missing from the database",
    "42P01": "a table of ours is missing from the database",
    "42P07": "a table of that name is there already, and none of ours",
    "42P10": "a key of our tables is missing from the database",
    "42P05": "a pooler in between shares sessions (it has to be in session mode)",
    "53100": "the disk of the server is full",
    "53200": "the server is out of memory",
    "53300": "the server has no connection free",
    "55P03": "a lock was not to be had in time",
    "57014": "a statement was cancelled, or took too long",
    "57P01": "the session was ended by an administrator, or the server shuts down",
    "57P02": "the server has crashed and starts again",
    "57P03": "the server takes no connections right now",
    "57P05": "the session was idle for too long",
    "08": "the connection is broken",
    "22": "a value is none that the column can hold",
    "23": "a constraint refuses the rows",
    "53": "the server is short of something",
    "54": "a limit of the server is exceeded",
    "58": "the server's own system has a fault, such as a disk's",
    "P0": "a trigger of the database refuses the rows",
    "XX": "the server has an internal fault; its log says more",
}


class BatchError(Exception):
    """A batch that cannot be read as orders: a sentence for the person who can mend it, and `code`, which ends it."""

    def __init__(self, code: str, message: str) -> None:
        short = message if len(message) <= LONGEST_REASON else f"{message[:LONGEST_REASON]} …"
        super().__init__(f"{printable(short)} ({code})")
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is, for another process; by default its sentence would be taken for its code."""
        return __newobj__, (type(self), *self.args), self.__dict__


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
        return MachineError(f"PostgreSQL ended it{_describe_state(error)}.", passing=_is_passing(error))
    if isinstance(error, OSError):
        return MachineError(
            f"The disk ended it: {error.strerror or type(error).__name__}{_name_place(error)}."
        )
    where = traceback.extract_tb(error.__traceback__)[-1]
    return MachineError(
        f"A fault of this program, please report it: {type(error).__name__} at {Path(where.filename).name}:{where.lineno}."
    )


def _name_place(error: OSError) -> str:
    """Which file or folder it was about, where the system says so."""
    place = error.filename2 or error.filename
    return f": {printable(os.fsdecode(place))}" if isinstance(place, str | bytes) else ""


def _describe_state(error: "psycopg.Error") -> str:
    """The code, in words where there are some, with the table and the constraint where they are told."""
    state = error.sqlstate
    if not state:
        return " with a lost connection"
    names = [f"{error.diag.table_name} "] if error.diag.table_name else []
    names += [f"at {error.diag.constraint_name} "] if error.diag.constraint_name else []
    at = printable("".join(names)).strip()
    words = _WORDS.get(state) or _WORDS.get(state[:2])
    if not words:
        return f" with {state}" + (f", {at}" if at else "")
    return f": {words}" + (f", {at}" if at else "") + f" ({state})"


def _is_passing(error: "psycopg.Error") -> bool:
    """A lost connection, a restart, a deadlock, a timeout; an error without a state is a broken connection."""
    import psycopg

    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)
