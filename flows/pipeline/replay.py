"""From a finished batch to its rejected orders once more, after a check or the source's settings were mended.

A replay is a batch of its own, of the rows that the first one kept. It can be done again and again: orders that it
has rescued are unchanged the next time.
"""

import hashlib
from pathlib import Path

import psycopg

from flows.carry import Step, carry_through
from flows.database import connected, prepared
from flows.model import Batch, Result
from flows.rehearse import rehearse_rows
from flows.settings import Settings
from flows.workspace import workspace


def replay(batch_id: str, settings: Settings, step: Step) -> Result | None:
    """Import the rejected orders of a batch again; None when there is no such batch, or it is not finished."""
    prepared(settings)
    with workspace(settings) as folder, connected(settings) as db:
        batch = _replay_of(db, batch_id, folder)
        return carry_through(batch, settings, step) if batch else None


def rehearse_replay(batch_id: str, settings: Settings) -> Result | None:
    """Say how many of them it would rescue; None as above."""
    prepared(settings)
    with workspace(settings) as folder, connected(settings) as db:
        batch = _replay_of(db, batch_id, folder)
        return rehearse_rows(batch, settings) if batch else None


def _replay_of(db: psycopg.Connection, batch_id: str, folder: Path) -> Batch | None:
    """The next replay of a batch, or the one that was begun and is not finished."""
    row = db.execute(
        "select source, sha256, file from batches where batch_id = %s and status in ('loaded', 'partial')",
        (batch_id,),
    ).fetchone()
    if row is None:
        return None
    done = db.execute(
        "select count(*) from batches where replay_of = %s and status in ('loaded', 'partial')", (batch_id,)
    ).fetchone()
    number = (done[0] if done else 0) + 1
    source, sha256, file = row
    return Batch(
        batch_id=hashlib.sha256(f"{batch_id}\0{number}".encode()).hexdigest()[:20],
        source=source,
        sha256=sha256,
        file=f"{file} (replay {number})",
        path=folder / "kept",
        stamp=(0, 0, 0),
        kind="kept",
        replay_of=batch_id,
    )
