"""Holds the advisory lock that lets one sweep run at a time, so that none piles up behind a long one.

Two sweeps at once do no harm, they only do the same work twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from flows.database import locks
from flows.database.connection import connect
from flows.progress import watch
from flows.settings import Settings

# A sweep gives a sign of life after each chunk, which takes seconds; the longest file is looked through before
# its first chunk in some minutes. One that was stopped is silent for ever.
SILENT_SECONDS = 3600


@contextmanager
def hold_sweep_lock(settings: Settings) -> Iterator[bool]:
    """Whether it is ours, while we have it; the session of a process that was stopped has to give it up."""
    with connect(settings) as db:
        if not locks.try_lock(db, locks.SWEEP):
            locks.terminate_silent_holder(db, locks.SWEEP, SILENT_SECONDS)
            if not locks.try_lock(db, locks.SWEEP):
                yield False
                return

        def sign(*_: object) -> None:
            with suppress(psycopg.Error):  # it is lost with its session, and another may sweep with us
                locks.give_sign_of_life(db)

        try:
            with watch(sign):
                yield True
        finally:
            with suppress(psycopg.Error):  # a pooler may keep the session for others
                locks.unlock(db, locks.SWEEP)
