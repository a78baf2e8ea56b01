"""Keeps the ledger of batches: registered, how far each is, finished. The database is the only truth."""

import polars as pl
import psycopg
from psycopg.types.json import Json

from flows.batch import FINISHED, Batch, Counts, Status
from flows.database.column_names import COUNTS
from flows.database.copy import copy_in, make_copy
from flows.errors import MachineError
from flows.frames import TableForm

KEPT_OUT = (
    "The table {} did not take what was written into it: a trigger or a rule of the database's keeps it out."
)


def register(db: psycopg.Connection, batch: Batch, chunk_rows: int) -> Status:
    """Enter the batch, or find it entered; refused and failed bytes are tried again.

    How many rows its chunks have is kept by `describe`, when the rows were looked at.
    """
    db.execute(
        "insert into batches (batch_id, source, sha256, file, replay_of, status, chunk_rows)"
        " values (%s, %s, %s, %s, %s, 'loading', %s)"
        " on conflict (batch_id) do update set status = 'loading', reason = null, finished_at = null"
        " where batches.status in ('refused', 'failed')",
        (batch.batch_id, batch.source, batch.sha256, batch.file, batch.replay_of, chunk_rows),
    )
    row = db.execute("select status from batches where batch_id = %s", (batch.batch_id,)).fetchone()
    if row is None:  # it was entered just now, and no batch is ever taken out
        raise MachineError(KEPT_OUT.format("batches"))
    return Status(row[0])


def describe(db: psycopg.Connection, batch: Batch, form: TableForm, found: pl.DataFrame) -> int:
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
            copy_in(db, make_copy("findings", frame))
    row = db.execute("select chunk_rows from batches where batch_id = %s", (batch.batch_id,)).fetchone()
    assert row  # noqa: S101 - the batch was entered
    return int(row[0])


def find_finished(db: psycopg.Connection, batch_ids: list[str]) -> set[str]:
    """Which of these batches are finished, by whichever run."""
    query = "select batch_id from batches where batch_id = any(%s) and status = any(%s)"
    return {row[0] for row in db.execute(query, (batch_ids, list(FINISHED)))}


def is_backing_off(db: psycopg.Connection, batch_id: str) -> bool:
    """Whether the batch failed so lately that it is not its turn: a minute after the first time, an hour at most."""
    waits = (
        "select 1 from batches where batch_id = %s and status = 'failed'"
        " and finished_at + least(interval '1 minute' * 2 ^ least(failures - 1, 6), interval '1 hour') > clock_timestamp()"
    )
    return db.execute(waits, (batch_id,)).fetchone() is not None


def finish(db: psycopg.Connection, batch_id: str, status: Status, reason: str | None = None) -> Status:
    """Say how the batch ended, and answer how it stands: one that another run has finished stays as it is.

    Raises MachineError when there is no such batch.
    """
    with db.transaction():
        found = db.execute(
            "select status from batches where batch_id = %s for update", (batch_id,)
        ).fetchone()
        if found is None:
            raise MachineError(
                f"The ledger has no batch {batch_id}; this is a fault of ours, please report it."
            )
        if Status(found[0]).is_finished:
            return Status(found[0])
        changed = db.execute(
            "update batches set status = %s, reason = %s, finished_at = clock_timestamp(), failures = failures + %s"
            " where batch_id = %s",
            (status.value, reason, int(status is Status.FAILED), batch_id),
        )
        if not changed.rowcount:
            raise MachineError(KEPT_OUT.format("batches"))
    return status


def committed_chunks(db: psycopg.Connection, batch_id: str) -> set[int]:
    """Numbers of the chunks that are done, by whichever run."""
    return {
        row[0] for row in db.execute("select chunk_no from batch_chunks where batch_id = %s", (batch_id,))
    }


def sum_counts(db: psycopg.Connection, batch_id: str) -> Counts:
    """The sums over all chunks, and the findings on the batch as a whole."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in COUNTS)
    row = db.execute(f"select {sums} from batch_chunks where batch_id = %s", (batch_id,)).fetchone()  # noqa: S608
    general = db.execute(
        "select count(*) from findings where batch_id = %s and chunk_no is null", (batch_id,)
    ).fetchone()
    assert row  # noqa: S101 - an aggregate has one row
    assert general  # noqa: S101
    return Counts(**dict(zip(COUNTS, row, strict=True))) + Counts(warnings=general[0])


def find_batch(db: psycopg.Connection, batch_id: str) -> tuple[str, str, str, Status, str | None] | None:
    """Source, hash of the bytes, file, status and reason of a batch; None where there is none of that id."""
    row = db.execute(
        "select source, sha256, file, status, reason from batches where batch_id = %s", (batch_id,)
    ).fetchone()
    return (row[0], row[1], row[2], Status(row[3]), row[4]) if row else None


def count_finished_replays(db: psycopg.Connection, batch_id: str) -> int:
    """How often the batch's rejected orders were imported again."""
    query = "select count(*) from batches where replay_of = %s and status = any(%s)"
    row = db.execute(query, (batch_id, list(FINISHED))).fetchone()
    return int(row[0]) if row else 0
