"""Advisory locks of PostgreSQL: held by a session, which ends with its process, and not by a server of Prefect's."""

import psycopg

# Any numbers will do, as long as all of ours take the same.
UPGRADE, SWEEP, REPORT = 5_127_419, 5_127_420, 5_127_421


def lock(db: psycopg.Connection, number: int) -> None:
    """Wait for the lock, and take it."""
    db.execute("select pg_advisory_lock(%s)", (number,))


def unlock(db: psycopg.Connection, number: int) -> None:
    """Let go of it."""
    db.execute("select pg_advisory_unlock(%s)", (number,))


def try_lock(db: psycopg.Connection, number: int) -> bool:
    """Whether the lock was free, and is the session's now."""
    return db.execute("select pg_try_advisory_lock(%s)", (number,)).fetchone() == (True,)


def give_sign_of_life(db: psycopg.Connection) -> None:
    """Show that the session that holds a lock is alive."""
    db.execute("select 1")


def terminate_silent_holder(db: psycopg.Connection, number: int, seconds: float) -> None:
    """End the session of ours that holds the lock when it has given no sign of life for so long."""
    db.execute(
        "select pg_terminate_backend(pid, 5000) from pg_locks join pg_stat_activity using (pid)"
        " where locktype = 'advisory' and granted and classid::bigint << 32 | objid::bigint = %s and datname = current_database()"
        " and usename = current_user and state_change < clock_timestamp() - make_interval(secs => %s)",
        (number, seconds),
    )
