"""A database that an earlier program has written goes on: upgraded, its half-loaded batch to its end, its reports anew.

fixtures/before-0002/database.sql was dumped from a database of the schema 0001 in which that program, with chunks of
three rows, had imported two of the files beside it and was killed after the second chunk of the third.
"""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from conftest import TESTS, Command
from databases import address
from flows.database import locks, migrate
from flows.database.session import connect_to
from import_environment import INVARIANTS, ImportEnvironment, until
from order_files import row, write

BEFORE = TESTS / "fixtures" / "before-0002"
HALF, PARTIAL, LOADED = "e0256426359d3852a07b", "6c8272d726c7a039c1fd", "fc82e55d0233d0bdf3ae"


@pytest.fixture
def blank(server: str) -> Iterator[str]:
    """The address of a database without any table."""
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database if exists blank with (force)")
        db.execute("create database blank")
    yield address(server, "blank")
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database blank with (force)")


@pytest.fixture
def former(
    blank: str, imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ImportEnvironment:
    """The database as the earlier program left it, and its files."""
    with psycopg.connect(blank, autocommit=True) as db:
        db.execute((BEFORE / "database.sql").read_text())  # type: ignore[call-overload]
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", blank)
    shutil.copytree(BEFORE, tmp_path / "files")
    return ImportEnvironment(blank, imports.data)


def test_two_upgrades_wait_for_each_other(blank: str, aside: ThreadPoolExecutor) -> None:
    with connect_to(blank) as first, connect_to(blank) as second:
        locks.lock(first, locks.UPGRADE)
        upgraded = aside.submit(migrate.upgrade, second, blank, "a key")
        waits = "select exists (select from pg_stat_activity where pid = %s and wait_event = 'advisory')"
        pid = second.info.backend_pid
        until(lambda: upgraded.done() or first.execute(waits, (pid,)).fetchone() == (True,))
        assert not upgraded.done()
        locks.unlock(first, locks.UPGRADE)
        upgraded.result()
        assert migrate.revision(first) == migrate.NEWEST


def test_it_is_not_touched_before_it_is_upgraded(
    former: ImportEnvironment, command: Command, tmp_path: Path
) -> None:
    answer = command("run", "--direct", "--json", "--source", "shop", tmp_path / "files" / "half.csv")
    assert answer.status == 4
    assert "db upgrade" in answer.json["error"]
    assert former.ask("select version_num from alembic_version") == [("0001",)]


@pytest.mark.parametrize("chunk_rows", ["3", "50000"])
def test_a_half_loaded_batch_goes_on(
    former: ImportEnvironment,
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chunk_rows: str,
) -> None:
    """In the chunks in which it was begun."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", chunk_rows)
    before = former.ask("select order_number, order_id, order_key, created_at from orders order by 1")
    upgraded = command("db", "upgrade")
    assert upgraded.out == f"The database has the schema {migrate.NEWEST}.\n", (
        f"A migration does not go over a table that has rows: {upgraded.err}"
    )
    answer = command("run", "--direct", "--json", "--source", "shop", tmp_path / "files" / "half.csv")
    assert (answer.status, answer.batch["status"], answer.batch["batch_id"]) == (1, "partial", HALF)
    assert answer.batch["orders"] == {"created": 7, "unchanged": 1, "rejected": 2, "warned": 2}
    now = former.ask("select order_number, order_id, order_key, created_at from orders order by 1")
    assert set(before) < set(now)
    assert [number for number, *_ in now] == sorted(
        {*(f"H-{n}" for n in (1, 3, 4, 6, 7, 8, 9)), "L-1", "L-2", "P-1", "P-4"}
    )
    assert former.ask(INVARIANTS) == []


def test_its_reports_and_replays_work(former: ImportEnvironment, command: Command, tmp_path: Path) -> None:
    command("db", "upgrade")
    for batch_id, status, created in ((LOADED, "loaded", 2), (PARTIAL, "partial", 2), (HALF, "loading", 3)):
        answer = command("report", "--json", batch_id)
        assert (answer.batch["status"], answer.batch["orders"]["created"]) == (status, created)
        told = json.loads((Path(answer.batch["report"]) / "summary.json").read_text())
        assert told["status"] == status
    replayed = command("replay", "--json", PARTIAL).batch
    assert (replayed["status"], replayed["orders"]["rejected"]) == ("partial", 2)
    again = command("run", "--direct", "--json", "--source", "shop", tmp_path / "files" / "loaded.csv")
    assert (again.status, again.batch["status"]) == (0, "repeated")
    mended = (Path(command("report", "--json", PARTIAL).batch["report"]) / "rejected.csv").read_text()
    fixed = write(tmp_path / "fixed.csv", mended.replace(",USA,", ",US,"))
    assert command("run", "--direct", "--json", "--source", "shop", fixed).batch["orders"]["created"] == 1
    assert former.ask(INVARIANTS) == []


def test_the_upgrade_can_be_done_again(former: ImportEnvironment, command: Command) -> None:
    for _ in range(2):
        assert command("db", "upgrade").status == 0
        assert former.ask("select version_num from order_import_version") == [(migrate.NEWEST,)]
        assert former.ask("select to_regclass('alembic_version')") == [(None,)]


COLLATED = (
    "select attname from pg_attribute join pg_collation c on c.oid = attcollation"
    " where attrelid = 'orders'::regclass and collname = 'C' order by attname"
)


@pytest.mark.parametrize(
    ("view", "collated"),
    [
        ("create view others as select order_key, created_at from orders", ["order_id", "order_number", "source"]),
        ("create view others as select order_number, created_at from orders", []),
        (("create table theirs (order_number text not null); alter table orders inherit theirs;"
          " create view others as select order_key from orders"), []),
    ],
)  # fmt: skip
def test_a_view_on_our_tables_hinders_no_upgrade(
    former: ImportEnvironment, command: Command, tmp_path: Path, view: str, collated: list[str]
) -> None:
    former.ask(view)
    assert command("db", "upgrade").status == 0
    assert [name for (name,) in former.ask(COLLATED)] == collated
    answer = command("run", "--direct", "--json", "--source", "shop", tmp_path / "files" / "half.csv")
    assert answer.batch["orders"] == {"created": 7, "unchanged": 1, "rejected": 2, "warned": 2}
    assert former.ask("select count(*) from others") == former.ask("select count(*) from orders")


def test_an_index_may_take_longer_than_a_statement_of_an_import(
    former: ImportEnvironment, command: Command
) -> None:
    """However many orders there are; here it is asked for how long it may be made."""
    former.ask(
        "create function hurry() returns event_trigger language plpgsql as $$ begin"
        " if current_setting('statement_timeout') <> '0' or current_setting('transaction_timeout', true) <> '0'"
        " then raise 'hurried'; end if; end $$;"
        " create event trigger theirs on ddl_command_start when tag in ('ALTER TABLE') execute function hurry()"
    )
    assert command("db", "upgrade").status == 0


# Another program's alembic_version

THEIRS = (
    "create table if not exists alembic_version"
    " (version_num varchar(32) constraint alembic_version_pkc primary key);"
    " insert into alembic_version values ('1975ea83b712'), ('0007')"
)
ASKED = "select version_num from alembic_version order by 1"


def test_another_program_was_there_first(
    blank: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", blank)
    with psycopg.connect(blank, autocommit=True) as db:
        db.execute(THEIRS)  # type: ignore[call-overload]
        assert command("db", "upgrade").status == 0
        assert db.execute(ASKED).fetchall() == [("0007",), ("1975ea83b712",)]  # type: ignore[call-overload]
    with connect_to(blank) as ours:
        assert migrate.revision(ours) == migrate.NEWEST


@pytest.mark.parametrize("version", ["0001", "0002", "1975ea83b712"])
def test_another_program_without_our_tables_counts_as_we_did(
    blank: str, command: Command, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", blank)
    with psycopg.connect(blank, autocommit=True) as db:
        db.execute("create table alembic_version (version_num varchar(32) primary key)")
        db.execute("insert into alembic_version values (%s)", (version,))
        assert command("db", "upgrade").status == 0
        assert db.execute(ASKED).fetchall() == [(version,)]  # type: ignore[call-overload]


def test_another_program_comes_later(url: str, command: Command, tmp_path: Path) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(THEIRS)  # type: ignore[call-overload]
        assert command("db", "upgrade").status == 0
        assert command("run", "--direct", write(tmp_path / "a.csv", [row("A-1")])).status == 0
        assert db.execute(ASKED).fetchall() == [("0007",), ("1975ea83b712",)]  # type: ignore[call-overload]


def test_another_program_stands_beside_our_former_version(
    former: ImportEnvironment, command: Command
) -> None:
    former.ask("insert into alembic_version values ('1975ea83b712')")
    assert command("db", "upgrade").status == 0
    assert former.ask(ASKED) == [("1975ea83b712",)]
    assert former.ask("select version_num from order_import_version") == [(migrate.NEWEST,)]


# What an upgrade cannot begin with

VERSION = "create table order_import_version (version_num varchar(32)); insert into order_import_version values ('{}')"

UNUSABLE = {  # what the database holds, and words of the sentence
    "a newer schema": (
        VERSION.format("0999"),
        "is newer than this program",
    ),
    "tables of another program": ("create table orders (id int)", "none of this program's: orders."),
    "our tables, and no version": (
        (BEFORE / "database.sql").read_text() + "; drop table public.alembic_version",
        "the row of order_import_version is gone",
    ),
    "no schema": ("drop schema public cascade", "there is no schema to work in (3F000)"),
    "tables that are newer than their version": (
        f"{VERSION.format('0003')}; create table batch_chunks (mends text[])",
        "a column is there already, so the tables are newer than their version says (42701)",
    ),
    "no right to make a table": ("", "lacks a right, such as CREATE on the schema (42501)"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_an_upgrade_that_cannot_be_done_is_told(
    blank: str, command: Command, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    statement, words = UNUSABLE[case]
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", blank)
    with psycopg.connect(blank, autocommit=True) as db:
        db.execute(statement or "select")  # type: ignore[call-overload]
        if "right" in case:
            db.execute("drop role if exists onlooker")
            db.execute("create role onlooker login")
            monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", blank.replace("//postgres@", "//onlooker@"))
        answer = command("db", "upgrade")
        assert (answer.status, answer.err.count("\n")) == (4, 1)
        assert words in answer.err
        assert db.execute("select to_regclass('order_items')").fetchone() in ((None,), ("order_items",))


ELSEWHERE = {  # where our tables are, what the user may and where it looks, and words of the sentence
    "a schema that it may not use": ("revoke usage on schema public from public", "lacks the right USAGE on schema public (42501)"),
    "a schema where it does not look": ("alter schema public rename to shop; create schema public; grant usage on schema public, shop to public", "has the tables in the schema shop, where its user does not look"),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE)
def test_tables_that_are_not_seen_are_told_from_those_that_are_not_there(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    statement, words = ELSEWHERE[case]
    url = imports.create_importer("seeker")
    try:
        imports.ask(f"revoke usage on schema public from order_importer; {statement}")
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url)
        answer = command("run", "--direct", write(imports.drop / "a.csv", [row("A-1")]))
        assert (answer.status, answer.err.count("\n")) == (4, 1)
        assert words in answer.err
    finally:
        imports.ask("drop owned by seeker; drop role seeker")
