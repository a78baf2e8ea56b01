"""Files of sources with settings, through the command: how they are read, counted, reported, sent again and replayed."""

import gzip
import json
import re
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import psycopg
import pytest

from conftest import Answer, Command
from import_environment import INVARIANTS
from order_files import PLAIN, csv_text, row, write

HEAD = {name: cell for name, cell in PLAIN.items() if name.startswith(("fromAddress.", "charges."))}
DEFAULTS = "\n[sources.shop.defaults]\n" + "".join(f'"{name}" = "{cell}"\n' for name, cell in HEAD.items())
COLUMNS = """
[sources.shop.columns]
"No" = "orderNumber"
"Name" = "toAddress.name"
"Street" = "toAddress.addressLine1"
"City" = "toAddress.cityTown"
"State" = "toAddress.stateProvince"
"Zip" = "toAddress.postalCode"
"Country" = "toAddress.countryCode"
"SKU" = "items.itemId"
"Qty" = "items.quantity"
"Price" = "items.unitPrice"
"""
TO = ["Zoë Müller", "1 Sample Road", "Boston", "MA", "02108", "US"]
NAMES = ["No", "Name", "Street", "City", "State", "Zip", "Country", "SKU", "Qty", "Price", "Kind"]


def line(
    number: str,
    sku: str = "S-1",
    qty: str = "1",
    price: str = "2.50",
    kind: str = "",
    to: list[str] | None = None,
) -> list[str]:
    return [number, *(TO if to is None else to), sku, qty, price, kind]


def text(*rows: list[str], mark: str = ",") -> str:
    return "".join(mark.join(cells) + "\n" for cells in (NAMES, *rows))


class Send(Protocol):
    def __call__(
        self, settings: str, content: str | bytes, *words: object, name: str = "a.csv"
    ) -> Answer: ...


