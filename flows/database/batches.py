"""From a batch to what the database holds of it: begun, how far it is, finished. The database is the only truth."""

import polars as pl
import psycopg
from psycopg.types.json import Json

from flows.copy import copy_in, encode
from flows.model import Batch, Counts, Status
from flows.names import COUNTS
from flows.rows import Form


def begin(db: psycopg.Connection, batch: Batch, chunk_rows: int) -> Status:
    """Enter the batch, or find it entered; refused and failed bytes are tried again.

    How many rows its chunks have is settled by `describe`, when the rows were looked at.
    """
    db.execute(
        "insert into batches (batch_id, source, sha256, file, replay_of, status, chunk_rows)"
        " values (%s, %s, %s, %s, %s, 'loading', %s)"
        " on conflict (batch_id) do update set status = 'loading', reason = null, finished_at = null"
        " where batches.status in ('refused', 'failed')",
        (batch.batch_id, batch.source, batch.sha256, batch.file, batch.replay_of, chunk_rows),
    )
    row = db.execute("select status from batches where batch_id = %s", (batch.batch_id,)).fetchone()
    assert row  # noqa: S101 - it was entered just now, and no batch is ever taken out
    status: Status = row[0]
    return status


def describe(db: psycopg.Connection, batch: Batch, form: Form, found: pl.DataFrame) -> int:
    """Keep the table's form, and the findings on the batch as a whole.

    Returns the rows of its chunks as they were kept the first time: a chunk that is done must stay the same chunk.
    """
    with db.transaction():
        changed = db.execute(
            "update batches set header = %s, nested = %s, chunk_rows = %s"
            " where batch_id = %s and header is null returning 1",
            (Json(form.header), form.nested, form.chunk_rows, batch.batch_id),
        ).fetchone()
        if changed and found.height:
            frame = found.drop("order").with_columns(batch_id=pl.lit(batch.batch_id))
            copy_in(db, "findings", frame.columns, encode(frame))
    row = db.execute("select chunk_rows from batches where batch_id = %s", (batch.batch_id,)).fetchone()
    assert row  # noqa: S101 - the batch was entered
    return int(row[0])


def finished(db: psycopg.Connection, batch_ids: list[str]) -> set[str]:
    """Which of these batches are finished, by whichever run."""
    query = "select batch_id from batches where batch_id = any(%s) and status in ('loaded', 'partial')"
    return {row[0] for row in db.execute(query, (batch_ids,))}


def must_wait(db: psycopg.Connection, batch_id: str) -> bool:
    """Whether the batch failed so lately that it is not its turn: a minute after the first time, an hour at most."""
    waits = (
        "select 1 from batches where batch_id = %s and status = 'failed'"
        " and finished_at + least(interval '1 minute' * 2 ^ least(failures - 1, 6), interval '1 hour') > clock_timestamp()"
    )
    return db.execute(waits, (batch_id,)).fetchone() is not None


def finish(db: psycopg.Connection, batch_id: str, status: Status, reason: str | None = None) -> None:
    """Say how the batch ended."""
    db.execute(
        "update batches set status = %s, reason = %s, finished_at = clock_timestamp(), failures = failures + %s"
        " where batch_id = %s and status not in ('loaded', 'partial')",
        (status, reason, int(status == "failed"), batch_id),
    )


def committed_chunks(db: psycopg.Connection, batch_id: str) -> set[int]:
    """Numbers of the chunks that are done, by whichever run."""
    return {
        row[0] for row in db.execute("select chunk_no from batch_chunks where batch_id = %s", (batch_id,))
    }


def counts(db: psycopg.Connection, batch_id: str) -> Counts:
    """The sums over all chunks, and the findings on the batch as a whole."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in COUNTS)
    row = db.execute(f"select {sums} from batch_chunks where batch_id = %s", (batch_id,)).fetchone()  # noqa: S608
    general = db.execute(
        "select count(*) from findings where batch_id = %s and chunk_no is null", (batch_id,)
    ).fetchone()
    assert row  # noqa: S101 - an aggregate has one row
    assert general  # noqa: S101
    return Counts(**dict(zip(COUNTS, row, strict=True))) + Counts(warnings=general[0])
