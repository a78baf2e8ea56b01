"""The dry run of a batch: the same way with another last step, nothing written to the database, no file moved."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import polars as pl
import psycopg

from flows.batch import Batch, Delivery, unread
from flows.database.batches import find_finished
from flows.database.conflicts import find_known_orders
from flows.database.connection import connect, has_database
from flows.database.migrate import load_id_key, make_id_key, revision
from flows.errors import BatchError
from flows.frames import FINDINGS, KNOWN, Answers, Assembled, Origin, StoredState
from flows.intake.snapshot import take_snapshot
from flows.intake.workspace import workspace
from flows.pipeline.open_batch import OpenBatch, open_batch
from flows.pipeline.places import with_places
from flows.pipeline.process_chunk import process_chunks
from flows.progress import notify
from flows.report import write_report
from flows.report.answers import AnswerFiles
from flows.results import Counts, Result
from flows.settings import Settings
from flows.sources.fit_header import UnfitHeaderError
from flows.sources.mapping_table import describe_mapping
from flows.status import Status

FindKnown = Callable[[Assembled], pl.DataFrame]
"""Asks which of these orders are stored already; see frames.KNOWN."""


def dry_run_file(delivery: Delivery, settings: Settings) -> Result:
    """Say what an import of this file would answer; known orders are asked for when there is a database."""
    try:
        with workspace(settings) as work:
            return dry_run_batch(take_snapshot(delivery, work), settings)
    except BatchError as error:
        return replace(unread(delivery, Status.REFUSED, str(error)), dry_run=True)


def dry_run_batch(batch: Batch, settings: Settings) -> Result:
    """Say what an import of this batch would answer."""
    if has_database(settings):
        with connect(settings) as db:
            if revision(db):
                key = load_id_key(db, settings.id_key)
                result = _dry_run(batch, settings, partial(find_known_orders, db, batch.source), key)
                return replace(result, notes=(*result.notes, *_note_repeated(db, batch)))
    return _dry_run(batch, settings, _find_none, make_id_key(settings.id_key))


def _note_repeated(db: psycopg.Connection, batch: Batch) -> Iterator[str]:
    """What an import would say of it today, where it has come before; the answers are those of its orders all the same."""
    for finished in find_finished(db, [batch.batch_id]).values():
        yield f"This very file was imported before, {finished.outcome.when()}: an import would do nothing (repeated)."


def _find_none(_: Assembled) -> pl.DataFrame:
    return KNOWN.to_frame()


def _dry_run(batch: Batch, settings: Settings, find_known: FindKnown, key: bytes) -> Result:
    answers = AnswerFiles(batch.path.parent)
    started_at = _now()
    try:
        opened = open_batch(batch, settings.source(batch.source), settings, key)
        opened = replace(opened, kept=None) if find_known is _find_none else opened
        general = opened.general_findings()
        found, skipped = _answer_chunks(opened, settings, find_known, answers)
        counts = Counts(warnings=general.height) + found
        opened.table.refuse_fewer(counts.rows_read)
        notes = opened.notes()
    except BatchError as error:
        mapping = describe_mapping(error.mapping) if isinstance(error, UnfitHeaderError) else []
        refused = batch.result(Status.REFUSED, reason=str(error))
        return replace(refused, dry_run=True, mapping=tuple(mapping))
    mapping = describe_mapping(opened.mapping)
    folder = settings.folder("reports") / f"{batch.batch_id}.check"
    result = batch.result(Status.of_orders(counts.orders_rejected), counts=counts, report=folder)
    result = replace(result, dry_run=True, mapping=tuple(mapping))
    delimiter = settings.source_or_default(batch.source).delimiter
    inputs = answers.report_input(result, opened.mapping.header, delimiter, _in_order(general))
    origin = with_places(_origin(batch, started_at), result, settings)
    inputs = replace(inputs, mapping=tuple(mapping), skipped=skipped, origin=origin)
    return replace(result, notes=(*notes, *write_report(inputs, folder, batch.path.parent)))


def _answer_chunks(
    opened: OpenBatch, settings: Settings, find_known: FindKnown, answers: AnswerFiles
) -> tuple[Counts, Counter[str]]:
    counts, skipped = Counts(), Counter[str]()
    is_keyless = find_known is _find_none and not settings.id_key
    at = _now()
    rows = opened.chunk_rows(settings.chunk_rows)
    with process_chunks(opened, rows, opened.bounded(settings, rows)) as chunks:
        for processed in chunks:
            stored = StoredState(known=find_known(processed.assembled))
            result = processed.decide(processed.assembled, stored)
            answers.put(processed.number, _without_ids(result.answers) if is_keyless else result.answers, at)
            result.answers.findings.drop()
            processed.found.drop()
            notify(opened.file, result.counts.rows_read, processed.share)
            counts += result.counts
            skipped.update(result.skipped)
    return counts, skipped


def _without_ids(answers: Answers) -> Answers:
    """The answers where no key has made an id yet: those of the import will be others."""
    return replace(answers, results=answers.results.with_columns(order_id=pl.lit(None, pl.String)))


def _origin(batch: Batch, started_at: str) -> Origin:
    return Origin(sha256=batch.sha256, started_at=started_at, ended_at=_now(), replay_of=batch.replay_of)


def _now() -> str:
    """As the database writes a time for reports."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_order(general: pl.DataFrame) -> pl.DataFrame:
    """The findings on the batch as a whole, as the database tells them."""
    unplaced = (pl.lit(None, dtype=pl.Int64).alias(name) for name in ("first_row", "line"))
    return general.with_columns(unplaced).select(FINDINGS.names()).sort(FINDINGS.names(), nulls_last=True)
