"""Holds a batch while this process works on it, and strikes the attempt off however it ends: only who vanishes cannot.

What the database cannot be told is written down in the folder `work`, and told when the batch is begun again.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psycopg

from flows.batch import Batch
from flows.database import attempts
from flows.database.attempts import Standing
from flows.database.connection import connect
from flows.database.connection_pool import pool_connections
from flows.errors import MachineError
from flows.settings import Settings

# Longer than a database address is tried: whoever ends us may be waiting, and kill us in the end.
STRIKE_SECONDS = 12


@dataclass(kw_only=True)
class _Attempt:
    """A session that holds a batch; `is_counted` when the ledger has counted this attempt."""

    batch: Batch
    settings: Settings
    db: psycopg.Connection
    is_counted: bool


_under_way: dict[Path, _Attempt] = {}
"""By the folder of our own that the batch's bytes lie in, for two threads may have the same batch."""


@contextmanager
def attempt(batch: Batch) -> Iterator[None]:
    """While what was begun in it is under way; the steps in it go on over the connection that holds the batch."""
    with pool_connections() as kept:
        try:
            yield
        except BaseException:  # an answer that the ledger was not told, or a stop
            strike_off(batch)
            raise
        finally:
            begun = _under_way.pop(batch.path, None)
            if begun and begun.db in kept:
                _let_go(begun.db)


def begin_attempt(db: psycopg.Connection, batch: Batch, settings: Settings, *, anew: bool) -> Standing:
    """Count an attempt at a batch that is not finished, and hold the batch until `attempt` ends; see `database.attempts`."""
    if _take_owed(batch, settings):
        attempts.strike_off(db, batch.batch_id)
    standing = attempts.begin(db, batch, settings.chunk_rows, anew=anew)
    is_counted = not standing.status.is_finished and not standing.ends_its_workers
    _under_way[batch.path] = _Attempt(batch=batch, settings=settings, db=db, is_counted=is_counted)
    return standing


def go_on(db: psycopg.Connection, batch: Batch) -> None:
    """Hold the batch again when the session that did was lost."""
    begun = _under_way.get(batch.path)
    if begun and begun.db.closed:
        attempts.hold(db, batch.batch_id)
        begun.db = db


def strike_off(batch: Batch) -> None:
    """Say that the attempt has ended and its worker is alive; where the ledger cannot be told, it is owed."""
    begun = _under_way.get(batch.path)
    if not begun or not begun.is_counted:
        return
    try:
        with connect(begun.settings) as db:
            attempts.strike_off(db, batch.batch_id)
    except (MachineError, psycopg.Error):
        with suppress(OSError):
            _owed(batch, begun.settings).touch()


def strike_off_all() -> None:
    """The same for all that is under way in this process, which is going to end; in a thread, for it may hold any lock."""

    def strike() -> None:
        for begun in [*_under_way.values()]:
            strike_off(begun.batch)

    aside = Thread(target=strike, daemon=True)
    aside.start()
    aside.join(STRIKE_SECONDS)


def end_gently(number: int, _: object) -> None:
    """On a signal that ends this process: what is under way was stopped, and has not ended its worker."""
    strike_off_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _let_go(db: psycopg.Connection) -> None:
    try:
        attempts.let_go(db)
    except psycopg.Error:
        db.close()


def _owed(batch: Batch, settings: Settings) -> Path:
    return settings.folder("work") / f"{batch.batch_id}.ended"


def _take_owed(batch: Batch, settings: Settings) -> bool:
    with suppress(FileNotFoundError):
        _owed(batch, settings).unlink()
        return True
    return False
