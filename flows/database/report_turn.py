"""Lets one at a time write the report of a batch: two would mix their files, and the older would stay for good.

Who has the turn reads what is committed after it came, so the last to write has seen the most.
"""

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from flows.database import locks, stuck_sessions

_PAUSE = 0.1  # seconds between two looks: most reports take less


@contextmanager
def take_turn(db: psycopg.Connection, batch_id: str) -> Iterator[None]:
    """Wait for the turn; who has it gives a sign of life (see locks) now and then, which fails when the turn was lost.

    One who gives none for as long as a process that was stopped has lost it.
    """
    number = locks.REPORT << 32 | zlib.crc32(batch_id.encode())
    while not locks.try_lock(db, number):
        locks.terminate_silent_holder(db, number, stuck_sessions.STOPPED_SECONDS)
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            locks.unlock(db, number)
