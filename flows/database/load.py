"""Loads a chunk in one transaction: claim, orders, items, results and findings.

The claim, one row for the chunk, is inserted first: a second runner of the same chunk waits for it and then
goes on to the next. If the transaction is lost, so is the claim; if it was committed, the claim says so.
"""

from collections.abc import Iterator
from itertools import chain

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Json

from flows.batch import Batch
from flows.database.batches import KEPT_OUT
from flows.database.column_names import COUNTS, format_timestamp
from flows.database.copy import Copy, copy_in, make_copy
from flows.database.foreign_key import ForeignKeyCheck
from flows.errors import MachineError
from flows.frames import ChunkResult


def load(
    db: psycopg.Connection, batch: Batch, result: ChunkResult, check_keys: ForeignKeyCheck
) -> str | None:
    """Commit the chunk; the time that it has in the database, None when another run has done so before.

    Raises psycopg's UniqueViolation when another batch was faster with one of the orders.
    """
    first_key = _reserve_keys(db)
    copies = _copies(batch, result, first_key)  # bytes are made before the transaction opens
    with db.transaction():
        claimed = db.execute(
            sql.SQL(
                "insert into batch_chunks ({}) values ({}) on conflict (batch_id, chunk_no) do nothing returning {}"
            ).format(
                sql.SQL(",").join(
                    map(sql.Identifier, ("batch_id", "chunk_no", "first_key", "skipped", "odd_rows", *COUNTS))
                ),
                sql.SQL(",").join([sql.Placeholder()] * (5 + len(COUNTS))),
                sql.SQL(format_timestamp("committed_at")),
            ),
            (
                batch.batch_id,
                result.number,
                first_key,
                Json(result.skipped) if result.skipped else None,
                Json(dict(result.odd_rows.iter_rows())) if result.odd_rows.height else None,
                *(getattr(result.counts, name) for name in COUNTS),
            ),
        ).fetchone()
        if not claimed:
            _refuse_suppressed(db, batch.batch_id, result.number)
            return None
        with check_keys(db, first_key):
            for copy in chain(copies, _further_copies(batch, result)):
                copy_in(db, copy)
    return str(claimed[0])


def _refuse_suppressed(db: psycopg.Connection, batch_id: str, number: int) -> None:
    """Raise MachineError where the claim is nobody's: it was not another run that kept it from us."""
    query = "select exists (select from batch_chunks where batch_id = %s and chunk_no = %s)"
    if db.execute(query, (batch_id, number)).fetchone() != (True,):
        raise MachineError(KEPT_OUT.format("batch_chunks"))


def _reserve_keys(db: psycopg.Connection) -> int:
    row = db.execute("select nextval('orders_order_key_seq')").fetchone()
    assert row  # noqa: S101 - a select of a function has one row
    return int(row[0])


def _copies(batch: Batch, result: ChunkResult, first_key: int) -> list[Copy]:
    """Every COPY of a chunk, parents first; nothing for what has no rows."""
    orders, items = result.create.keyed(first_key)
    of_batch = pl.lit(batch.batch_id).alias("batch_id")
    of_chunk = pl.lit(result.number, dtype=pl.Int32).alias("chunk_no")
    answers = result.answers
    frames = {
        "orders": orders.with_columns(of_batch),
        "order_items": items,
        "order_results": answers.results.filter(pl.col("outcome") != "created").with_columns(
            of_batch, of_chunk
        ),
        "findings": answers.findings.with_columns(of_batch, of_chunk),
        "rejected_rows": answers.rejected.with_columns(of_batch, of_chunk),
    }
    plain = {"orders": result.create.plain, "order_items": result.create.plain}
    return [
        _copy(table, frame, plain.get(table, frozenset())) for table, frame in frames.items() if frame.height
    ]


def _further_copies(batch: Batch, result: ChunkResult) -> Iterator[Copy]:
    """The same of rejected rows that memory does not hold, which are encoded a few at a time while the transaction is open."""
    of_chunk = {"batch_id": pl.lit(batch.batch_id), "chunk_no": pl.lit(result.number, dtype=pl.Int32)}
    for rows in result.answers.further() if result.answers.further else ():
        yield _copy("rejected_rows", rows.with_columns(**of_chunk), frozenset())


def _copy(table: str, frame: pl.DataFrame, plain: frozenset[str]) -> Copy:
    """Leave out the columns without a value: nulls cost the server time too."""
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    return make_copy(table, frame.select(filled), plain)
