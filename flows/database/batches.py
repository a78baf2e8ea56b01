"""Keeps the ledger of batches: under which settings, how far each is, finished; they are entered in `attempts`. The database is the only truth."""

from dataclasses import dataclass, replace

import polars as pl
import psycopg
from psycopg.types.json import Json

from flows.database.column_names import COUNTS, format_timestamp
from flows.database.copy import copy_in, make_copy
from flows.errors import MachineError
from flows.frames import TableForm
from flows.kept_settings import FIRST_CUTTING, KeptSettings, refuse_other_cutting
from flows.results import Counts, FirstOutcome
from flows.status import ENDS_ITS_WORKER, FINISHED, Status

KEPT_OUT = (
    "The table {} did not take what was written into it: a trigger or a rule of the database's keeps it out."
)


def describe(db: psycopg.Connection, batch_id: str, form: TableForm, ours: KeptSettings) -> KeptSettings:
    """Keep the table's form and the settings that its chunks are cut and read under; answer those that hold.

    They hold from the first chunk on. Raises MachineError, passing, when another run has begun the batch under others.
    """
    with db.transaction():
        # Waits for chunks that are being committed; what is asked afterwards has seen them.
        db.execute("select from batches where batch_id = %s for update", (batch_id,))
        begun = db.execute(
            "update batches set header = %s, nested = %s, chunk_rows = %s, settings = %s"
            " where batch_id = %s and not exists (select from batch_chunks c where c.batch_id = batches.batch_id)"
            " returning 1",
            (Json(form.header), form.nested, ours.chunk_rows, ours.to_text(), batch_id),
        ).fetchone()
        return ours if begun else _keep_late(db, batch_id, ours)


def _keep_late(db: psycopg.Connection, batch_id: str, ours: KeptSettings) -> KeptSettings:
    """The settings of a batch of which a chunk is committed; ours from now on when it was begun before any were kept."""
    query = "select settings::text, chunk_rows from batches where batch_id = %s"
    row = db.execute(query, (batch_id,)).fetchone()
    assert row  # noqa: S101 - the batch was entered
    if row[0] not in (None, ours.to_text()):
        raise MachineError("Another run has begun this batch under other settings.", passing=True)
    if row[0] is None:
        refuse_other_cutting(FIRST_CUTTING)
        ours = replace(ours, chunk_rows=int(row[1]))
        query = "update batches set settings = %s where batch_id = %s"
        if not db.execute(query, (ours.to_text(), batch_id)).rowcount:
            raise MachineError(KEPT_OUT.format("batches"))
    return ours


def find_settings(db: psycopg.Connection, batch_id: str) -> str | None:
    """The settings that were kept with the batch, as text; None when it was begun before any were."""
    row = db.execute("select settings::text from batches where batch_id = %s", (batch_id,)).fetchone()
    return row[0] if row else None


def keep_general_findings(db: psycopg.Connection, batch_id: str, found: pl.DataFrame) -> None:
    """Keep the findings on the batch as a whole, once, when its chunks are done: then its settings hold."""
    if found.is_empty():
        return
    frame = found.drop("order").with_columns(batch_id=pl.lit(batch_id))
    with db.transaction():
        db.execute("select from batches where batch_id = %s for update", (batch_id,))
        there = "select exists (select from findings where batch_id = %s and chunk_no is null)"
        if db.execute(there, (batch_id,)).fetchone() == (False,):
            copy_in(db, make_copy("findings", frame))


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A finished batch: what it came to, and the settings that were kept with it, as text."""

    outcome: FirstOutcome
    settings: str | None


def find_finished(db: psycopg.Connection, batch_ids: list[str]) -> dict[str, Finished]:
    """Those of these batches that are finished, by whichever run."""
    orders = [name for name in COUNTS if name.startswith("orders_")]
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in orders)
    query = (
        f"select batch_id, status, {format_timestamp('finished_at')}, settings::text, {sums}"  # noqa: S608
        " from batches left join batch_chunks using (batch_id)"
        " where batch_id = any(%s) and status = any(%s) group by batches.batch_id"
    )
    found = db.execute(query, (batch_ids, list(FINISHED))).fetchall()
    return {
        batch_id: Finished(
            outcome=FirstOutcome(
                status=Status(status), counts=Counts(**dict(zip(orders, sums, strict=True))), finished_at=at
            ),
            settings=settings,
        )
        for batch_id, status, at, settings, *sums in found
    }


def is_backing_off(db: psycopg.Connection, batch_id: str) -> bool:
    """Whether the batch failed so lately that it is not its turn: a minute after the first time, an hour at most.

    One that was set aside does not wait: it has been dropped again.
    """
    waits = (
        "select 1 from batches where batch_id = %s and status = 'failed' and coalesce(reason, '') not like %s"
        " and finished_at + least(interval '1 minute' * 2 ^ least(failures - 1, 6), interval '1 hour') > clock_timestamp()"
    )
    return db.execute(waits, (batch_id, f"%({ENDS_ITS_WORKER})")).fetchone() is not None


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
            "update batches set status = %s, reason = %s, finished_at = clock_timestamp(), failures = failures + %s,"
            " attempts = 0"
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
