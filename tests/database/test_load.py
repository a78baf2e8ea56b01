"""Chunks that load at the same time, and the foreign key that is proven once a chunk: faster, and the same."""

import logging
import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

import import_environment
from conftest import Command
from flows.database import connection
from flows.database.column_names import LOADED
from flows.database.connection import connect
from flows.database.connection_pool import pool_connections
from flows.database.copy import copy_in, make_copy
from flows.database.foreign_key import OURS, check_once_per_chunk
from flows.database.tables import metadata
from flows.errors import MachineError
from flows.frames import Chunk, OversizedOrder
from flows.pipeline import process_chunk
from flows.pipeline.open_batch import OpenBatch
from flows.pipeline.process_chunk import Processed
from flows.report import answers
from flows.report.answers import AnswerFiles
from flows.settings import load_settings
from import_environment import PATIENCE, ImportEnvironment, differences
from order_files import many, row, write

ROWS = [*many(40).to_dicts(), row("A-1", items__quantity="0")]
BY_CHUNK = "proven once a chunk"


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is logged; how the key is proven is never done in silence."""
    caplog.set_level(logging.INFO, logger="flows.database.foreign_key")
    return caplog


# Nothing depends on how it is loaded


def test_neither_connections_nor_the_proof_make_a_difference(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch, told: pytest.LogCaptureFixture
) -> None:
    undisturbed = imports.undisturbed(ROWS)
    for connections, proof in product("1248", ("row", "chunk")):
        monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", connections)
        monkeypatch.setenv("ORDER_IMPORT_FOREIGN_KEY", proof)
        told.clear()
        imports.empty(ROWS)
        assert imports.run() == ["partial"]
        assert (BY_CHUNK in told.text) == (proof == "chunk")
        assert imports.seen() == undisturbed, (connections, proof)


MIXED = [
    *ROWS,
    *(row(f"B-{n % 7}", items__itemId=f"SKU-{n}") for n in range(30)),  # their rows stand far apart
    row("B-3", toAddress__name="Another", items__itemId="SKU-31"),
    *(row(f"C-{n}", toAddress__postalCode="V5L1P8"[: 4 + n % 3]) for n in range(9)),
    row("", items__itemId="SKU-32"),
    dict.fromkeys(row(), ""),
    *(row(f"D-{n}", charges__gmv="1.005" if n % 2 else "1.00") for n in range(9)),
]
"""Created, rejected, held back, warned, scattered, nameless and blank."""
OF_CHUNKS = {"chunk_no", "chunk_rows", "settings"}
"""Columns that tell of the chunks themselves."""


def test_neither_chunks_nor_processors_nor_connections_make_a_difference(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same tables, findings and files, word for word."""
    monkeypatch.setattr(import_environment, "VOLATILE", import_environment.VOLATILE | OF_CHUNKS)
    chunks, at_once = set[int](), set[tuple[int, int]]()
    expected: dict[str, Any] = {}
    for rows, (processors, connections) in product(("2", "7", "50000"), ("11", "44", "81", "84")):
        monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", rows)
        monkeypatch.setenv("ORDER_IMPORT_PROCESSORS", processors)
        monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", connections)
        imports.empty(MIXED)
        assert imports.run() == ["partial"]
        seen = imports.seen()
        chunks.add(len(seen.pop("batch_chunks")))
        at_once.add((load_settings().chunks_at_once, load_settings().loads_at_once))
        expected = expected or seen
        assert differences(seen, expected) == [], (rows, processors, connections)
    assert expected["books"] == []
    assert len(chunks) == 3
    assert at_once == {(1, 1), (2, 4), (3, 1), (3, 4)}