@pytest.fixture
def send(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Import a file of the source `shop` with these settings; with other words another sub-command."""

    def run(settings: str, content: str | bytes, *words: object, name: str = "a.csv") -> Answer:
        monkeypatch.setenv(
            "ORDER_IMPORT_SOURCES", str(write(tmp_path / "s.toml", f"[sources.shop]\n{settings}"))
        )
        file = write(tmp_path / "sent" / name, content)
        return command(*(words or ("run", "--direct")), "--json", "--source", "shop", file)

    return run


def ask(db: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()  # type: ignore[arg-type]


def names(db: psycopg.Connection) -> list[tuple[Any, ...]]:
    return ask(db, "select order_number, to_address_name from orders order by 1")


# How a file is written

WRITTEN = {
    "cp1252": ('encoding = "cp1252"\n', text(line("A")).encode("cp1252")),
    "utf-16": ('encoding = "utf-16"\n', text(line("A")).encode("utf-16")),
    "utf-16-le with a mark": ('encoding = "utf-16-le"\n', ("\ufeff" + text(line("A"))).encode("utf-16-le")),
    "utf-8 by its name": ('encoding = "UTF8"\n', ("\ufeff" + text(line("A"))).encode()),
    "packed": ('encoding = "cp1252"\n', gzip.compress(text(line("A")).encode("cp1252"))),
    "semicolons": ('delimiter = ";"\n', text(line("A"), mark=";").encode()),
    "tabs without quotes": ('delimiter = "\\t"\nquote = ""\n', text(line("A"), mark="\t").encode()),
    "a sep= line": ('delimiter = "\\t"\nquote = ""\n', b"sep=;\r\n" + text(line("A"), mark=";").encode()),
    "a sep= line and other quotes": ("quote = \"'\"\n", b"sep=;\n" + text(line("A"), mark=";").encode()),
    "other quotes": ("quote = \"'\"\n", ("\ufeff" + re.sub("([^,\n]+)", r"'\1'", text(line("A")))).encode()),
    "a title above": ("header_row = 3\n", ("Our orders\n\n" + text(line("A"))).encode()),
    "a quoted title above": ("header_row = 2\n", ('"Our ""best""\norders",,\n' + text(line("A"))).encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_however_it_is_written_it_is_one_order(how: str, send: Send, db: psycopg.Connection) -> None:
    settings, content = WRITTEN[how]
    done = send(settings + COLUMNS + DEFAULTS, content).batch
    assert done["status"] == "loaded", done["reason"]
    assert names(db) == [("A", "Zoë Müller")]
    assert done["findings"] == {"errors": 0, "warnings": 1}  # Kind is in no order


def test_a_byte_that_the_encoding_does_not_have_names_the_line(send: Send) -> None:
    good = text(line("A"), line("B"))
    cases = [
        ("cp1252", good.encode("cp1252") + b"\x81", 4),
        ("cp1252", good.replace("B,", "\x00").encode("cp1252").replace(b"\0", b"\x8d"), 3),
        ("ascii", good.encode(), 2),
        ("utf-16-le", good.encode("utf-16-le") + b"\x00\xd8\x20\x00", 4),
        ("utf-16", good.encode("utf-16-le"), 1),
        ("utf-16", good.encode("utf-16")[:-1], 3),
        ("cp932", good.encode("cp932", "ignore") + b"\n\n\x81", 6),
        ("utf-8-sig", good.encode() + b"\xff", 4),
        ("cp1252", (good + "x,y\n" * 600_000).encode("cp1252") + b"\x81", 600_004),
    ]
    for encoding, content, at in cases:
        done = send(f'encoding = "{encoding}"\n{COLUMNS}{DEFAULTS}', content).batch
        assert done["status"] == "refused"
        assert done["reason"].startswith(f"Line {at} has bytes that {encoding}, the source's encoding"), (
            encoding
        )
        assert done["reason"].endswith("(has_declared_encoding)")


def test_without_an_encoding_a_file_that_is_none_of_utf_8_is_refused(send: Send) -> None:
    for content in (text(line("A")).encode("cp1252"), text(line("A")).encode("utf-16")):
        assert send(COLUMNS + DEFAULTS, content).batch["reason"].endswith("(is_utf8)")


def test_without_quoting_a_quote_is_a_quote(send: Send, db: psycopg.Connection) -> None:
    skus = ['"S', 'S"', '"S"', 'a "b" c', '5" x 3"', '""', "O'S", "S, T"]
    rows = [line(f"A{at}", sku) for at, sku in enumerate(skus)]
    done = send(
        f'quote = ""\ndelimiter = "\\t"\n{COLUMNS}{DEFAULTS}', text(*rows, mark="\t").rstrip("\n")
    ).batch
    stored = dict(ask(db, "select order_number, item_id from orders join order_items using (order_key)"))
    assert stored == {f"A{at}": sku for at, sku in enumerate(skus)}
    assert done["orders"]["rejected"] == 0


def test_other_quotes_hold_delimiters_lines_and_themselves(send: Send, db: psycopg.Connection) -> None:
    rows = [line("A", "'S,\n \"1\"'"), line("B", "'O''S'"), line("C", "O'S")]
    assert (
        send(f'quote = "\'"\n{COLUMNS}{DEFAULTS}', text(*rows).replace("\n", "\r\n")).batch["orders"][
            "created"
        ]
        == 2
    )
    stored = dict(ask(db, "select order_number, item_id from orders join order_items using (order_key)"))
    assert stored == {"B": "O'S", "C": "O'S"}
    done = send(f'quote = "\'"\n{COLUMNS}{DEFAULTS}', text(line("A"), line("B", "'open"))).batch
    assert done["reason"].endswith("(has_sound_quotes)")


def test_a_file_of_one_long_line_is_refused_in_time(send: Send) -> None:
    for quote in ('""', '"\'"', "'\"'"):
        for content in ("x" * 20_000_000, "x,'" * 7_000_000, text() + 'a "' * 7_000_000):
            assert (
                send(f'encoding = "latin-1"\nquote = {quote}\n{COLUMNS}', content).batch["status"]
                == "refused"
            )


def test_rows_above_the_header_are_counted_as_skipped_and_number_the_others(send: Send) -> None:
    above = 'Title\n"two\nlines",x\n\n'
    done = send(f"header_row = 4\n{COLUMNS}{DEFAULTS}", above + text(line("A"), line("B", qty="0")))
    assert done.batch["rows"] | {"read": 5, "created": 1, "rejected": 1, "skipped": 3} == done.batch["rows"]
    assert (6, "items.quantity", "is_in_range") in {(r, c, "is_in_range") for r, c, _ in done.reasons()}
    told = pl.read_csv(Path(done.batch["report"]) / "results.csv", infer_schema=False)["findings"][1]
    assert json.loads(told)[0]["line"] == 7
    for name, content in (("no rows", above + text()), ("blank rows", above + text() + ",,\n")):
        done = send(f"header_row = 4\n{COLUMNS}{DEFAULTS}", content, name=f"{name}.csv")
        assert done.batch["status"] == "loaded", done.batch["reason"]
        assert done.batch["rows"]["skipped"] == 3


@pytest.mark.parametrize("header_row", [3, 9, 1000])
def test_a_header_that_is_not_where_the_settings_say(header_row: int, send: Send) -> None:
    done = send(f"header_row = {header_row}\n{COLUMNS}{DEFAULTS}", text(line("A")) + "\n" * 2).batch
    assert done["status"] == "refused"
    assert f"Row {header_row} is blank, or not there" in done["reason"]


def test_further_endings_are_csv_for_this_source_alone(send: Send, command: Command, tmp_path: Path) -> None:
    settings = f'files = [".txt", ".TSV"]\n{COLUMNS}{DEFAULTS}\n[sources.other]\n'
    for name in ("a.txt", "b.TXT", "c.tsv", "d.csv"):
        assert send(settings, text(line(name)), name=name).batch["status"] == "loaded"
    assert (
        send(settings, gzip.compress(text(line("e")).encode()), name="e.txt.gz").batch["status"] == "loaded"
    )
    other = command(
        "run", "--direct", "--json", "--source", "other", write(tmp_path / "o.txt", text(line("A")))
    )
    assert other.status != 0


# One case for each key that does something with rows

ROWS = {
    "fill_down": ('fill_down = "no"\n', [line("A"), line("", "S-2", to=[""] * 6)], {"A": ["S-1", "S-2"]}, 0),
    "skip_rows": (
        'skip_rows = [{ column = "Kind", is = ["gift"] }]\n',
        [line("A", "S-1", kind="gift"), line("A", "S-2", to=[""] * 6), line("B", kind="gift"), line("", kind="gift")],
        {"A": ["S-2"]},
        3,
    ),
    "skip_orders": (
        'skip_orders = [{ column = "Kind", filled = true }]\n',
        [line("A"), line("B"), line("C"), line("A", kind="x")],
        {"B": ["S-1"], "C": ["S-1"]},
        2,
    ),
    "head_only": (
        'head_only = [{ column = "Kind", is = ["sum"] }]\n',
        [line("A", "Sum of it", "7", "9", "sum"), line("A", "S-2", to=[""] * 6)],
        {"A": ["S-2"]},
        0,
    ),
    "decimal": ('decimal = ","\nthousands = " "\n', [line("A", price="1 234;5".replace(";", "."))], {}, 0),
    "cells": (
        'cells = { "No" = { strip = "#" }, "Country" = { values = "country-names" }, "Qty" = { whole = true } }\n',
        [line("#A", qty="2.0", to=[*TO[:5], "United States"]), line("A", "S-2", to=[""] * 6)],
        {"A": ["S-1", "S-2"]},
        0,
    ),
    "fallback": (
        'fallback = [{ where = ["Zip"], take = ["Kind"] }]\n',
        [line("A", kind="02108", to=[*TO[:4], "", "US"])],
        {"A": ["S-1"]},
        0,
    ),
    "if_blank": ('if_blank = { "items.quantity" = "1" }\n', [line("A", qty="")], {"A": ["S-1"]}, 0),
    "items": (
        """
        items = { "Kind" = { between = ";", pattern = "(?P<description>[a-z]+) x(?P<unitWeight_weight>[0-9]+)" } }
        if_blank = { "items.quantity" = "1", "items.unitWeight.unitOfMeasurement" = "OZ" }
        """,
        [line("A", "", "", "", "tea x1; mug x2")],
        {"A": [None, None]},
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", ROWS)
def test_what_a_key_does(key: str, send: Send, db: psycopg.Connection) -> None:
    settings, rows, wanted, skipped = ROWS[key]
    done = send(settings + COLUMNS + DEFAULTS, text(*rows)).batch
    found = ask(
        db,
        "select order_number, array_agg(item_id order by item_no) from orders join order_items using (order_key) group by 1",
    )
    assert dict(found) == wanted, done
    assert done["rows"]["skipped"] == skipped
    assert done["orders"]["rejected"] == (key == "decimal")


OWN_NAMES = {name: cell for name, cell in PLAIN.items() if name.startswith(("toA", "fromA", "charges"))}


def test_a_finding_in_a_group_stands_on_its_column(send: Send) -> None:
    settings = """
    decimal = ","
    columns = { "No" = "orderNumber" }
    repeat = { "Item # SKU" = "items.itemId", "Item # Qty" = "items.quantity", "Item # Price" = "items.unitPrice" }
    """
    first = {"Item 1 SKU": "S", "Item 1 Qty": "1", "Item 1 Price": "1,5", "Item 3 SKU": "T"}
    rows = [
        {"No": "A", **OWN_NAMES, **first, "Item 3 Qty": "0", "Item 3 Price": "1.5"},
        {"No": "B", **OWN_NAMES, **first, "Item 3 Qty": "1", "Item 3 Price": ""},
    ]
    done = send(settings, csv_text(rows))
    assert done.batch["orders"]["created"] == 1
    assert {(row, column) for row, column, _ in done.reasons()} == {(2, "Item 3 Qty"), (2, "Item 3 Price")}


def test_a_finding_in_a_part_stands_on_the_column_of_its_cell(send: Send) -> None:
    settings = """
    columns = { "No" = "orderNumber" }
    items = { "Details" = { between = "|", pattern = '(?P<itemId>[^;]*);(?P<quantity>[0-9]+)' } }
    """
    rows = [
        {"No": number, **OWN_NAMES, "Details": cell}
        for number, cell in (("A", "S;1|T;0"), ("B", "S;1|V"), ("C", "S;1|T;2"), ("D", "S;0|V|W;"))
    ]
    done = send(settings, csv_text(rows))
    assert done.batch["orders"] == {"created": 1, "unchanged": 0, "rejected": 3, "warned": 0}
    found = sorted(done.reasons())
    assert [(row, column) for row, column, _ in found] == [
        (2, "Details"),
        (3, "Details"),
        (5, "Details"),
        (5, "Details"),
    ][: len(found)]
    assert (3, "Details", "has_declared_form") in found


def test_a_cell_that_has_not_its_form_stands_in_the_fix_file_as_it_was(send: Send) -> None:
    done = send(
        f'decimal = ","\ncells = {{ "Zip" = {{ strip = "D-" }} }}\n{COLUMNS}{DEFAULTS}',
        text(line("A", price="1.5", to=[*TO[:4], "D-02108", "US"])),
    )
    assert done.reasons() == {(1, "Kind", "is_known"), (2, "items.unitPrice", "has_declared_form")} - {
        (1, "Kind", "is_known")
    }
    fixed = (Path(done.batch["report"]) / "rejected.csv").read_text().splitlines()[1]
    assert fixed.startswith("A,Zoë Müller,1 Sample Road,Boston,MA,D-02108,US,S-1,1,1.5,")


# Sent again

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
    db.execute(
        "delete from order_items; delete from orders; delete from batch_chunks; delete from order_results; delete from findings; delete from rejected_rows; delete from batches"
    )
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
