"""Connects to PostgreSQL at the given address, or to the embedded one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from flows.database import embedded, migrate
from flows.database.connection_pool import acquire, release
from flows.database.refused_connection import MALFORMED
from flows.database.rights import describe_missing_right
from flows.database.session import connect_to
from flows.errors import MachineError
from flows.settings import Settings

_PASSWORD = re.compile("(://[^:@/]*):[^@/]*@")  # where libpq sees it, which takes a ? in it for a part of it

_SECRETS = ("password", "sslpassword")
"""Parameters of an address; that of a file in which the password stands, `passfile`, is none."""


def database_url(settings: Settings) -> str:
    """Where the database is; starts the embedded PostgreSQL when no address is set."""
    if settings.database_url is None:
        settings.data.mkdir(parents=True, exist_ok=True)
        return embedded.url(settings.data)
    return _to_libpq(settings.database_url)


def public_database_url(settings: Settings) -> str:
    """The same without a secret: as an argument of psql it stands in every list of processes, and psql asks for the password."""
    url = _PASSWORD.sub(r"\1@", database_url(settings), count=1)
    place, mark, parameters = url.partition("?")
    kept = [pair for pair in parameters.split("&") if unquote(pair.partition("=")[0]) not in _SECRETS]
    return f"{place}{mark if any(kept) else ''}{'&'.join(kept)}"


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
    except psycopg.errors.InsufficientPrivilege:
        with connection:
            raise describe_missing_right(connection) from None
    except BaseException:
        connection.close()
        raise
    release(connection)


def _to_libpq(url: str) -> str:
    """The address as libpq takes it; SQLAlchemy's spelling with a driver's name is understood too."""
    scheme, mark, rest = url.strip().partition("://")
    if rest.partition("/")[0].count("@") > 1:  # libpq would take a part of the password for the host
        raise MachineError("The password in ORDER_IMPORT_DATABASE_URL has an @: write it as %40.")
    if not mark or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise MachineError(MALFORMED)
    url = f"postgresql://{rest}"
    try:
        urlsplit(url).port  # noqa: B018 - raises when it is no number
        conninfo_to_dict(url)
    except (psycopg.Error, ValueError, UnicodeError):
        raise MachineError(MALFORMED) from None
    return url
