"""Loads a chunk in one transaction: claim, orders, items, results and findings.

The claim, one row for the chunk, is inserted first: a second runner of the same chunk waits for it and then
goes on to the next. If the transaction is lost, so is the claim; if it was committed, the claim says so. It is only
to be had under the settings that the batch goes on under.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Json

from flows.database.batches import KEPT_OUT
from flows.database.column_names import COUNTS, format_timestamp
from flows.database.copy import Copy, copy_in, encode, make_copy
from flows.database.foreign_key import ForeignKeyCheck
from flows.errors import MachineError
from flows.frames import ChunkResult

# The batch's row says under which settings chunks are claimed, and nobody can change them meanwhile. With a run's first
# chunk its attempt is struck off, and all before it: a batch that goes on ends no worker.
_FIRST = "update batches set attempts = 0 where batch_id = %(batch_id)s and settings::text = %(settings)s returning batch_id"
_LATER = "select batch_id from batches where batch_id = %(batch_id)s and settings::text = %(settings)s for key share"
_CLAIM = (
    "with batch as materialized ({}) insert into batch_chunks ({}) select batch_id, {} from batch"
    " on conflict (batch_id, chunk_no) do nothing returning {}"
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a run claims chunks of a batch with: the settings that it cuts them under, and whether this is its first."""

    batch_id: str
    settings: str
    is_first: bool = False


AT_ONCE = 1 << 20
"""Bytes of spooled findings that are sent at a time."""


def load(
    db: psycopg.Connection, claim: Claim, result: ChunkResult, check_keys: ForeignKeyCheck
) -> str | None:
    """Commit the chunk; the time that it has in the database, None when another run has done so before.

    Raises psycopg's UniqueViolation when another batch was faster with one of the orders, and MachineError, passing,
    when the batch goes on under other settings by now.
    """
    first_key = _reserve_keys(db)
    copies = _copies(claim, result, first_key)  # bytes are made before the transaction opens
    with db.transaction():
        claimed = _claim(db, claim, result, first_key)
        if not claimed:
            return None
        with check_keys(db, first_key):
            for copy in chain(copies, _further_copies(claim, result)):
                copy_in(db, copy)
    return claimed


def _claim(db: psycopg.Connection, claim: Claim, result: ChunkResult, first_key: int) -> str | None:
    """The time of the claim; None when another run has done the chunk."""
    values = {
        "chunk_no": result.number,
        "first_key": first_key,
        "skipped": Json(result.skipped) if result.skipped else None,
        "odd_rows": Json(dict(result.odd_rows.iter_rows())) if result.odd_rows.height else None,
        "mends": list(result.mends) or None,
        **{name: getattr(result.counts, name) for name in COUNTS},
    }
    row = db.execute(
        sql.SQL(_CLAIM).format(
            sql.SQL(_FIRST if claim.is_first else _LATER),
            sql.SQL(",").join(map(sql.Identifier, ("batch_id", *values))),
            sql.SQL(",").join(map(sql.Placeholder, values)),
            sql.SQL(format_timestamp("committed_at")),
        ),
        values | {"batch_id": claim.batch_id, "settings": claim.settings},
    ).fetchone()
    if row:
        return str(row[0])
    done = "select 1 from batch_chunks where batch_id = %s and chunk_no = %s"
    if not db.execute(done, (claim.batch_id, result.number)).fetchone():
        raise _not_claimed(db, claim)
    return None


def _not_claimed(db: psycopg.Connection, claim: Claim) -> MachineError:
    """Why nobody has a claim that we asked for."""
    same = "select exists (select from batches where batch_id = %s and settings::text = %s)"
    if db.execute(same, (claim.batch_id, claim.settings)).fetchone() == (True,):
        return MachineError(KEPT_OUT.format("batch_chunks"))
    return MachineError("Another run has begun this batch under other settings.", passing=True)


def _reserve_keys(db: psycopg.Connection) -> int:
    row = db.execute("select nextval('orders_order_key_seq')").fetchone()
    assert row  # noqa: S101 - a select of a function has one row
    return int(row[0])


def _copies(claim: Claim, result: ChunkResult, first_key: int) -> list[Copy]:
    """Every COPY of a chunk, parents first; nothing for what has no rows."""
    orders, items = result.create.keyed(first_key)
    of_batch = pl.lit(claim.batch_id).alias("batch_id")
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
    folder = answers.findings.folder
    if folder is None:
        return [*copies, *(_copy("findings", frame, frozenset()) for frame in told)]
    return [*copies, _copy_many("findings", told, folder / f"findings.{result.number}.copied")]


def _further_copies(claim: Claim, result: ChunkResult) -> Iterator[Copy]:
    """The same of rejected rows that memory does not hold, which are encoded a few at a time while the transaction is open."""
    of_chunk = {"batch_id": pl.lit(claim.batch_id), "chunk_no": pl.lit(result.number, dtype=pl.Int32)}
    for rows in result.answers.further() if result.answers.further else ():
        yield _copy("rejected_rows", rows.with_columns(**of_chunk), frozenset())


def _copy_many(table: str, frames: Iterator[pl.DataFrame], path: Path) -> Copy:
    """The rows of frames that are too many to be bytes in memory: they lie in a file, until they are copied."""
    columns: list[str] = []
    count = 0
    with path.open("wb") as file:
        for frame in frames:
            columns, count = frame.columns, count + frame.height
            file.write(encode(frame))
    return Copy(table=table, columns=columns, rows=_read(path), count=count)


def _read(path: Path) -> Iterator[bytes]:
    """The pieces of a file, which is gone with the one who reads it."""
    with path.open("rb") as file:
        path.unlink()
        yield from iter(partial(file.read, AT_ONCE), b"")


def _copy(table: str, frame: pl.DataFrame, plain: frozenset[str]) -> Copy:
    """Leave out the columns without a value: nulls cost the server time too."""
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    return make_copy(table, frame.select(filled), plain)
