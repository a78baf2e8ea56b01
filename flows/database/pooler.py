"""Refuses a pooler that gives a session's place to others between two transactions.

Settings and locks of ours would stay on strangers' sessions, and theirs on ours. Whether it does so is found out
with one more connection, before anything is set: in whose transaction has the process of ours turned up?
"""

import select
import time
from collections.abc import Callable
from contextlib import closing
from typing import Protocol

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from flows.errors import MachineError

SHARED = (
    "A pooler between us and PostgreSQL shares its sessions between transactions (PgBouncer's pool_mode"
    " transaction or statement). The import needs sessions of its own: pool_mode=session, or the server itself."
)

# A pooler lends the process that was given back last, or first, or any: in so many tries ours is among them.
_TRIES = 4
# What was asked so much earlier is served earlier by a pooler that has no process free.
_HEAD_START = 0.5
# As long as for a connection: then there is none to be had.
PATIENCE = 10

_TRANSACTION, _OURS, _END = b"begin; select pg_backend_pid()", b"select pg_backend_pid()", b"rollback"

_NO_TRANSACTION = -1
"""The answer of a pooler that shares out statements, and takes no transaction."""

_found_sound: set[str] = set()


class Line(Protocol):
    """A connection that is asked for the number of its server process, and may be slow to answer."""

    def ask(self, query: bytes) -> None:
        """Ask, and do not wait."""

    def answer(self, seconds: float, /) -> int | None:
        """The number; None where there is no answer yet."""


def refuse_shared_sessions(
    db: psycopg.Connection, url: str, backend: int, connect: Callable[[str], psycopg.Connection]
) -> None:
    """Raise MachineError when `backend`, the process that `db` had just now, is lent to others too."""
    if url in _found_sound:
        return
    with closing(connect(url)) as other:
        if not keeps_backend(backend, RawLine(db), RawLine(other)):
            raise MachineError(SHARED)
    _found_sound.add(url)


def keeps_backend(backend: int, ours: Line, other: Line) -> bool:
    """Whether the process stays ours while another line has a transaction open, one after the other."""
    for _ in range(_TRIES):
        other.ask(_TRANSACTION)
        theirs = other.answer(_HEAD_START)
        if theirs in (backend, _NO_TRANSACTION):
            return False
        ours.ask(_OURS)
        if ours.answer(PATIENCE) != backend:
            return False
        if theirs is None and other.answer(0) is None:
            return True  # it waits for a process still; that we had one at once says whose it is
        other.ask(_END)
        other.answer(PATIENCE)
    return True


class RawLine:
    """One over libpq, without a wait that has no end: a pooler may let us in long before it has a process for us."""

    def __init__(self, db: psycopg.Connection) -> None:
        self._pgconn = db.pgconn

    def ask(self, query: bytes) -> None:
        """Ask, and do not wait."""
        self._pgconn.send_query(query)
        self._pgconn.flush()

    def answer(self, seconds: float) -> int | None:
        """The first cell, a number; None where there is no answer in time."""
        row = self.row(seconds)
        return int(row[0] or 0) if row else None

    def row(self, seconds: float) -> tuple[str, ...] | None:
        """The last row of what was asked; None where there is no answer in time."""
        ends = time.monotonic() + seconds
        row: tuple[str, ...] = ("",)
        while self._is_there(ends):
            result = self._pgconn.get_result()
            if result is None:
                return row
            if result.status == ExecStatus.FATAL_ERROR:
                return _refused(result)
            if result.ntuples:
                row = tuple((result.get_value(0, at) or b"").decode() for at in range(result.nfields))
        return None

    def _is_there(self, ends: float) -> bool:
        look = select.poll()
        look.register(self._pgconn.socket, select.POLLIN)
        while self._pgconn.is_busy():
            if not look.poll(max(0.0, ends - time.monotonic()) * 1000):
                return False
            self._pgconn.consume_input()
        return True


def _refused(result: PGresult) -> tuple[str, ...]:
    if b"statement pooling" in result.error_message:  # of a pooler, which speaks one language
        return (str(_NO_TRANSACTION),)
    raise error_from_result(result)
