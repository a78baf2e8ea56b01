"""Renders a batch's report from what is committed of it; when the import ends, or once more by the batch's id."""

from dataclasses import replace
from pathlib import Path

import psycopg

from flows.batch import Result
from flows.database import batches
from flows.database.answers import read_answers
from flows.database.connection import connect, prepare_database
from flows.intake.workspace import workspace
from flows.report import write_report
from flows.report.answers import AnswerFiles
from flows.settings import Settings


def rerender_report(batch_id: str, settings: Settings) -> Result | None:
    """The batch as the ledger has it, its report written anew; None when there is no such batch."""
    prepare_database(settings)
    with connect(settings) as db:
        found = batches.find_batch(db, batch_id)
        if found is None:
            return None
        source, _, file, status, reason = found
        result = Result(
            batch_id=batch_id,
            file=file,
            source=source,
            status=status,
            reason=reason,
            counts=batches.sum_counts(db, batch_id),
            report=settings.folder("reports") / batch_id,
        )
        with workspace(settings) as work:
            render_report(db, result, settings, work)
        return result


def render_report(db: psycopg.Connection, result: Result, settings: Settings, work: Path) -> None:
    """Write a batch's report, from what lies in `work` of chunks just committed, or else from the database."""
    with db.transaction():
        inputs = read_answers(db, result, settings.source_or_default(result.source).delimiter, work)
        files = AnswerFiles(work)
        if files.is_small() and files.chunks() == batches.committed_chunks(db, str(result.batch_id)):
            own = files.report_input(result, inputs.header, inputs.delimiter, inputs.general)
            inputs = replace(own, mapping=inputs.mapping, skipped=inputs.skipped)
        if result.report:
            write_report(inputs, result.report, work)
