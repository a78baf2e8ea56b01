"""P24: what a session of ours stores, reads and promises is set by us, whatever server, role and environment say."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from conftest import Command
from databases import address
from flows.database import embedded, migrate
from flows.database.postgres_server import run
from flows.database.session import SETTINGS, connect_to
from flows.errors import describe_fault
from import_environment import ImportEnvironment
from order_files import row, write

NAME = "Jörg Łukasz € Ω 😀"


def database_of(imports: ImportEnvironment) -> str:
    ((name,),) = imports.ask("select current_database()")
    return str(name)


def set_for_database(imports: ImportEnvironment, name: str, value: str) -> None:
    imports.ask(f"alter database {database_of(imports)} set {name} = {value}")


# What a session shows

WANTED = [
    ("client_encoding", "latin1", "UTF8"),
    ("client_encoding", "sql_ascii", "UTF8"),
    ("synchronous_commit", "off", "on"),
    ("synchronous_commit", "local", "on"),
    ("synchronous_commit", "remote_apply", "remote_apply"),
    ("default_transaction_read_only", "on", "off"),
    ("default_transaction_isolation", "serializable", "read committed"),
    ("default_transaction_isolation", "'repeatable read'", "read committed"),
    ("default_transaction_deferrable", "on", "off"),
    ("timezone", "'Asia/Kolkata'", "UTC"),
    ("datestyle", "'German, DMY'", "ISO, MDY"),
    ("intervalstyle", "sql_standard", "postgres"),
    ("extra_float_digits", "-15", "1"),
    ("standard_conforming_strings", "off", "on"),
    ("quote_all_identifiers", "on", "off"),
    ("session_replication_role", "replica", "origin"),
    ("row_security", "on", "off"),
    ("idle_session_timeout", "'5s'", "0"),
    ("statement_timeout", "'3s'", "10min"),
    ("search_path", "pg_catalog", "public"),
    ("search_path", "''", "public"),
]


LIMITS = [
    ("lock_timeout", "0", "1min"),
    ("idle_in_transaction_session_timeout", "0", "1min"),
    ("client_connection_check_interval", "0", "10s"),
    ("client_min_messages", "debug1", "warning"),
]
"""What nothing that is stored depends on."""


def test_every_setting_of_ours_is_tried() -> None:
    assert {name for name, _, _ in WANTED + LIMITS} >= SETTINGS.keys()


@pytest.mark.parametrize(("name", "value", "wanted"), WANTED + LIMITS)
def test_a_setting_of_the_database_does_not_reach_us(
    imports: ImportEnvironment, name: str, value: str, wanted: str
) -> None:
    set_for_database(imports, name, value)
    with connect_to(imports.url) as db:
        assert db.execute("select current_setting(%s)", (name,)).fetchone() == (wanted,)


@pytest.mark.parametrize(
    ("name", "value", "shown", "wanted"),
    [
        ("PGCLIENTENCODING", "LATIN1", "client_encoding", "UTF8"),
        ("PGCLIENTENCODING", "no encoding", "client_encoding", "UTF8"),
        ("PGTZ", "Asia/Kolkata", "timezone", "UTC"),
        ("PGDATESTYLE", "German", "datestyle", "ISO, MDY"),
        ("PGOPTIONS", "-c synchronous_commit=off", "synchronous_commit", "on"),
        ("PGOPTIONS", "-c client_encoding=LATIN1", "client_encoding", "UTF8"),
        ("PGOPTIONS", "-c default_transaction_read_only=on", "default_transaction_read_only", "off"),
        ("PGAPPNAME", "psql", "application_name", "order-import PID"),
    ],
)
def test_the_environment_does_not_reach_us(
    url: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str, wanted: str
) -> None:
    monkeypatch.setenv(name, value)
    with connect_to(url) as db:
        told = db.execute("select current_setting(%s)", (shown,)).fetchone()
    assert told == (wanted.replace("PID", str(os.getpid())),)


def test_a_parameter_of_the_address_does_not_reach_us(url: str) -> None:
    with connect_to(f"{url}&client_encoding=latin1&options=-csynchronous_commit%3Doff") as db:
        shown = db.execute("select current_setting('client_encoding'), current_setting('synchronous_commit')")
        assert shown.fetchone() == ("UTF8", "on")


# What is stored


@pytest.mark.parametrize(("name", "value"), [case[:2] for case in WANTED] + [("the environment", "LATIN1")])
def test_what_is_stored_is_what_was_sent(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    if name == "the environment":
        monkeypatch.setenv("PGCLIENTENCODING", value)
    else:
        set_for_database(imports, name, value)
    file = write(imports.data / "a.csv", [row("A-1", toAddress__name=NAME), row("A-2", items__quantity="0")])
    answer = command("run", "--direct", "--json", file)
    assert (answer.status, answer.batch["orders"]["created"]) == (1, 1)
    query = "select order_number, to_address_name, length(to_address_name) from public.orders"
    with psycopg.connect(imports.url, client_encoding="utf8") as db:
        assert db.execute(query).fetchall() == [("A-1", NAME, len(NAME))]
    assert command("report", "--json", answer.batch["batch_id"]).status == 1
    assert command("check", "--json", file).batch["orders"]["unchanged"] == 1


def test_our_tables_are_found_where_they_are(imports: ImportEnvironment, command: Command) -> None:
    """A role that looks elsewhere first, where another program has a table of the same name."""
    imports.ask("create schema theirs; create table theirs.orders (order_number text)")
    set_for_database(imports, "search_path", "theirs, public")
    assert command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")])).status == 0
    assert imports.ask("select count(*) from public.orders") == [(1,)]
    assert imports.ask("select count(*) from theirs.orders") == [(0,)]


# What is promised


@pytest.fixture
def fragile(
    imports: ImportEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ImportEnvironment]:
    """A server that writes its log when it finds the time, and may be ended."""
    data = tmp_path / "fragile"
    url = embedded.url(data)
    with connect_to(url) as db:
        migrate.upgrade(db, url, "a key for tests")
        for name, value in (("synchronous_commit", "off"), ("wal_writer_delay", "'10s'")):
            db.execute(f"alter system set {name} = {value}")
        db.execute("select pg_reload_conf()")
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url)
    yield ImportEnvironment(url, imports.data)
    embedded.stop(data)


def test_what_was_answered_survives_an_immediate_stop(
    fragile: ImportEnvironment, command: Command, tmp_path: Path
) -> None:
    answer = command("run", "--direct", "--json", write(fragile.data / "a.csv", [row("A-1")]))
    assert answer.status == 0
    cluster = tmp_path / "fragile" / "postgres"
    run(cluster, "pg_ctl", "stop", "-mimmediate")
    embedded.url(tmp_path / "fragile")
    assert fragile.ask("select order_number from orders") == [("A-1",)]
    assert fragile.ask("select status from batches") == [("loaded",)]


# What cannot be had


@pytest.fixture(params=["LATIN1", "WIN1252", "SQL_ASCII", "EUC_JP"])
def other_encoding(server: str, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A database of another encoding: which, and its address."""
    encoding = str(request.param)
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(
            f"create database other_encoding encoding '{encoding}' template template0"
            " locale_provider libc locale 'C'"
        )
    yield encoding, address(server, "other_encoding")
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database other_encoding with (force)")


