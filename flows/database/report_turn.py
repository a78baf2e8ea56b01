"""Lets one at a time write the report of a batch: two would mix their files, and the older would stay for good.

Who has the turn reads what is committed after it came, so the last to write has seen the most.
"""

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from flows.database import locks

# The report of the largest batch takes minutes; a process that was stopped is silent for ever.
SILENT_SECONDS = 1800

_PAUSE = 0.1  # seconds between two looks: most reports take less


@contextmanager
def take_turn(db: psycopg.Connection, batch_id: str) -> Iterator[Callable[[], None]]:
    """Wait for the turn; what it gives raises psycopg's error when the turn was lost with its session."""
    number = locks.REPORT << 32 | zlib.crc32(batch_id.encode())
    while not locks.try_lock(db, number):
        locks.terminate_silent_holder(db, number, SILENT_SECONDS)
        time.sleep(_PAUSE)
    try:
        yield lambda: locks.give_sign_of_life(db)
    finally:
        with suppress(psycopg.Error):
            locks.unlock(db, number)
