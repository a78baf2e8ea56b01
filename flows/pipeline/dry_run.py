"""The dry run of a batch: the same engine and the same report, nothing written to the database, no file moved."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import polars as pl

from flows.chunk import chunks, rows_a_chunk
from flows.database import connected, has_database
from flows.identify import pin
from flows.judge import judge_of
from flows.known import known_orders
from flows.layouts import unknown_columns
from flows.migrate import new_key, ready_key, revision
from flows.model import Batch, BatchError, Counts, Delivery, Result, unread
from flows.progress import tell
from flows.report import write_report
from flows.rows import FINDINGS, KNOWN, Assembled, Said
from flows.settings import Settings
from flows.spill import Spill
from flows.workspace import workspace


def rehearse_batch(delivery: Delivery, settings: Settings) -> Result:
    """Say what an import of this file would answer; known orders are asked for when there is a database."""
    try:
        with workspace(settings) as work:
            return rehearse_rows(pin(delivery, work), settings)
    except BatchError as error:
        return unread(delivery, "refused", str(error))


def rehearse_rows(batch: Batch, settings: Settings) -> Result:
    """Say what an import of this batch would answer."""
    if has_database(settings):
        with connected(settings) as db:
            if revision(db):
                key = ready_key(db, settings.id_key)
                return _rehearse(batch, settings, partial(known_orders, db, batch.source), key)
    return _rehearse(batch, settings, _none_known, new_key(settings.id_key))


Known = Callable[[Assembled], pl.DataFrame]
"""Asks which of these orders are stored already; see rows.KNOWN."""


def _none_known(_: Assembled) -> pl.DataFrame:
    return KNOWN.to_frame()


def _rehearse(batch: Batch, settings: Settings, known: Known, key: bytes) -> Result:
    result = Result(batch_id=batch.batch_id, file=batch.file, source=batch.source, status="loaded")
    spill = Spill(batch.path.parent)
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    try:
        judge = judge_of(batch, settings, key)
        general = unknown_columns(judge.how)
        counts = Counts(warnings=general.height)
        runs = judge.runs()
        chunk_rows = rows_a_chunk(judge.table, runs, settings.chunk_rows)
        for chunk in chunks(judge.table, runs, chunk_rows, batch.path.parent):
            judged = judge.judge(chunk)
            settled = judged.settled(judged.assembled, Said(known=known(judged.assembled)))
            counts += settled.counts
            spill.put(chunk.number, settled.answers, at)
            tell(batch.file, settled.counts.rows_read, chunk.share)
        judge.table.refuse_fewer(counts.rows_read)
    except BatchError as error:
        return replace(result, status="refused", reason=str(error))
    folder = settings.folder("reports") / f"{batch.batch_id}.check"
    result = replace(
        result, status="partial" if counts.orders_rejected else "loaded", counts=counts, report=folder
    )
    told = spill.told(result, judge.how.header, settings.delimiter(batch.source), _in_order(general))
    write_report(told, folder, batch.path.parent)
    return result


def _in_order(general: pl.DataFrame) -> pl.DataFrame:
    """The findings on the batch as a whole, as the database tells them."""
    unplaced = (pl.lit(None, dtype=pl.Int64).alias(name) for name in ("first_row", "line"))
    return general.with_columns(unplaced).select(FINDINGS.names()).sort(FINDINGS.names(), nulls_last=True)
