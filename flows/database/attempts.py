"""Enters batches into the ledger, and counts the attempts at each of them whose worker has vanished.

An attempt is counted before the work, and struck off when it ends in any way that a process lives to tell of. Whoever
works on a batch holds a lock of it, several may at a time; so of the attempts that are counted those have vanished
that nobody holds a lock for.
"""

from dataclasses import dataclass

import psycopg

from flows.batch import Batch
from flows.database.batches import KEPT_OUT
from flows.errors import MachineError
from flows.status import ENDS_ITS_WORKER, Status

MOST_VANISHED = 2
"""One worker may be killed by whoever ran out of memory; the file that had two is looked at by a person."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a batch stands when an attempt begins, and how many workers have vanished with it until then."""

    status: Status
    vanished: int = 0

    @property
    def ends_its_workers(self) -> bool:
        """Whether it should not have another one; then this attempt is not counted."""
        return self.vanished >= MOST_VANISHED


def begin(db: psycopg.Connection, batch: Batch, chunk_rows: int, *, anew: bool) -> Standing:
    """Enter the batch, or find it entered, and count the attempt; refused and failed bytes are tried again.

    The session holds the batch until `let_go`. `anew` forgets those that have vanished.
    """
    hold(db, batch.batch_id)
    new = db.execute(
        "insert into batches (batch_id, source, sha256, file, replay_of, status, chunk_rows, attempts)"
        " values (%s, %s, %s, %s, %s, 'loading', %s, 1) on conflict (batch_id) do nothing returning 1",
        (batch.batch_id, batch.source, batch.sha256, batch.file, batch.replay_of, chunk_rows),
    ).fetchone()
    return Standing(status=Status.LOADING) if new else _begin_again(db, batch.batch_id, anew=anew)


def _begin_again(db: psycopg.Connection, batch_id: str, *, anew: bool) -> Standing:
    with db.transaction():
        query = "select status, attempts from batches where batch_id = %s for no key update"
        row = db.execute(query, (batch_id,)).fetchone()
        if row is None:
            raise MachineError(KEPT_OUT.format("batches"))
        others = _count_others(db, batch_id)
        standing = Standing(status=Status(row[0]), vanished=0 if anew else max(0, row[1] - others))
        if standing.status.is_finished or standing.ends_its_workers:
            return standing
        db.execute(
            "update batches set status = 'loading', reason = null, finished_at = null, attempts = %s"
            " where batch_id = %s",
            (1 + (min(row[1], others) if anew else row[1]), batch_id),
        )
    return standing


def _count_others(db: psycopg.Connection, batch_id: str) -> int:
    """How many other sessions work on the batch."""
    lock = _lock(batch_id)
    row = db.execute(
        "select count(*) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()"
        " and database = (select oid from pg_database where datname = current_database())"
        " and classid = %s::bigint::oid and objid = %s::bigint::oid and objsubid = 1",
        (lock >> 32, lock & 0xFFFFFFFF),
    ).fetchone()
    return int(row[0]) if row else 0


def hold(db: psycopg.Connection, batch_id: str) -> None:
    """Hold the batch, as anybody may who works on it."""
    db.execute("select pg_advisory_lock_shared(%s)", (_lock(batch_id),))


def let_go(db: psycopg.Connection) -> None:
    """Let go of every batch that the session holds."""
    db.execute("select pg_advisory_unlock_all()")


def strike_off(db: psycopg.Connection, batch_id: str) -> None:
    """Count one attempt less: its worker has not vanished."""
    db.execute(
        "update batches set attempts = greatest(attempts - 1, 0) where batch_id = %s and attempts > 0",
        (batch_id,),
    )


def set_aside(db: psycopg.Connection, batch_id: str, reason: str) -> None:
    """Say that the batch has failed for good; its attempts are forgotten when the file is away."""
    db.execute(
        "update batches set status = 'failed', reason = %s, finished_at = clock_timestamp()"
        " where batch_id = %s and status <> all(%s)",
        (reason, batch_id, [status.value for status in Status if status.is_finished]),
    )


def was_set_aside(db: psycopg.Connection, batch_id: str) -> bool:
    """Whether that is how the batch ended the last time."""
    query = "select 1 from batches where batch_id = %s and status = 'failed' and reason like %s"
    return db.execute(query, (batch_id, f"%({ENDS_ITS_WORKER})")).fetchone() is not None


def forget(db: psycopg.Connection, batch_id: str) -> None:
    """Count from none again: whoever drops these bytes once more begins anew."""
    db.execute("update batches set attempts = 0 where batch_id = %s", (batch_id,))


def _lock(batch_id: str) -> int:
    """The number of a batch's lock; two in 10^18 are the same."""
    return int(batch_id[:15], 16)
