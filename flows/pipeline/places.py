"""Tells where a batch's file lies in the end, and where its mended rows go, for its report."""

from dataclasses import replace
from pathlib import Path

from flows.frames import Origin
from flows.intake.archive import folder_name
from flows.results import Result
from flows.settings import DEFAULT_SOURCE, Settings
from flows.status import Status


def with_places(origin: Origin, result: Result, settings: Settings) -> Origin:
    """The origin with the folders; they are as true before the file is moved as when the report is written again."""
    drop = settings.data / "drop"
    return replace(
        origin,
        put_away=_put_away(result, settings),
        comes_back=drop if result.source == DEFAULT_SOURCE else drop / result.source,
    )


def _put_away(result: Result, settings: Settings) -> Path | None:
    """The folder of what has come to this; None where it stays where it is."""
    if result.dry_run or result.status is Status.LOADING:
        return None
    if result.status is Status.REFUSED or result.is_set_aside:
        return settings.data / "refused" / folder_name(result.source)
    return settings.data / "archive" / folder_name(result.source) if result.status.is_finished else None
