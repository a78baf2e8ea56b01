"""Imports a finished batch's rejected orders once more, after a check or the source's settings were mended.

A replay is a batch of its own, of the rows that the first one kept. It can be done again and again: orders that it
has rescued are unchanged the next time.
"""

import hashlib
from pathlib import Path

import psycopg

from flows.batch import Batch
from flows.database import batches
from flows.database.connection import connect, prepare_database
from flows.formats import format_of
from flows.intake.workspace import workspace
from flows.pipeline.dry_run import dry_run_batch
from flows.pipeline.import_batch import Step, import_batch
from flows.results import Result
from flows.settings import Settings


def replay_batch(batch_id: str, settings: Settings, step: Step) -> Result | None:
    """Import the rejected orders of a batch again; None when there is no such batch, or it is not finished."""
    prepare_database(settings)
    with workspace(settings) as folder, connect(settings) as db:
        batch = _next_replay(db, batch_id, folder)
        return import_batch(batch, settings, step) if batch else None


def dry_run_replay(batch_id: str, settings: Settings) -> Result | None:
    """Say how many of them it would rescue; None as above."""
    prepare_database(settings)
    with workspace(settings) as folder, connect(settings) as db:
        batch = _next_replay(db, batch_id, folder)
        return dry_run_batch(batch, settings) if batch else None


def _next_replay(db: psycopg.Connection, batch_id: str, folder: Path) -> Batch | None:
    """The next replay of a batch, or the one that was begun and is not finished."""
    found = batches.find_batch(db, batch_id)
    if found is None or not found[3].is_finished:
        return None
    source, sha256, file, *_ = found
    number = batches.count_finished_replays(db, batch_id) + 1
    return Batch(
        batch_id=hashlib.sha256(f"{batch_id}\0{number}".encode()).hexdigest()[:20],
        source=source,
        sha256=sha256,
        file=f"{file} (replay {number})",
        path=folder / "kept",
        identity=(0, 0, 0),
        format=format_of(file),
        replay_of=batch_id,
    )
