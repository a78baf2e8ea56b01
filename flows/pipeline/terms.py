"""Chooses the terms that a batch is imported under: those it was begun with when a chunk is committed, else the present ones."""

from collections.abc import Collection
from dataclasses import dataclass

import psycopg

from flows.batch import Batch
from flows.database import batches
from flows.kept_settings import KeptSettings, is_kept_source, present_source
from flows.settings import Settings
from flows.sources.source import Source


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How the source writes; `kept` is None unless the batch was begun under it; `notes` say what is odd about that."""

    source: Source
    kept: KeptSettings | None = None
    notes: tuple[str, ...] = ()


def choose_terms(db: psycopg.Connection, batch: Batch, settings: Settings, done: Collection[int]) -> Terms:
    """What holds for a batch of which these chunks are done.

    Raises BatchError when nothing is done and its source may not send, MachineError when another program began it.
    """
    if not done:
        return Terms(source=settings.source(batch.source))
    text = batches.find_settings(db, batch.batch_id)
    if text is None:
        return Terms(source=settings.source(batch.source), notes=(_begun_before_any_were_kept(batch),))
    kept = KeptSettings.from_text(text)
    return Terms(source=kept.source, kept=kept, notes=note_change(batch, settings, text))


def note_change(batch: Batch, settings: Settings, kept: str) -> tuple[str, ...]:
    """That a half-loaded batch went on under other settings than the present ones."""
    if is_kept_source(kept, present_source(settings, batch.source)):
        return ()
    changed = f"The settings of {batch.source} have changed since this batch was begun"
    return (f"{changed}; it goes on under those that it was begun with.",)


def _begun_before_any_were_kept(batch: Batch) -> str:
    return f"This batch was begun before settings were kept; it went on under the present ones of {batch.source}."
