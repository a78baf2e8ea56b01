"""A source's file once more: in other chunks, as a dry run, rendered anew, its fix file come back, replayed."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import Answer, Command, Send
from import_environment import CHILDREN_FIRST, INVARIANTS
from order_files import csv_text, row
from source_files import COLUMNS, DEFAULTS, TO, ask, line, names, text

SETTINGS = """
encoding = "cp1252"
delimiter = ";"
header_row = 2
decimal = ","
fill_down = "No"
skip_rows = [{ column = "Kind", is = ["-"] }]
skip_orders = [{ column = "Kind", is = ["gone"] }]
cells = { "No" = { strip = "#" }, "Zip" = { strip = "'" } }
"""
MANY = [
    line("#A1", price="1,50"),
    line("", "S-2", price="2,50", to=[""] * 6),
    line("#A2", "gift", kind="-"),
    line("", "S-3", qty="0", price="x,y", to=[""] * 6),
    line("#A3"),
    line("#A4", price="3,00", to=["Zoë", *TO[1:4], "'02108", "US"]),
    line("#A1", "S-4", price="1,00", to=[""] * 6),
    [""] * 11,
    line("#A3", kind="gone"),
    line("#A5", "-S", price="1.00"),
    line("#A2", "S-5", price="1,00", to=[""] * 6),
    line("", "total", kind="-", to=[""] * 6),
]
"""Filled down, skipped, scattered; A2 and A5 are rejected."""


def content(rows: list[list[str]] = MANY) -> bytes:
    return ("Our orders;;\n" + text(*rows, mark=";")).encode("cp1252")


def seen(answer: Answer) -> dict[str, Any]:
    return {key: answer.batch[key] for key in ("status", "rows", "orders", "items", "findings")}


def files(report: str) -> dict[str, str]:
    """The report's files but for times, and what a dry run says of itself."""
    told = {
        path.name: path.read_text()
        for path in sorted(Path(report).iterdir())
        if path.suffix in (".csv", ".json")
    }
    return {name: re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "T", found) for name, found in told.items()}


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_neither_chunks_nor_a_dry_run_nor_another_rendering_change_an_answer(
    rows: int, send: Send, command: Command, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", str(rows))
    settings = SETTINGS + COLUMNS + DEFAULTS
    checked = send(settings, content(), "check")
    done = send(settings, content())
    assert seen(checked) == seen(done)
    assert checked.reasons() == done.reasons()
    assert done.batch["rows"] == {
        "read": 13,
        "created": 4,
        "unchanged": 0,
        "rejected": 2,
        "held_back": 1,
        "blank": 1,
        "skipped": 5,
    }
    assert ask(
        db,
        "select order_number, count(*) from orders join order_items using (order_key) group by 1 order by 1",
    ) == [("A1", 3), ("A4", 1)]
    assert done.reasons() == {
        (6, "items.quantity", "is_in_range"),
        (6, "items.unitPrice", "has_declared_form"),
        (12, "items.unitPrice", "has_declared_form"),
    }
    before = files(done.batch["report"])
    again = command("report", "--json", done.batch["batch_id"])
    assert files(again.batch["report"]) == before


def test_another_order_of_the_rows_is_another_order_of_the_answers_only(
    send: Send, db: psycopg.Connection
) -> None:
    whole = [
        cells if cells[0] or not any(cells) else [MANY[at - 1][0], *cells[1:]]
        for at, cells in enumerate(MANY[:-1])
    ]
    send(SETTINGS + COLUMNS + DEFAULTS, content(whole[::-1]))
    assert ask(
        db,
        "select order_number, count(*) from orders join order_items using (order_key) group by 1 order by 1",
    ) == [("A1", 3), ("A4", 1)]


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_fix_file_comes_back_in_its_own_form(mark: str, send: Send, db: psycopg.Connection) -> None:
    """Its encoding, quoting, header row and filled numbers are ours; the source's columns, cells and rules are its."""
    settings = SETTINGS + COLUMNS + DEFAULTS
    first = send(settings, content())
    fixed = pl.read_csv(Path(first.batch["report"]) / "rejected.csv", separator=";", infer_schema=False)
    assert fixed["No"].to_list() == ["#A2", "#A2", "#A5", "#A2"]
    assert fixed["Kind"].to_list() == ["'-", None, None, None]
    assert fixed["SKU"].to_list() == ["gift", "S-3", "'-S", "S-5"]
    assert fixed["Name"][2] == "Zoë Müller"
    mended = fixed.with_columns(
        Price=pl.col("Price").replace({"x,y": "1,00", "1.00": "1,00"}), Qty=pl.col("Qty").replace({"0": "1"})
    )
    again = send(settings, "\ufeff" + mended.write_csv(separator=mark), name="rejected.csv")
    assert again.batch["status"] == "loaded", (again.batch, again.batch["report"] and again.reasons())
    assert again.batch["rows"]["skipped"] == 1
    assert names(db)[1] == ("A2", "Zoë Müller")
    assert ask(
        db,
        "select item_id from order_items join orders using (order_key) where order_number in ('A2', 'A5') order by 1",
    ) == [("-S",), ("S-3",), ("S-5",)]


def test_a_replay_goes_by_the_rules_again(send: Send, command: Command, db: psycopg.Connection) -> None:
    first = send(SETTINGS + COLUMNS + DEFAULTS, content())
    again = command("replay", "--json", first.batch["batch_id"])
    assert again.batch["rows"] == {
        "read": 4,
        "created": 0,
        "unchanged": 0,
        "rejected": 2,
        "held_back": 1,
        "blank": 0,
        "skipped": 1,
    }
    send(
        SETTINGS.replace('decimal = ","', 'decimal = ","\nif_blank = { "items.quantity" = "1" }').replace(
            '"Zip" =',
            '"Qty" = { values = { 0 = "" } }, "Price" = { values = { "x,y" = "1,00", "1.00" = "1,00" } }, "Zip" =',
        )
        + COLUMNS
        + DEFAULTS,
        "x",
    )
    again = command("replay", "--json", first.batch["batch_id"])
    assert again.batch["rows"]["created"] == 3, again.batch
    assert [number for number, _ in names(db)] == ["A1", "A2", "A4", "A5"]


def test_a_machine_that_failed_half_way_reads_the_same_bytes_once_more(
    send: Send, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in another encoding is not decoded twice when its rows are read a second time."""
    from flows.pipeline import import_batch as way

    real, calls = way.open_batch, []

    def open_twice(*what: Any) -> Any:
        calls.append(real(*what))
        return real(*what)

    monkeypatch.setattr(way, "open_batch", open_twice)
    assert send(SETTINGS + COLUMNS + DEFAULTS, content()).batch["orders"]["created"] == 2
    assert calls
    assert names(db)[0] == ("A1", "Zoë Müller")


def test_the_books_balance_with_skipped_rows_of_rejected_orders(send: Send, db: psycopg.Connection) -> None:
    send(SETTINGS + COLUMNS + DEFAULTS, content())
    assert ask(db, "select sum(rows_skipped), sum(rows_rejected + rows_held_back) from batch_chunks") == [
        (5, 3)
    ]
    assert ask(db, "select count(*) from rejected_rows") == [(4,)]
    assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]


def test_settings_that_do_nothing_give_the_orders_of_none(send: Send, db: psycopg.Connection) -> None:
    """The quick way and the way of the steps are one."""
    rows = [
        row("A-1"),
        row("A-1", items__itemId="SKU-2"),
        row("A-2", items__quantity="0"),
        row("A-3", toAddress__name=""),
    ]
    plainly = send("", csv_text(rows))
    stored = ask(
        db,
        "select order_number, to_address_name, item_no, item_id, unit_price from orders join order_items using (order_key) order by 1, 3",
    )
    db.execute(EMPTY)
    stepped = send(
        'cells = { "items.itemId" = { strip = "~" } }\nskip_rows = [{ column = "orderNumber", is = ["~"] }]',
        csv_text(rows),
    )
    assert seen(stepped) == seen(plainly)
    assert stepped.reasons() == plainly.reasons()
    assert (
        ask(
            db,
            "select order_number, to_address_name, item_no, item_id, unit_price from orders join order_items using (order_key) order by 1, 3",
        )
        == stored
    )


def test_a_parquet_goes_by_the_same_rules(
    send: Send, command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """All but encoding, delimiter and quote; its first row is row 1."""
    settings = SETTINGS + COLUMNS + DEFAULTS
    as_csv = send(settings, content())
    stored = ask(db, ORDERS)
    db.execute(EMPTY)
    rows = pl.read_csv(content(), separator=";", skip_lines=1, infer_schema=False, encoding="cp1252")
    file = tmp_path / "a.parquet"
    rows.write_parquet(file)
    done = command("run", "--direct", "--json", "--source", "shop", file)
    assert ask(db, ORDERS) == stored
    assert {(row + 2, *rest) for row, *rest in done.reasons()} == as_csv.reasons()
    assert done.batch["rows"] == as_csv.batch["rows"] | {"read": 12, "skipped": 4}


EMPTY = "; ".join(f"delete from {table}" for table in CHILDREN_FIRST)
ORDERS = """
select order_number, to_address_name, item_no, item_id, unit_price from orders join order_items using (order_key) order by 1, 3
"""
