"""What others have put on our tables: a constraint refuses the order that breaks it, a trigger keeps nothing out in silence."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from conftest import Command
from flows.pipeline import commit_chunk, run_local
from import_environment import ImportEnvironment
from order_files import Row, many, row, write


@pytest.fixture(autouse=True)
def one_chunk(monkeypatch: pytest.MonkeyPatch, imports: ImportEnvironment) -> None:
    """Waits as short as a test can bear, and all rows in a chunk."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "100")
    monkeypatch.setattr(run_local, "PAUSES", (0.01,) * 2)


# A constraint of theirs

NAMES = "create table names (name text primary key); insert into names values ('once'), ('other'), ('more')"
RAISES = (
    "create function no() returns trigger language plpgsql as $$ begin"
    " if new.to_address_name = 'twice' then raise 'no'; end if; return new; end $$"
)
THEIRS = {
    "unique index": ("create unique index theirs on orders (to_address_name)", "23505"),
    "unique": ("alter table orders add constraint theirs unique (to_address_name)", "23505"),
    "unique, looked at later": (
        "alter table orders add constraint theirs unique (to_address_name) deferrable initially deferred",
        "23505",
    ),
    "unique, of items": ("create unique index theirs on order_items (item_id)", "23505"),
    "exclusion": (
        "alter table orders add constraint theirs exclude using btree (to_address_name with =)",
        "23P01",
    ),
    "check": ("alter table orders add constraint theirs check (to_address_name <> 'twice')", "23514"),
    "check of items": ("alter table order_items add constraint theirs check (item_id <> 'twice')", "23514"),
    "foreign key": (
        f"{NAMES}; alter table orders add constraint theirs foreign key (to_address_name) references names",
        "23503",
    ),
    "foreign key, looked at later": (
        f"{NAMES}; alter table orders add constraint theirs foreign key (to_address_name) references names deferrable initially deferred",
        "23503",
    ),
    "trigger": (
        f"{RAISES}; create trigger theirs before insert on orders for each row execute function no()",
        "P0001",
    ),
}


def named(number: str, name: str) -> Row:
    return row(number, toAddress__name=name, items__itemId=name)


@pytest.mark.parametrize("connections", ["1", "2"])
@pytest.mark.parametrize("theirs", THEIRS)
def test_a_constraint_of_theirs_refuses_the_order_and_no_other(
    imports: ImportEnvironment,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    theirs: str,
    connections: str,
) -> None:
    """Of two orders of a chunk that do not bear each other, the first of the file is stored."""
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", connections)
    statement, state = THEIRS[theirs]
    imports.ask(statement)
    rows = [
        named("Z-1", "once"),
        named("M-2", "twice"),
        named("K-3", "other"),
        named("A-4", "twice"),
        named("B-5", "more"),
    ]
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", rows))
    both = state in ("23505", "23P01")
    refused = ["A-4"] if both else ["A-4", "M-2"]
    assert (answer.status, answer.batch["status"]) == (1, "partial")
    results = pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)
    assert sorted(results.filter(outcome="rejected")["orderNumber"]) == refused
    assert set(results.filter(outcome="rejected")["code"]) == {"500"}
    hints = imports.ask("select check_name, hint from findings where severity = 'error'")
    assert {name for name, _ in hints} == {"is_storable"}
    assert all(state in hint and ("theirs" in hint or theirs == "trigger") for _, hint in hints)
    assert imports.ask("select count(*) from orders") == [(5 - len(refused),)]
    assert imports.seen()["books"] == []


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_the_first_of_the_file_wins(imports: ImportEnvironment, order: tuple[int, ...]) -> None:
    imports.ask("create unique index theirs on orders (to_address_name)")
    imports.empty([named(f"A-{number}", f"name {number % 2}") for number in order])
    assert imports.run() == ["partial"]
    first = {number % 2: number for number in reversed(order)}
    assert imports.ask("select order_number from orders order by 1") == [
        (f"A-{n}",) for n in sorted(first.values())
    ]


def test_an_order_of_an_earlier_batch_is_in_the_way(imports: ImportEnvironment) -> None:
    imports.ask("create unique index theirs on orders (to_address_name)")
    imports.empty([named("A-1", "once")])
    assert imports.run() == ["loaded"]
    write(imports.drop / "b.csv", [named("B-0", "new"), named("B-1", "once"), named("B-2", "newer")])
    assert imports.run() == ["partial"]
    assert imports.ask("select order_number from orders order by 1") == [("A-1",), ("B-0",), ("B-2",)]


