"""Describes the source of a file: drafts its settings where nobody has, or says what becomes of each column by them."""

from dataclasses import replace
from pathlib import Path

from flows import formats
from flows.batch import Delivery
from flows.intake.snapshot import take_snapshot, unpack
from flows.intake.workspace import workspace
from flows.readers.sample import read_sample
from flows.settings import Settings
from flows.sources.draft.draft import draft_source
from flows.sources.draft.render import source_name


def draft_settings(path: Path, settings: Settings, name: str | None = None) -> str:
    """The text of a file of settings for whoever sent this file; raises BatchError when it cannot be read."""
    name = name or source_name(path.name)
    with workspace(settings) as work:
        batch = take_snapshot(Delivery(path=path, source=name), work)
        batch = unpack(replace(batch, format=batch.format or formats.CSV))
        return draft_source(read_sample(batch), name)
