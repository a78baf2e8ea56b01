"""Describes the source of a file: drafts its settings where nobody has, or says what becomes of each column by them."""

from dataclasses import dataclass, replace
from pathlib import Path

from flows import formats
from flows.batch import Delivery
from flows.intake.snapshot import take_snapshot, unpack
from flows.intake.workspace import workspace
from flows.pipeline.open_batch import open_batch
from flows.readers.csv_encoding import find_wide
from flows.readers.sample import read_sample
from flows.settings import Settings
from flows.sources.draft.draft import draft_source
from flows.sources.draft.render import source_name
from flows.sources.fit_header import UnfitHeaderError
from flows.sources.mapping_table import MappingLine, describe_mapping


def draft_settings(path: Path, settings: Settings, name: str | None = None) -> str:
    """The text of a file of settings for whoever sent this file; raises BatchError when it cannot be read."""
    name = name or source_name(path.name)
    with workspace(settings) as work:
        batch = take_snapshot(Delivery(path=path, source=name), work)
        batch = unpack(replace(batch, format=batch.format or formats.CSV), find_wide(batch.path))
        return draft_source(read_sample(batch), name)


@dataclass(frozen=True, kw_only=True)
class Described:
    """What becomes of a file's columns; `reason` is why it would be refused, None where it would not."""

    lines: list[MappingLine]
    reason: str | None = None


def describe_columns(delivery: Delivery, settings: Settings) -> Described:
    """Read the file as an import does, up to its rows; raises BatchError when not even its header can be read."""
    with workspace(settings) as work:
        try:
            source = settings.source(delivery.source)
            opened = open_batch(take_snapshot(delivery, work), source, settings, b"")
        except UnfitHeaderError as error:
            return Described(lines=describe_mapping(error.mapping), reason=str(error))
        return Described(lines=describe_mapping(opened.mapping))