@pytest.mark.parametrize("way", ["run", "backfill"])
@pytest.mark.parametrize(("processors", "at_once"), [("4", 2), ("8", 3)])
def test_chunks_are_checked_at_the_same_time(
    imports: ImportEnvironment,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    processors: str,
    at_once: int,
) -> None:
    """Of a file that is alone in a backfill too."""
    together, check = threading.Barrier(at_once), process_chunk.process_chunk

    def check_together(opened: OpenBatch, chunk: Chunk | OversizedOrder) -> Processed:
        if chunk.number <= at_once:  # each waits for the others
            together.wait(PATIENCE)
        return check(opened, chunk)

    monkeypatch.setattr(process_chunk, "process_chunk", check_together)
    monkeypatch.setenv("ORDER_IMPORT_PROCESSORS", processors)
    imports.empty(ROWS)
    assert [of["status"] for of in command(way, "--direct", "--json", imports.drop).json["batches"]] == [
        "partial"
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ORDER_IMPORT_CONNECTIONS", "0", "ORDER_IMPORT_CONNECTIONS must be a whole number from 1 to 8."),
        ("ORDER_IMPORT_CONNECTIONS", "two", "ORDER_IMPORT_CONNECTIONS must be a whole number from 1 to 8."),
        ("ORDER_IMPORT_PROCESSORS", "0", "ORDER_IMPORT_PROCESSORS must be a whole number from 1 to 64."),
        ("ORDER_IMPORT_FOREIGN_KEY", "never", "ORDER_IMPORT_FOREIGN_KEY must be row or chunk."),
    ],
)
def test_a_setting_that_cannot_be_used(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = command("run", "--direct", "--json", write(tmp_path / "a.csv", [row("A-1")]))
    assert (answer.status, answer.json["error"]) == (4, sentence)


# Where the key may be proven once a chunk


@pytest.fixture
def loader(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A role of this database's own that may import, and no more."""
    ((database,),) = imports.ask("select current_database()")
    name = f"loader_{database}"
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", imports.create_importer(name))
    imports.ask(f"alter role {name} connection limit 3")
    yield name
    imports.ask(f"drop owned by {name}; drop role {name}")


@pytest.mark.parametrize("granted", [True, False])
def test_the_right_is_asked_for(
    imports: ImportEnvironment, loader: str, told: pytest.LogCaptureFixture, granted: bool
) -> None:
    undisturbed = imports.undisturbed(ROWS)
    if granted:
        imports.ask(f"grant set on parameter session_replication_role to {loader}")
    assert imports.run() == ["partial"]
    assert (BY_CHUNK in told.text) == granted
    assert imports.seen() == undisturbed


@pytest.mark.parametrize("most", [1, 2, 3])
def test_fewer_connections_than_are_set(
    imports: ImportEnvironment, loader: str, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    undisturbed = imports.undisturbed(ROWS)
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "8")
    imports.ask(f"alter role {loader} connection limit {most}")
    assert imports.run() == ["partial"]
    assert imports.seen() == undisturbed


GUARDS = {
    "a trigger": "create table seen (key bigint); create function see() returns trigger language plpgsql as"
    " $$ begin insert into seen values (new.order_key); return new; end $$;"
    " create trigger see after insert on order_items for each row execute function see()",
    "a foreign key": "create table theirs (source text primary key); insert into theirs values ('shop');"
    " alter table orders add foreign key (source) references theirs",
    "a key checked later": "alter table order_items add unique (order_key, item_no) deferrable initially deferred",
}


@pytest.mark.parametrize("guard", GUARDS)
def test_what_others_have_put_on_the_tables_is_left_in(
    imports: ImportEnvironment, told: pytest.LogCaptureFixture, guard: str
) -> None:
    imports.empty(ROWS)
    imports.ask(GUARDS[guard])
    assert imports.run() == ["partial"]
    assert BY_CHUNK not in told.text
    assert imports.seen()["books"] == []
    if guard == "a trigger":
        assert imports.ask("select count(*) from seen") == imports.ask("select count(*) from order_items")


def test_a_trigger_that_is_switched_off_is_in_nobodys_way(
    imports: ImportEnvironment, told: pytest.LogCaptureFixture
) -> None:
    imports.empty(ROWS)
    imports.ask(GUARDS["a trigger"] + "; alter table order_items disable trigger see")
    assert imports.run() == ["partial"]
    assert BY_CHUNK in told.text
    assert imports.ask("select count(*) from seen") == [(0,)]


def test_an_item_without_its_order_is_found(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        found = pytest.raises(MachineError, match="An item has no order")
        with found, db.transaction(), check_once_per_chunk(db, 1_000_000):
            db.execute("insert into order_items (order_key, item_no) values (1000007, 1)")
        assert db.execute("select count(*) from order_items").fetchone() == (0,)
        with db.transaction(), check_once_per_chunk(db, 2_000_000):
            pass
        with pytest.raises(psycopg.errors.ForeignKeyViolation):  # in the next transaction all is as before
            db.execute("insert into order_items (order_key, item_no) values (2000007, 1)")


def test_a_trigger_that_comes_while_chunks_load_is_left_in(imports: ImportEnvironment) -> None:
    imports.ask(GUARDS["a trigger"])
    with (
        psycopg.connect(imports.url, autocommit=True) as db,
        db.transaction(),
        check_once_per_chunk(db, 1_000_000),
    ):
        assert db.execute("show session_replication_role").fetchone() == ("origin",)


def test_answers_that_are_too_many_for_memory_are_told_by_the_database(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = imports.undisturbed(ROWS)
    monkeypatch.setattr(answers, "MOST_SORTED", 0)
    monkeypatch.setattr(AnswerFiles, "report_input", None)
    assert imports.run() == ["partial"]
    assert imports.seen() == undisturbed


def test_the_names_are_the_schemas() -> None:
    keys = {str(key.name) for table in metadata.sorted_tables for key in table.foreign_key_constraints}
    with_batch = {table.name for table in metadata.sorted_tables if "batch_id" in table.columns} - {"batches"}
    assert set(OURS) == keys
    assert set(LOADED) == with_batch | {"order_items"}


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\rb", "a\\b", "\\N", "\\.", "", "'\"", None], ids=repr)
def test_a_text_is_stored_as_it_is(url: str, text: str | None) -> None:
    """Each alone: whether a column is escaped at all is asked of its characters."""
    with psycopg.connect(url) as db:
        db.execute("create table texts (a text, b text)")
        copy_in(
            db,
            make_copy(
                "texts", pl.DataFrame({"a": [text], "b": ["b"]}, schema={"a": pl.String, "b": pl.String})
            ),
        )
        assert db.execute("select * from texts").fetchall() == [(text, "b")]


# Connections that are kept for many small files


def sessions(db: psycopg.Connection) -> set[int]:
    """Server processes of this test's own sessions, but for the one that asks."""
    rows = db.execute(
        "select pid from pg_stat_activity where application_name like 'order-import %'"
        " and datname = current_database() and pid <> pg_backend_pid()"
    ).fetchall()
    return {row[0] for row in rows}


def test_a_connection_is_kept_for_the_next_as_long_as_it_is_sound(
    environment: None, db: psycopg.Connection
) -> None:
    settings = load_settings()
    with pool_connections():
        with connect(settings) as first:
            pid = first.info.backend_pid
        with connect(settings) as again, connect(settings) as another:
            assert again.info.backend_pid == pid != another.info.backend_pid
        assert len(sessions(db)) == 2

        def fails() -> None:
            with connect(settings) as failing:
                failing.execute("select 1 / 0")

        with pytest.raises(psycopg.errors.DivisionByZero):
            fails()
        assert len(sessions(db)) == 1, "a session in which something failed is not used again"
        for left in sessions(db):
            db.execute("select pg_terminate_backend(%s, 5000)", (left,))
        with connect(settings) as fresh:  # nobody notices that the kept one is gone
            assert fresh.execute("select 1").fetchone() == (1,)
    with connect(settings) as later:
        assert {later.info.backend_pid} == sessions(db), "none is kept beyond its time"


def test_many_files_take_few_connections(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[str]()
    connect = connection.connect_to
    monkeypatch.setattr(connection, "connect_to", lambda url: opened.append(url) or connect(url))
    for number in range(20):
        write(tmp_path / "sent" / f"{number:02}.csv", [row(f"A-{number}")])
    answer = command("run", tmp_path / "sent", "--direct", "--json")
    assert [batch["status"] for batch in answer.json["batches"]] == ["loaded"] * 20
    assert len(opened) < 10
