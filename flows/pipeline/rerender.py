"""Renders a batch's report from what is committed of it; when the import ends, or once more by the batch's id."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg

from flows.database import batches
from flows.database.answers import copy_answers, read_general, view_once
from flows.database.connection import connect, prepare_database
from flows.database.locks import give_sign_of_life
from flows.database.origin import find_origin
from flows.database.report_turn import take_turn
from flows.database.story import find_mended, read_story
from flows.frames import ReportInput
from flows.intake.workspace import workspace
from flows.kept_settings import kept_source
from flows.pipeline.places import with_places
from flows.report import write_report
from flows.report.answers import AnswerFiles
from flows.results import Result
from flows.settings import Settings

MOST_REFRESHED = 1_000_000
"""Rows of a batch whose report is written anew when a fix file of it came back: ten seconds; of others when somebody asks."""


def rerender_report(batch_id: str, settings: Settings) -> Result | None:
    """The batch as the ledger has it, its report written anew; None when there is no such batch."""
    prepare_database(settings)
    with connect(settings) as db:
        return _rerender(db, batch_id, settings)


def refresh_report(db: psycopg.Connection, batch_id: str, settings: Settings) -> None:
    """Write anew the report that somebody has asked for before the batch had come to its end."""
    if (settings.folder("reports") / batch_id).exists():
        _rerender(db, batch_id, settings)


def refresh_mended(db: psycopg.Connection, result: Result, settings: Settings) -> None:
    """Write anew the reports of all other rounds: what became of their rejected orders has changed."""
    if not result.mends:
        return
    for other in read_story(db, str(result.batch_id), result.source).others(result.batch_id):
        if batches.sum_counts(db, other.batch_id).rows_read <= MOST_REFRESHED:
            refresh_report(db, other.batch_id, settings)


def render_report(db: psycopg.Connection, result: Result, settings: Settings, work: Path) -> tuple[str, ...]:
    """Write a batch's report, and answer what is to be noted of it; from what lies in `work` of chunks just committed, or else from the database.

    To be done by one who has the turn.
    """
    with view_once(db):
        inputs = _read(db, result, settings, work)
    return write_report(inputs, result.report, work, partial(give_sign_of_life, db)) if result.report else ()


def _rerender(db: psycopg.Connection, batch_id: str, settings: Settings) -> Result | None:
    with workspace(settings) as work, take_turn(db, batch_id):
        with view_once(db):
            result = _find(db, batch_id, settings)
            inputs = _read(db, result, settings, work) if result else None
        if result and inputs and result.report:
            notes = write_report(inputs, result.report, work, partial(give_sign_of_life, db))
            return replace(result, notes=notes)
        return result


def _find(db: psycopg.Connection, batch_id: str, settings: Settings) -> Result | None:
    found = batches.find_batch(db, batch_id)
    if found is None:
        return None
    source, _, file, status, reason = found
    return Result(
        batch_id=batch_id,
        file=file,
        source=source,
        status=status,
        reason=reason,
        counts=batches.sum_counts(db, batch_id),
        report=settings.folder("reports") / batch_id,
        mends=find_mended(db, batch_id, source),
    )


def _read(db: psycopg.Connection, result: Result, settings: Settings, work: Path) -> ReportInput:
    batch_id = str(result.batch_id)
    kept = kept_source(batches.find_settings(db, batch_id))  # by which its rows were read
    delimiter = (kept or settings.source_or_default(result.source)).delimiter
    told, story = read_general(db, batch_id, result.source), read_story(db, batch_id, result.source)
    origin = with_places(find_origin(db, batch_id), result, settings)
    files = AnswerFiles(work)
    if files.is_small() and files.chunks() == batches.committed_chunks(db, batch_id):
        own = files.report_input(result, told["header"], delimiter, told["general"])
        return replace(own, mapping=told["mapping"], skipped=told["skipped"], origin=origin, story=story)
    answers = copy_answers(db, batch_id, work)
    return ReportInput(result=result, delimiter=delimiter, **told, **answers, origin=origin, story=story)