def test_many_are_refused_in_a_large_chunk(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "5000")
    imports.ask("alter table orders add constraint theirs check (right(order_number, 1) <> '7')")
    imports.empty(many(3000).to_dicts())
    assert imports.run() == ["partial"]
    stored = imports.ask("select count(*) from orders")
    refused = imports.ask("select count(*) from order_results where code = 500")
    assert (stored, refused) == ([(2700,)], [(300,)])
    assert imports.seen()["books"] == []


def test_what_was_refused_stays_so_when_more_is_refused(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second constraint comes while it is asked which orders the first one does not bear."""
    imports.ask("alter table orders add constraint one check (to_address_name <> 'twice')")
    second = ["alter table orders add constraint two check (to_address_name <> 'other')"]

    def asked(*args: Any, sound: Callable[..., Any] = commit_chunk.find_unstorable) -> Any:
        found = sound(*args)
        while second:
            imports.ask(second.pop())
        return found

    monkeypatch.setattr(commit_chunk, "find_unstorable", asked)
    imports.empty([named("A-1", "once"), named("A-2", "twice"), named("A-3", "other")])
    assert imports.run() == ["partial"]
    refused = imports.ask("select order_number from order_results where code = 500 order by 1")
    assert (refused, imports.ask("select order_number from orders")) == ([("A-2",), ("A-3",)], [("A-1",)])


def test_a_constraint_on_another_table_is_named(imports: ImportEnvironment, command: Command) -> None:
    imports.ask("alter table findings add constraint theirs check (severity <> 'error')")
    imports.empty()
    answer = command("run", "--direct", "--json")
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert all(word in answer.batch["reason"] for word in ("findings", "theirs", "23514"))


# A trigger of theirs that keeps rows out

KEEPS_OUT = (
    "create function keep_out() returns trigger language plpgsql as $$ begin return null; end $$;"
    " create trigger keep_out before {} on {} for each row execute function keep_out()"
)


@pytest.mark.parametrize("proof", ["row", "chunk"])
@pytest.mark.parametrize(
    "table",
    ["orders", "order_items", "order_results", "findings", "rejected_rows", "batch_chunks", "batches"],
)
def test_a_trigger_that_keeps_rows_out_is_told_of(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, table: str, proof: str
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_FOREIGN_KEY", proof)
    undisturbed = imports.undisturbed()
    imports.ask(KEEPS_OUT.format("insert", table))
    answer = command("run", "--direct", "--json")
    assert answer.status == 4
    told = answer.batch["reason"] or ""
    assert f"The table {table} " in told
    assert "trigger" in told
    assert imports.seen()["books"] == [], "what is stored is stored as a whole"
    assert imports.ask("select order_number from orders") in ([], [("A-1",)]), "one is a chunk of its own"
    assert (imports.drop / "a.csv").exists()
    imports.ask(f"drop trigger keep_out on {table}")
    assert command("run", "--direct", "--json", imports.drop / "a.csv").batch["status"] == "partial"
    for name in ("orders", "order_items", "findings", "books"):
        assert imports.seen()[name] == undisturbed[name]


def test_a_trigger_that_keeps_some_rows_out(imports: ImportEnvironment, command: Command) -> None:
    imports.ask(
        "create function keep_out() returns trigger language plpgsql as"
        " $$ begin if new.item_id = 'SKU-2' then return null; end if; return new; end $$;"
        " create trigger keep_out before insert on order_items for each row execute function keep_out()"
    )
    rows = [row("A-1"), row("A-2"), row("A-2", items__itemId="SKU-2")]
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", rows))
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert "order_items took 2 of 3 rows" in answer.batch["reason"]
    assert imports.ask("select count(*) from orders") == [(0,)]


def test_a_trigger_that_keeps_a_batch_from_its_end(imports: ImportEnvironment, command: Command) -> None:
    imports.ask(KEEPS_OUT.format("update", "batches"))
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")]))
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert "The table batches " in answer.batch["reason"]


@pytest.mark.parametrize("table", ["batch_chunks", "batches"])
def test_a_rule_that_keeps_rows_out_is_told_of(
    imports: ImportEnvironment, command: Command, table: str
) -> None:
    imports.ask(f"create rule keep_out as on insert to {table} do instead nothing")
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")]))
    assert answer.status == 4
    assert imports.ask("select count(*) from orders") == [(0,)]
