"""Tells a finished batch that came again: what it came to the first time, and whether it would be read otherwise today."""

from dataclasses import replace

from flows.database.batches import Finished
from flows.kept_settings import is_kept_source, present_source
from flows.results import Counts, Result
from flows.settings import Settings
from flows.status import Status


def make_repeated(result: Result, finished: Finished, settings: Settings) -> Result:
    """The result of a run that does nothing, and so counts nothing; the first one's report says what there was."""
    return replace(
        result,
        status=Status.REPEATED,
        counts=Counts(),
        report=settings.folder("reports") / str(result.batch_id),
        first=finished.outcome,
        notes=_note_change(result, finished.settings, settings),
    )


def _note_change(result: Result, kept: str | None, settings: Settings) -> tuple[str, ...]:
    if kept is None or is_kept_source(kept, present_source(settings, result.source)):
        return ()
    changed = f"The settings of {result.source} have changed since this batch was imported, which changes nothing in it."
    return (
        f"{changed} What it rejected is tried under the new ones by: order-import replay {result.batch_id}",
    )
