"""Brings the schema up to date, and keeps the key of the order ids."""

import hmac
import secrets
from hashlib import blake2b
from pathlib import Path

import psycopg

from flows.database import locks
from flows.database.drift import refuse_drift
from flows.database.other_schema import refuse_other_schema, refuse_unknown
from flows.database.session import connect_to
from flows.errors import MachineError

NEWEST = "0005"
"""The revision that this program is written for; a test holds it against the folder of migrations."""

VERSION_TABLE = "order_import_version"
"""Where the revision stands: a name of our own, for the database may be another program's too, with Alembic's default."""

_BEFORE = "0001"
"""The revisions that stood in Alembic's own `alembic_version`."""


def upgrade(db: psycopg.Connection, url: str, id_key: str | None) -> None:
    """Bring the schema up to date, and make the key of the ids unless there is one."""
    locks.lock(db, locks.UPGRADE)  # two upgrades at once wait for each other
    try:
        if not _has_table(db, VERSION_TABLE) and _has_former_version(db):
            _move_version(db)
        found = revision(db)
        refuse_unknown(db, found, NEWEST)
        if found != NEWEST:
            _migrate(url)
        _enter_key(db, id_key)
    finally:
        locks.unlock(db, locks.UPGRADE)


def revision(db: psycopg.Connection) -> str | None:
    """The revision of the database; None when it has none of our tables."""
    if _has_table(db, VERSION_TABLE):
        row = db.execute("select version_num from order_import_version").fetchone()
        return str(row[0]) if row else None
    return _BEFORE if _has_former_version(db) else None


def _has_table(db: psycopg.Connection, name: str) -> bool:
    return db.execute("select to_regclass(%s)", (name,)).fetchone() != (None,)


def _has_former_version(db: psycopg.Connection) -> bool:
    """Whether our revision stands where it did at first; another program's may stand beside it."""
    if not (_has_table(db, "alembic_version") and _has_table(db, "batch_chunks")):
        return False
    query = "select exists (select from alembic_version where version_num = %s)"
    return db.execute(query, (_BEFORE,)).fetchone() == (True,)


def _move_version(db: psycopg.Connection) -> None:
    """Take our revision out of a table that may be another program's too."""
    with db.transaction():
        db.execute(
            "create table order_import_version"
            " (version_num varchar(32) constraint order_import_version_pkc primary key)"
        )
        db.execute("insert into order_import_version values (%s)", (_BEFORE,))
        db.execute("delete from alembic_version where version_num = %s", (_BEFORE,))
        if db.execute("select exists (select from alembic_version)").fetchone() == (False,):
            db.execute("drop table alembic_version")


def load_id_key(db: psycopg.Connection, id_key: str | None) -> bytes:
    """The key of the ids; raises MachineError where the schema is not the newest, or it or the key is not as we made it."""
    refuse_other_schema(db, revision(db), NEWEST)
    refuse_drift(db)
    row = db.execute("select key, fingerprint from id_key").fetchone()
    if row is None:
        raise MachineError("The database has no key for order ids. Run: order-import db upgrade")
    key = hash_key(id_key) if id_key else row[0]
    if key is None:
        raise MachineError("The key of this database's order ids is not kept in it. Set ORDER_IMPORT_ID_KEY.")
    if not hmac.compare_digest(_fingerprint(bytes(key)), bytes(row[1])):
        raise MachineError(
            "ORDER_IMPORT_ID_KEY is not the key that this database's order ids were made with."
        )
    return bytes(key)


def make_id_key(id_key: str | None) -> bytes:
    """The key from the given text, else a random one."""
    return hash_key(id_key) if id_key else secrets.token_bytes(32)


def hash_key(text: str) -> bytes:
    """The key of the hash from any text; blake2b takes 64 bytes at most."""
    return blake2b(text.encode(), digest_size=32).digest()


def _enter_key(db: psycopg.Connection, id_key: str | None) -> None:
    key = make_id_key(id_key)
    kept = None if id_key else key
    db.execute(
        "insert into id_key (key, fingerprint) values (%s, %s) on conflict do nothing",
        (kept, _fingerprint(key)),
    )


def _fingerprint(key: bytes) -> bytes:
    return blake2b(b"order-import id key", key=key, digest_size=16).digest()


# An index of a hundred million orders takes longer than a chunk may; for a lock an upgrade waits no longer than others.
_UNHURRIED = "select set_config(name, '0', false) from pg_settings where name in ('statement_timeout', 'transaction_timeout')"


def _migrate(url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.exc import DBAPIError

    def connect() -> psycopg.Connection:
        connection = connect_to(url)
        connection.execute(_UNHURRIED)
        connection.autocommit = False  # SQLAlchemy begins and ends the transaction
        return connection

    # Without a pool, for a connection that is kept there outlives an upgrade that fails.
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:  # what the server has said stands inside
        raise error.orig or error from None