@pytest.mark.parametrize("words", [("db", "upgrade"), ("run", "--direct"), ("run",), ("check",), ("report",)])
def test_a_database_of_another_encoding_is_refused(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    other_encoding: tuple[str, str],
    words: tuple[str, ...],
) -> None:
    encoding, url = other_encoding
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url)
    file = write(tmp_path / "a.csv", [row("A-1")])
    named = {"db": [], "report": ["b" * 20]}.get(words[0], [file])
    answer = command(*words, *named)
    assert answer.status == 4
    told = answer.out + answer.err
    assert f"has the encoding {encoding}" in told
    assert "Traceback" not in told
    with psycopg.connect(url, client_encoding="utf8") as db:
        assert db.execute("select to_regclass('orders')").fetchone() == (None,)


@pytest.fixture
def standby(tmp_path: Path) -> Iterator[str]:
    """The address of a server that replays another's log for ever."""
    data = tmp_path / "standby"
    url = embedded.url(data)
    embedded.stop(data)
    cluster = data / "postgres"
    with (cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write("wal_level = replica\nhot_standby = on\nrestore_command = 'false'\n")
    # The log must know that such a server may be: it is started once without the mark.
    embedded.url(data)
    embedded.stop(data)
    (cluster / "standby.signal").touch()
    os.chown(cluster / "standby.signal", cluster.stat().st_uid, cluster.stat().st_gid)
    assert embedded.url(data) == url
    yield url
    embedded.stop(data)


@pytest.mark.parametrize("words", [("db", "upgrade"), ("run", "--direct"), ("check",)])
def test_a_standby_is_refused(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, standby: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", standby)
    answer = command(*words, *([] if words[0] == "db" else [write(tmp_path / "a.csv", [row("A-1")])]))
    assert answer.status == 4
    assert "is a standby" in answer.out + answer.err


def test_a_server_that_will_not_write_is_named(imports: ImportEnvironment, command: Command) -> None:
    """Whoever makes every transaction read-only after its beginning."""
    with connect_to(imports.url) as db, pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as found:
        db.execute("begin read only; insert into id_key (fingerprint) values ('')")
    assert str(describe_fault(found.value)) == "PostgreSQL ended it: the database is read-only (25006)."
