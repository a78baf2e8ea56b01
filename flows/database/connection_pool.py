"""Keeps connections that are not needed any more for the next that asks, while many small files are imported."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg

_KEPT: ContextVar[list[psycopg.Connection] | None] = ContextVar("kept", default=None)


@contextmanager
def pool_connections() -> Iterator[None]:
    """As long as it lasts, sound connections are kept: many small files take few.

    All that happens inside it is of one database, and none of it may leave anything in a session.
    """
    kept: list[psycopg.Connection] = []
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)
        for connection in kept:
            connection.close()


def acquire() -> psycopg.Connection | None:
    """One that was kept and is sound still: of a server that is gone there is something to be read."""
    kept = _KEPT.get()
    while kept:
        try:
            connection = kept.pop()
        except IndexError:  # another thread was faster
            return None
        if not connection.closed and not _has_something_to_read(connection):
            return connection
        connection.close()
    return None


def release(connection: psycopg.Connection) -> None:
    """Keep it for the next, or close it where nobody asked for that."""
    kept = _KEPT.get()
    if kept is None:
        connection.close()
    else:
        kept.append(connection)


def _has_something_to_read(connection: psycopg.Connection) -> bool:
    look = select.poll()
    look.register(connection, select.POLLIN)
    return bool(look.poll(0))
