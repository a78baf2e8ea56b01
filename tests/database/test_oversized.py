"""An order of more rows than are one order is rejected alone (P16), and its rows are not held in memory (P17)."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import INVARIANTS, Command, created
from flows.pipeline import chunking, oversized_order
from order_files import Row, csv_text, many, nested, row, write


@pytest.fixture
def sent(data: Path) -> Path:
    return data.parent / "sent"


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are an order's most, and two are handled at a time."""
    monkeypatch.setattr(chunking, "MAX_ORDER", 3)
    monkeypatch.setattr(oversized_order, "FEW", 2)


def items(number: str, count: int, **cells: str) -> list[Row]:
    return [row(number, items__itemId=f"{number}-{at}", **cells) for at in range(count)]


CASES: dict[str, tuple[list[Row], set[str], dict[int, int]]] = {
    "together": ([*items("A", 4), *items("B", 3)], {"B"}, {2: 4}),
    "far apart": (
        [cells for pair in zip(items("A", 5), items("B", 3) + items("C", 2), strict=True) for cells in pair],
        {"B", "C"},
        {2: 5},
    ),
    "two of them": ([*items("A", 4), row("B"), *items("C", 5), *items("A", 1)], {"B"}, {2: 5, 7: 5}),
    "nothing else": (items("A", 7), set(), {2: 7}),
    "wrong besides": ([*items("A", 4, items__quantity="0"), row("B")], {"B"}, {2: 4}),
    "without numbers below it": ([*items("A", 4), row(""), row("B")], {"B"}, {2: 4}),
    "among scattered ones": (
        [
            row("B"),
            *items("A", 2),
            row("C"),
            row("B", items__itemId="2"),
            *items("A", 2),
            row("C", items__itemId="2"),
        ],
        {"B", "C"},
        {3: 4},
    ),
}
"""Rows; the orders that are created; the first rows of those that are too large, and how many rows they have."""


