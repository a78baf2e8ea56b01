"""Keeps connections that are not needed any more for the next that asks, while many small files are imported."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg

_KEPT: ContextVar[tuple[list[psycopg.Connection], ...]] = ContextVar("kept", default=())
"""Those that are kept, and behind them those of who asked before: the innermost are taken first."""


@contextmanager
def pool_connections() -> Iterator[list[psycopg.Connection]]:
    """As long as it lasts, sound connections are kept: many small files take few. Afterwards whoever asked before has them.

    All that happens inside it is of one database, and none of it may leave anything in a session.
    """
    kept: list[psycopg.Connection] = []
    token = _KEPT.set((kept, *_KEPT.get()))
    try:
        yield kept
    finally:
        _KEPT.reset(token)
        for connection in kept:
            release(connection)


def acquire() -> psycopg.Connection | None:
    """One that was kept and is sound still: of a server that is gone there is something to be read."""
    for kept in _KEPT.get():
        while kept:
            try:
                connection = kept.pop()
            except IndexError:  # another thread was faster
                break
            if not connection.closed and not _has_something_to_read(connection):
                return connection
            connection.close()
    return None


def release(connection: psycopg.Connection) -> None:
    """Keep it for the next, or close it where nobody asked for that."""
    kept = next(iter(_KEPT.get()), None)
    if kept is None:
        connection.close()
    else:
        kept.append(connection)


def _has_something_to_read(connection: psycopg.Connection) -> bool:
    look = select.poll()
    look.register(connection, select.POLLIN)
    return bool(look.poll(0))
