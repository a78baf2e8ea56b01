"""From a wish to sweep to one's turn: one sweep at a time, so that none piles up behind a long one.

Two sweeps at once do no harm, they only do the same work twice. So a turn is held by a session of PostgreSQL's,
which ends with its process, and not by a server of Prefect's, which would keep it for a run that was killed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from flows.database import connected
from flows.progress import watching
from flows.settings import Settings

# Any number will do, as long as all of ours take the same.
_LOCK = 5_127_420

# A sweep gives a sign of life after each chunk, which takes seconds; the longest file is looked through before
# its first chunk in some minutes. One that was stopped is silent for ever.
SILENT_SECONDS = 3600


@contextmanager
def turn(settings: Settings) -> Iterator[bool]:
    """Whether it is ours, while we have it."""
    with connected(settings) as db:
        if not _taken(db):
            _end_silent(db)
            if not _taken(db):
                yield False
                return

        def sign(*_: object) -> None:
            with suppress(psycopg.Error):  # it is lost with its session, and another may sweep with us
                db.execute("select 1")

        with watching(sign):
            yield True


def _taken(db: psycopg.Connection) -> bool:
    return db.execute("select pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() == (True,)


def _end_silent(db: psycopg.Connection) -> None:
    """End the session that has the turn when its process was stopped."""
    db.execute(
        "select pg_terminate_backend(pid, 5000) from pg_locks join pg_stat_activity using (pid)"
        " where locktype = 'advisory' and granted and objid = %s and datname = current_database()"
        " and usename = current_user and state_change < clock_timestamp() - make_interval(secs => %s)",
        (_LOCK, SILENT_SECONDS),
    )
