"""Terminates our own sessions that stopped inside a transaction, which frees the locks that they held.

A worker that is stopped (SIGSTOP, a paused machine) while it sends a COPY keeps its locks, and no timeout of the
server's was seen to end it there. Its work is done by another; what it had not committed is as if it never was.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from flows.database.connection import connect
from flows.settings import Settings

# A sound session waits for its client for milliseconds: the bytes of a COPY are made before it begins.
STOPPED_SECONDS = 60

_log = logging.getLogger(__name__)


@contextmanager
def connect_freeing_locks(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection; a lock that was not to be had in time frees what stopped sessions hold, for the next try."""
    with connect(settings) as db:
        try:
            yield db
        except psycopg.errors.LockNotAvailable:
            terminate_stuck_sessions(db)
            raise


def terminate_stuck_sessions(db: psycopg.Connection) -> int:
    """End our own sessions that have waited for their client inside a transaction for more than a minute."""
    ended = db.execute(
        "select pid, pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        " and application_name like 'order-import %%' and xact_start is not null and wait_event_type = 'Client'"
        " and greatest(state_change, query_start) < clock_timestamp() - make_interval(secs => %s)",
        (STOPPED_SECONDS,),
    ).fetchall()
    for pid, _ in ended:
        _log.warning("ended a session of ours (server process %s) that had stopped inside a transaction", pid)
    return len(ended)