@pytest.mark.usefixtures("_few")
@pytest.mark.parametrize("chunk_rows", [1, 50_000])
@pytest.mark.parametrize("form", ["fast", "strict"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_rejected_alone(
    command: Command,
    db: psycopg.Connection,
    sent: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    form: str,
    chunk_rows: int,
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", str(chunk_rows))
    rows, orders, large = CASES[case]
    text = csv_text(rows) + ("Z,too short\n" if form == "strict" else "")
    path = write(sent / "x.csv", text)
    dry = command("check", "--json", path)
    answer = command("run", "--direct", "--json", path)
    assert answer.status == 1
    assert created(db) == orders
    found = {at for at, _, check in answer.reasons() if check == "fits_order"}
    assert found == set(large)
    told = db.execute(
        "select first_row, code, rows from order_results where first_row = any(%s) order by 1", [list(large)]
    )
    assert told.fetchall() == [(at, 400, count) for at, count in large.items()]
    only = db.execute("select count(*) from findings where first_row = any(%s)", [list(large)]).fetchone()
    assert only == (len(large),)
    assert (dry.reasons(), counts(dry)) == (answer.reasons(), {**counts(answer)})
    assert fix_file(dry) == fix_file(answer)
    lines = fix_file(answer).splitlines()
    assert sum(line.startswith(("A,", "C,")) for line in lines if not line.startswith("Z")) == sum(
        large.values()
    )
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert replayed.reasons() == answer.reasons()
    assert fix_file(replayed) == fix_file(answer)
    again = command("run", "--direct", "--json", path)
    assert again.batch["status"] == "repeated"
    rerendered = fix_file(answer)
    command("report", answer.batch["batch_id"])
    assert fix_file(answer) == rerendered


def counts(answer: Any) -> dict[str, Any]:
    return {name: answer.batch[name] for name in ("rows", "orders", "findings")}


def fix_file(answer: Any) -> str:
    text = str(answer.fix_file.read_text())
    return text.replace(answer.batch["batch_id"], "(batch)")  # a replay is a batch of its own


@pytest.mark.usefixtures("_few")
def test_a_fix_file_comes_back_as_several_orders(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    answer = command("run", "--direct", "--json", write(sent / "x.csv", [*items("=A", 5), row("B")]))
    text = fix_file(answer)
    again = command("run", "--direct", "--json", write(sent / "again.csv", text))
    assert {check for _, _, check in again.reasons()} == {"fits_order"}
    lines = text.splitlines()
    mended = [*lines[:3], *(line.replace("'=A,", "A2,", 1) for line in lines[3:])]
    command(
        "run",
        "--direct",
        "--json",
        write(sent / "mended.csv", "\n".join([*mended[:4], mended[4], mended[5].replace("A2,", "A3,", 1)])),
    )
    assert created(db) == {"B", "=A", "A2", "A3"}


@pytest.mark.usefixtures("_few")
def test_a_number_that_the_settings_give(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = write(sent / "s.toml", '[sources.default.defaults]\norderNumber = "X-1"\n')
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(layout))
    rows = [{name: cell for name, cell in cells.items() if name != "orderNumber"} for cells in items("", 4)]
    rows.insert(2, dict.fromkeys(rows[0], ""))
    answer = command("run", "--direct", "--json", write(sent / "x.csv", rows))
    assert answer.reasons() == {(2, "orderNumber", "fits_order")}
    assert answer.batch["rows"] | {} == answer.batch["rows"] | {
        "read": 5,
        "rejected": 1,
        "held_back": 3,
        "blank": 1,
    }
    assert db.execute("select order_number from order_results").fetchall() == [("X-1",)]


@pytest.mark.usefixtures("_few")
def test_of_a_nested_order_the_items_count(command: Command, db: psycopg.Connection, sent: Path) -> None:
    sent.mkdir()
    orders = nested(many(8))
    nested_items = pl.concat_list(*[pl.col("items")] * 3)
    orders = orders.with_columns(
        items=pl.when(pl.col("orderNumber") == "M-00001").then(nested_items).otherwise("items")
    )
    orders.filter(pl.col("items").list.len() != 4).write_parquet(path := sent / "x.parquet")
    answer = command("run", "--direct", "--json", path)
    assert answer.reasons() == {(2, "orderNumber", "fits_order")}
    assert answer.batch["rows"] == answer.batch["rows"] | {"read": 6, "rejected": 1, "held_back": 0}
    assert db.execute("select item from rejected_rows order by 1").fetchall() == [(at,) for at in range(6)]
    assert fix_file(answer).count("M-00001") == 6
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert replayed.reasons() == answer.reasons()
    hint = json.loads(json.dumps(db.execute("select hint from findings").fetchone()))
    assert hint[0].startswith("This order has 6 items")


@pytest.mark.parametrize("count", [20_000, 20_001])
def test_the_bound(command: Command, db: psycopg.Connection, sent: Path, count: int) -> None:
    answer = command("run", "--direct", "--json", write(sent / "x.csv", [*items("A", count), row("B")]))
    assert created(db) == ({"A", "B"} if count == 20_000 else {"B"})
    assert answer.batch["rows"]["held_back"] == (0 if count == 20_000 else count - 1)
    assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]


@pytest.mark.usefixtures("_few")
@pytest.mark.parametrize(
    ("settings", "statuses", "counts"),
    [
        (
            'skip_rows = [{column = "Status", is = ["total"]}]',
            "ttttt",
            {"skipped": 5, "held_back": 0, "rejected": 0},
        ),
        (
            'skip_orders = [{column = "Status", is = ["total"]}]',
            "..t..",
            {"skipped": 5, "held_back": 0, "rejected": 0},
        ),
        (
            'skip_rows = [{column = "Status", is = ["total"]}]',
            ".t.t.",
            {"skipped": 2, "held_back": 2, "rejected": 1},
        ),
    ],
    ids=["each row", "the order", "some rows"],
)
def test_its_rows_are_skipped_by_rule(
    command: Command,
    db: psycopg.Connection,
    sent: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    statuses: str,
    counts: dict[str, int],
) -> None:
    monkeypatch.setenv(
        "ORDER_IMPORT_SOURCES", str(write(sent / "s.toml", f"[sources.default]\n{settings}\n"))
    )
    rows = [
        cells | {"Status": "total" if s == "t" else "x"}
        for cells, s in zip(items("BIG", 5), statuses, strict=True)
    ]
    rows.append(row("B") | {"Status": "x"})
    path = write(sent / "x.csv", rows)
    dry = command("check", "--json", path)
    answer = command("run", "--direct", "--json", path)
    assert created(db) == {"B"}
    assert answer.batch["rows"] == answer.batch["rows"] | {"read": 6, "created": 1} | counts
    assert (dry.batch["rows"], dry.reasons()) == (answer.batch["rows"], answer.reasons())
    told = db.execute("select order_number from order_results").fetchall()
    assert told == [("BIG",)] * counts["rejected"]
