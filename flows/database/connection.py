"""Connects to PostgreSQL at the given address, or to the embedded one, with the session's settings ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from flows.database import embedded, migrate
from flows.database.connection_pool import acquire, release
from flows.errors import MachineError
from flows.settings import Settings

# A database address is tried for ten seconds at most.
CONNECT_SECONDS = 10

# Nothing waits for ever: a lock for a minute (a chunk takes a second or two), a statement for ten minutes,
# an idle transaction of a stopped worker for one; a dead peer is noticed within a minute.
_SESSION = {
    "lock_timeout": "60s",
    "statement_timeout": "10min",
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "10s",
    "timezone": "UTC",
    "client_min_messages": "warning",
    "extra_float_digits": "1",
}
# A chunk takes seconds; where the server can (from 17 on), no transaction of ours
# outlives half an hour, which the report of the largest batch is done in.
_TRANSACTION_TIMEOUT = ("transaction_timeout", "30min")
_HAS_TRANSACTION_TIMEOUT = 170_000
_KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def database_url(settings: Settings) -> str:
    """Where the database is; starts the embedded PostgreSQL when no address is set."""
    if settings.database_url is None:
        settings.data.mkdir(parents=True, exist_ok=True)
        return embedded.url(settings.data)
    return _to_libpq(settings.database_url)


def prepare_database(settings: Settings) -> None:
    """Make sure that there is a database with our newest schema; the embedded one is brought up to date.

    Raises MachineError when there is none, or a user's own is behind.
    """
    with connect(settings) as db:
        if settings.database_url is None and migrate.revision(db) != migrate.NEWEST:
            migrate.upgrade(db, database_url(settings), settings.id_key)
        migrate.load_id_key(db, settings.id_key)


def database_identity(settings: Settings) -> str:
    """Which database it is, by whatever address it is reached."""
    with connect(settings) as db:
        row = db.execute("select system_identifier, current_database() from pg_control_system()").fetchone()
    return str(row)


def has_database(settings: Settings) -> bool:
    """Whether there is a database to ask; a dry run does not make one."""
    return settings.database_url is not None or embedded.exists(settings.data)


@contextmanager
def connect(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of ours, autocommit, with its timeouts; raises MachineError when there is none to be had.

    Afterwards it is kept for the next where `connections_kept` says so, unless something failed in it.
    """
    connection = acquire() or connect_to(database_url(settings))
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    release(connection)


def connect_to(url: str) -> psycopg.Connection:
    """Connect; raises MachineError with a sentence that holds no password and no text of the server's."""
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name=f"order-import {os.getpid()}",
            **_KEEPALIVES,  # type: ignore[arg-type]
        )
    except psycopg.OperationalError as error:
        raise _why(error, url) from None
    except (psycopg.Error, ValueError, UnicodeError):
        raise MachineError(_MALFORMED) from None
    timed = connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT
    pairs = [*_SESSION.items(), *([_TRANSACTION_TIMEOUT] if timed else [])]
    connection.execute(
        "select " + ", ".join(["set_config(%s, %s, false)"] * len(pairs)),
        [part for pair in pairs for part in pair],
    )
    return connection


_MALFORMED = "ORDER_IMPORT_DATABASE_URL is not an address of a PostgreSQL: postgresql://user:password@host:5432/database."


def _to_libpq(url: str) -> str:
    """The address as libpq takes it; SQLAlchemy's spelling with a driver's name is understood too."""
    scheme, mark, rest = url.strip().partition("://")
    if rest.partition("/")[0].count("@") > 1:  # libpq would take a part of the password for the host
        raise MachineError("The password in ORDER_IMPORT_DATABASE_URL has an @: write it as %40.")
    if not mark or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise MachineError(_MALFORMED)
    url = f"postgresql://{rest}"
    try:
        urlsplit(url).port  # noqa: B018 - raises when it is no number
        conninfo_to_dict(url)
    except (psycopg.Error, ValueError, UnicodeError):
        raise MachineError(_MALFORMED) from None
    return url


# Words for what can be wrong before a session begins, looked for in libpq's text, whose exceptions carry no code.
_REASONS = {
    "password authentication failed": "refuses this user or password",
    "no password supplied": "wants a password",
    "pg_hba.conf": "does not let this user in from here",
    "does not exist": "has no such database or user",
}
# These pass, as does a server that cannot be reached because it restarts.
_PASSING = {
    "too many": "has no connection free",
    "starting up": "is starting up",
    "shutting down": "is shutting down",
}


def _why(error: psycopg.Error, url: str) -> MachineError:
    """What is told of a server that lets us not in: where, and why, never its own text."""
    parts = conninfo_to_dict(url)
    # libpq ends a password at its first @ and takes the rest of it for the host's name.
    host = str(parts.get("host", "localhost")).rpartition("@")[2]
    where = f"{host}:{parts.get('port', '5432')}"
    lasting = [reason for words, reason in _REASONS.items() if words in str(error)]
    passing = [reason for words, reason in _PASSING.items() if words in str(error)]
    reason = [*lasting, *passing, "cannot be reached"][0]
    return MachineError(f"PostgreSQL at {where} {reason}.", passing=not lasting)
