"""Loads a chunk in one transaction: claim, orders, items, results and findings.

The claim, one row for the chunk, is inserted first: a second runner of the same chunk waits for it and then
goes on to the next. If the transaction is lost, so is the claim; if it was committed, the claim says so.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import polars as pl
import psycopg
from psycopg import sql

from flows.batch import Batch
from flows.database.column_names import COUNTS, format_timestamp
from flows.database.copy import copy_in, encode
from flows.database.foreign_key import ForeignKeyCheck
from flows.frames import ChunkResult

Copy = tuple[str, list[str], Iterable[bytes]]
"""A table, its columns, and rows for it, in pieces; they are gone through once."""

AT_ONCE = 1 << 20


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
                sql.SQL(",").join(map(sql.Identifier, ("batch_id", "chunk_no", "first_key", *COUNTS))),
                sql.SQL(",").join([sql.Placeholder()] * (3 + len(COUNTS))),
                sql.SQL(format_timestamp("committed_at")),
            ),
            (batch.batch_id, result.number, first_key, *(getattr(result.counts, name) for name in COUNTS)),
        ).fetchone()
        if not claimed:
            return None
        with check_keys(db, first_key):
            for table, columns, rows in copies:
                copy_in(db, table, columns, rows)
    return str(claimed[0])


def _reserve_keys(db: psycopg.Connection) -> int:
    row = db.execute("select nextval('orders_order_key_seq')").fetchone()
    assert row  # noqa: S101 - a select of a function has one row
    return int(row[0])


def _copies(batch: Batch, result: ChunkResult, first_key: int) -> list[Copy]:
    """Table, columns and rows of every COPY of a chunk, parents first; nothing for what has no rows."""
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
        "rejected_rows": answers.rejected.with_columns(of_batch, of_chunk),
    }
    plain = {"orders": result.create.plain, "order_items": result.create.plain}
    copies = [
        _copy(table, frame, plain.get(table, frozenset())) for table, frame in frames.items() if frame.height
    ]
    told = (frame.with_columns(of_batch, of_chunk) for frame in answers.findings if frame.height)
    if answers.findings.is_in_memory:
        return [*copies, *(_copy("findings", frame, frozenset()) for frame in told)]
    return [*copies, _copy_many("findings", told, batch.path.parent)]


def _copy_many(table: str, frames: Iterator[pl.DataFrame], work: Path) -> Copy:
    """The rows of frames that are too many to be bytes in memory: they lie in a file, until they are copied."""
    columns: list[str] = []
    file = TemporaryFile(dir=work)  # noqa: SIM115 - it is closed when nobody needs it any more
    for frame in frames:
        columns = frame.columns
        file.write(encode(frame))
    file.seek(0)
    return table, columns, iter(partial(file.read, AT_ONCE), b"")


def _copy(table: str, frame: pl.DataFrame, plain: frozenset[str]) -> Copy:
    """Leave out the columns without a value: nulls cost the server time too."""
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    return table, filled, [encode(frame.select(filled), plain)]
