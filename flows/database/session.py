"""Opens a session and makes it ours, whatever the server, the role, a pooler or the environment have set.

What is stored, and whether it survives, must not depend on them. What cannot be had is refused in a sentence.
"""

import os

import psycopg

from flows.database.pooler import PATIENCE, RawLine, refuse_shared_sessions
from flows.database.refused_connection import MALFORMED, describe_refusal
from flows.errors import MachineError, describe_fault

# A database address is tried for ten seconds at most.
CONNECT_SECONDS = 10

# Nothing waits for ever: a lock for a minute (a chunk takes a second or two), a statement for ten minutes,
# an idle transaction of a stopped worker for one; a dead peer is noticed within a minute. Outside a transaction a
# session may be idle for as long as a file takes to be read, or a report to be written.
SETTINGS = {
    "lock_timeout": "60s",
    "statement_timeout": "10min",
    "idle_in_transaction_session_timeout": "60s",
    "idle_session_timeout": "0",
    "client_connection_check_interval": "10s",
    "client_min_messages": "warning",
    # What is written is what is stored, and what is stored is what is read.
    "client_encoding": "UTF8",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    # What the catalogue says of our tables is held against what we made.
    "quote_all_identifiers": "off",
    # A transaction writes, and sees what others have committed by each of its statements.
    "default_transaction_read_only": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    # A policy that would hide rows from us is an error, and no silence.
    "row_security": "off",
}
# A chunk takes seconds; where the server can (from 17 on), no transaction of ours
# outlives half an hour, which the report of the largest batch is done in.
_TRANSACTION_TIMEOUT = ("transaction_timeout", "30min")
_HAS_TRANSACTION_TIMEOUT = 170_000
_OLDEST = 150_000
_KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

# What has been answered as imported is on the disk of the server; who waits for standbys too goes on to do so.
# Our tables are where they are already, be it that a role looks elsewhere first; "pg_temp" comes before all anyway.
# Triggers of a session that replays another server's changes do not fire; only few may set it, so few are asked to.
_CHOSEN = """
set_config('synchronous_commit',
 case current_setting('synchronous_commit') when 'remote_apply' then 'remote_apply' else 'on' end, false),
set_config('search_path', coalesce(
 (select quote_ident(nspname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where relname in ('order_import_version', 'batch_chunks') and nspname = any(current_schemas(false) || 'public'::name)
  order by array_position(current_schemas(false) || 'public'::name, nspname) limit 1),
 quote_ident(current_schema()), 'public'), false),
case when current_setting('session_replication_role') <> 'origin'
 then set_config('session_replication_role', 'origin', false) end"""

_FACTS = b"select pg_backend_pid(), current_setting('server_encoding'), pg_is_in_recovery()"


def connect_to(url: str) -> psycopg.Connection:
    """A session of ours; raises MachineError with a sentence that holds no password and no text of the server's."""
    connection = _open(url)
    try:
        backend = _refuse_unfit(connection)
        if backend != connection.info.backend_pid:  # somebody in between has told a number of their own
            connection.prepare_threshold = (
                None  # nothing is left for the session's next client to stumble over
            )
            refuse_shared_sessions(connection, url, backend, _open)
        _set(connection)
    except psycopg.OperationalError as error:  # what ends a session that has hardly begun
        connection.close()
        raise describe_fault(error) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _open(url: str) -> psycopg.Connection:
    """A connection, autocommit, in which nothing is set yet but what a connection begins with."""
    try:
        return psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name=f"order-import {os.getpid()}",
            client_encoding="UTF8",
            **_KEEPALIVES,  # type: ignore[arg-type]
        )
    except psycopg.OperationalError as error:
        raise describe_refusal(error, url) from None
    except (psycopg.Error, ValueError, UnicodeError):
        raise MachineError(MALFORMED) from None


def _refuse_unfit(connection: psycopg.Connection) -> int:
    """The number of the server's process; raises MachineError where no order must be stored."""
    if connection.info.server_version < _OLDEST:
        raise MachineError("This PostgreSQL is too old: the import needs version 15 or later.")
    line = RawLine(connection)
    line.ask(_FACTS)
    row = line.row(PATIENCE)
    if not row:
        raise MachineError(
            "PostgreSQL, or a pooler between us and it, lets us in and does not answer.", passing=True
        )
    backend, encoding, is_standby = row
    if encoding != "UTF8":
        raise MachineError(
            f"The database has the encoding {encoding}, in which not every order can be stored."
            " Make one with the encoding UTF8 (create database … encoding 'UTF8' template template0)."
        )
    if is_standby == "t":
        raise MachineError(
            "This PostgreSQL is a standby, and read-only: ORDER_IMPORT_DATABASE_URL must lead to the primary.",
            passing=True,  # it may be about to become one
        )
    return int(backend)


def _set(connection: psycopg.Connection) -> None:
    timed = connection.info.server_version >= _HAS_TRANSACTION_TIMEOUT
    pairs = [*SETTINGS.items(), *([_TRANSACTION_TIMEOUT] if timed else [])]
    connection.execute(
        "select " + ", ".join([*["set_config(%s, %s, false)"] * len(pairs), _CHOSEN]),
        [part for pair in pairs for part in pair],
    )
    if connection.info.parameter_status("client_encoding") != "UTF8":
        raise MachineError("The session does not speak UTF8, though it was told to: what is in between?")
