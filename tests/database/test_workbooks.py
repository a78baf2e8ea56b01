"""Workbooks: what stands in a sheet is read as it is, and gives the very orders that a CSV of the same rows gives."""

from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import Answer, Command, Send, created
from flows.errors import BatchError
from flows.readers import record_limits
from flows.readers.workbook import WorkbookTable
from flows.sandbox.workbook_cells import LONG, MOMENT, NUMBER, TEXT, read_cells
from flows.sources.source import Source
from import_environment import CHILDREN_FIRST, VOLATILE
from order_files import TYPES, csv_text, many, row, write
from workbooks import by_hand, rows_by_hand, send_rows, table, workbook

RUN = ("run", "--direct", "--json")


# --- The same as a CSV ----------------------------------------------------------------------------------------

WRONG = {
    3: {"items.quantity": "0"},
    7: {"toAddress.countryCode": "USA"},
    11: {"items.unitPrice": "1.23456"},
    13: {"toAddress.postalCode": "ABC"},
    17: {"charges.currency": "EURO"},
}
"""Of each hundred orders five are wrong, on their first row."""


def faulty(orders: int) -> list[dict[str, str | None]]:
    rows = many(orders).to_dicts()
    seen = set()
    for cells in rows:
        number = int(cells["orderNumber"].removeprefix("M-"))
        if number not in seen:
            cells.update(WRONG.get(number % 100, {}))
        seen.add(number)
    return rows


def typed(cells: dict[str, str | None]) -> dict[str, Any]:
    """The cells as somebody types them: numbers and truth values as such."""
    made: dict[str, Any] = {name: cell or "" for name, cell in cells.items()}
    for name, dtype in TYPES.items():
        if made[name]:
            made[name] = made[name] == "true" if dtype == pl.Boolean() else float(made[name])
    return made


def stored(db: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What is in the database of orders, but for keys, times and the batch that they came by."""
    orders = [n for n in _columns(db, "orders") if n not in VOLATILE | {"batch_id"}]
    items = [f"i.{n}" for n in _columns(db, "order_items") if n not in VOLATILE]
    return {
        "orders": db.execute(f"select {','.join(orders)} from orders order by order_number").fetchall(),  # type: ignore[call-overload]
        "items": db.execute(
            f"select order_number, {','.join(items)} from order_items i join orders using (order_key) order by 1, item_no"  # type: ignore[arg-type]
        ).fetchall(),
        "findings": db.execute(
            "select first_row, row_number, item, column_name, check_name, severity, value, hint, count from findings order by 1, 2, 3, 4, 5, 7"
        ).fetchall(),
        "results": db.execute(
            "select first_row, order_number, outcome, code, rows from order_results order by 1"
        ).fetchall(),
    }


def _columns(db: psycopg.Connection, name: str) -> list[str]:
    return [column.name for column in db.execute(f"select * from {name} limit 0").description or ()]  # type: ignore[arg-type]


def test_the_same_orders_as_a_csv_and_as_a_workbook(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    rows = faulty(1_000)
    text = csv_text([{name: cell or "" for name, cell in cells.items()} for cells in rows])
    seen = []
    for path in (write(data / "a.csv", text), send_rows(data / "a.xlsx", map(typed, rows))):
        answer = command(*RUN, path)
        assert (answer.status, answer.batch["orders"]["rejected"]) == (1, 50), answer.out
        seen.append((stored(db), answer.batch["rows"], answer.batch["orders"], answer.batch["notes"]))
        for name in CHILDREN_FIRST:
            db.execute(f"delete from {name}")  # type: ignore[arg-type]
    assert seen[0] == seen[1]


# --- What a cell is read as -----------------------------------------------------------------------------------

DAY = datetime(2026, 5, 1)  # noqa: DTZ001 - a spreadsheet knows no zones
MOMENT_OF = DAY + timedelta(hours=9, minutes=58, seconds=12)

CELLS = {
    "text": ("00012", "00012", TEXT),
    "a text of a number": ("1e3", "1e3", TEXT),
    "a whole number": (12.0, "12", NUMBER),
    "a decimal": (0.1, "0.1", NUMBER),
    "the shortest decimal": (19.989999999999998, "19.99", NUMBER),
    "nothing of a sign": (-0.0, "0", NUMBER),
    "less than nothing": (-0.5, "-0.5", NUMBER),
    "a small one": (1e-7, "0.0000001", NUMBER),
    "fifteen digits": (123456789012345.0, "123456789012345", NUMBER),
    "sixteen": (1234567890123456.0, "1234567890123456", LONG),
    "what a spreadsheet made of eighteen": (123456789012345000.0, "123456789012345000", LONG),
    "of a calculation": (0.1 + 0.2, "0.30000000000000004", LONG),
    "with an exponent": (1e22, "10000000000000000000000", LONG),
    "a truth value": (True, "true", MOMENT),
    "a day": (date(2026, 5, 1), "2026-05-01", MOMENT),
    "a moment": (MOMENT_OF, "2026-05-01T09:58:12", MOMENT),
    "with a part of a second": (MOMENT_OF + timedelta(seconds=0.5), "2026-05-01T09:58:12.5", MOMENT),
    "a time": (time(9, 58), "09:58:00", MOMENT),
    "a span": (timedelta(days=1, hours=6, seconds=1.5), "PT30H0M1.5S", MOMENT),
    "a span back": (timedelta(hours=-1), "-PT1H0M0S", MOMENT),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_written_as_it_is(name: str) -> None:
    value, text, kind = CELLS[name]
    found = read_cells((value, ""))
    assert (found.texts, found.kinds) == ([text, ""], [kind, TEXT])


def test_texts_dates_and_truth_values_get_into_the_database(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    cells = {
        "metadata.text": "'00012",
        "metadata.lines": " a\nb ",
        "metadata.escaped": "a_x0041_",
        "metadata.day": DAY,
        "metadata.moment": MOMENT_OF,
        "toAddress.residential": True,
        "toAddress.addressLine2": 12,
        "items.quantity": 3,
        "items.unitPrice": 0.1,
    }
    answer = command(*RUN, send_rows(data / "x.xlsx", [row() | cells]))
    assert (answer.status, answer.batch["findings"]["warnings"]) == (0, 0), answer.out
    metadata, residential, line, quantity, price = db.execute(
        "select metadata, to_address_residential, to_address_address_line2, quantity, unit_price::text"
        " from orders join order_items using (order_key)"
    ).fetchall()[0]
    assert {each["name"]: each["value"] for each in metadata} == {
        "text": "'00012",
        "lines": "a\nb",
        "escaped": "a_x0041_",
        "day": "2026-05-01",
        "moment": "2026-05-01T09:58:12",
    }
    assert (residential, line, quantity, float(price)) == (True, "12", 3, 0.1)


# --- What a cell must not be ----------------------------------------------------------------------------------

FAULTS: dict[str, tuple[dict[str, Any], str, set[tuple[str, str]]]] = {
    "an order number": ({"orderNumber": 17}, "", {("orderNumber", "is_stored_as_text")}),
    "an item's id": ({"items.itemId": 12}, "", {("items.itemId", "is_stored_as_text")}),
    "a postal code": ({"toAddress.postalCode": 2108}, "", {("toAddress.postalCode", "is_stored_as_text")}),
    "a date of an id": ({"items.itemId": DAY}, "", {("items.itemId", "is_stored_as_text")}),
    "a truth value of an order number": ({"orderNumber": True}, "", {("orderNumber", "is_stored_as_text")}),
    "a truth value of an item's id": ({"items.itemId": False}, "", {("items.itemId", "is_stored_as_text")}),
    "a text that shows an error": ({"toAddress.name": "#REF!"}, "", {("toAddress.name", "is_calculated")}),
    "metadata": ({"metadata.a": 5}, "", {("metadata.a", "is_stored_as_text")}),
    "vouched for": (
        {"toAddress.postalCode": 2108},
        "[sources.shop.cells]\n'toAddress.postalCode' = {from = 'integer', width = 5}",
        set(),
    ),
    "vouched for, and too long": (
        {"items.itemId": 1234567890123456},
        "[sources.shop.cells]\n'items.itemId' = {from = 'integer'}",
        {("items.itemId", "has_every_digit")},
    ),
    "vouched for, and no whole number": (
        {"items.itemId": 12.5},
        "[sources.shop.cells]\n'items.itemId' = {from = 'integer'}",
        {("items.itemId", "has_declared_form")},
    ),
    "a sum with a tail": (
        {"items.unitPrice": "<c><v>0.30000000000000004</v></c>"},
        "",
        {("items.unitPrice", "has_every_digit")},
    ),
    "text in a column of numbers": ({"items.quantity": "two"}, "", {("items.quantity", "is_integer")}),
    "a decimal comma is for text alone": (
        {"items.unitPrice": 1.125},
        "decimal = ','\nthousands = '.'",
        set(),
    ),
    "and reads text": ({"items.unitPrice": "1.125"}, "decimal = ','\nthousands = '.'", set()),
    "one that divides": (
        {"items.unitPrice": 2.25, "items.quantity": 2},
        "decimal = ','\n[sources.shop.cells]\n'items.unitPrice' = {divide_by = 'items.quantity'}",
        set(),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_number_is_good_for_what_it_counts_and_for_no_id(
    send: Send, db: psycopg.Connection, name: str
) -> None:
    cells, settings, wanted = FAULTS[name]
    rows = table([row() | cells, row("B-2", items__unitPrice="12", items__itemId="12")])
    content = by_hand(rows_by_hand(rows)) if "<c>" in str(cells) else workbook(rows)
    answer = send(settings, content, name="a.xlsx")
    told = {(column, check) for _, column, check in answer.reasons()}
    assert told == wanted, answer.batch["reason"]
    assert answer.status == (1 if wanted else 0)
    if "postal" in str(cells) and not wanted:
        assert db.execute("select to_address_postal_code from orders order by 1").fetchall()[0] == ("02108",)
    if "items.unitPrice" in cells and not wanted:
        price = db.execute("select unit_price::float from order_items order by 1 desc").fetchall()
        assert price[0 if cells["items.unitPrice"] == "1.125" else 1][0] in (1.125, 1125.0)
        assert ((1125.0,) in price) == (cells["items.unitPrice"] == "1.125")


def test_the_faults_of_cells_outlive_the_file(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replay has only what was kept, and finds the same; with settings that vouch it finds nothing."""
    sources = write(data / "s.toml", "[sources.default]\n")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
    cells = row("A-1", toAddress__cityTown="#x") | {"items.itemId": 12}
    first = command(*RUN, send_rows(data / "x.xlsx", [cells]))
    replayed = command("replay", "--json", first.batch["batch_id"])
    assert first.reasons() == replayed.reasons() == {(2, "items.itemId", "is_stored_as_text")}
    write(sources, "[sources.default.cells]\n'items.itemId' = {from = 'integer'}")
    assert command("replay", "--json", first.batch["batch_id"]).status == 0
    assert db.execute("select item_id from order_items").fetchall() == [("12",)]


def test_a_cell_without_a_value_is_told_until_somebody_writes_one(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """An error, and a formula that nobody has calculated; also when the fix file comes back as it was."""
    header, cells = table([row() | {"toAddress.addressLine2": "", "shippingReference.reference1": ""}])
    at = {name: place for place, name in enumerate(header)}
    cells[at["toAddress.addressLine2"]] = '<c t="e"><f>NA()</f><v>#N/A</v></c>'
    cells[at["shippingReference.reference1"]] = "<c><f>A1&amp;B1</f></c>"
    cells[at["items.quantity"]] = "<c><f>1+1</f><v>2</v></c>"
    answer = command(*RUN, write(data / "x.xlsx", by_hand(rows_by_hand([header, cells]))))
    wanted = {
        (2, "toAddress.addressLine2", "is_calculated"),
        (2, "shippingReference.reference1", "is_calculated"),
    }
    assert answer.reasons() == wanted
    for name in ("rejected.csv", "rejected.xlsx"):
        again = command(*RUN, answer.fix_file.with_name(name))
        assert again.reasons() == wanted
    text = again.fix_file.read_text().replace("#N/A", "Floor 2").replace("#NOT CALCULATED!", "R-1")
    assert command(*RUN, write(data / "mended.csv", text)).status == 0
    assert db.execute("select quantity from order_items").fetchall() == [(2,)]


FORMULAS = {  # as programs write them that calculate nothing, and as those do that found a blank text or a number
    "no value": ("<c><f>A1&amp;B1</f></c>", False),
    "an empty value": ("<c><f>A1&amp;B1</f><v/></c>", False),
    "an empty value, in two tags": ("<c><f>A1&amp;B1</f><v></v></c>", False),
    "an empty number": ('<c t="n"><f>A1&amp;B1</f><v></v></c>', False),
    "an empty value, and a format": ('<c s="0"><f t="shared" si="0">A1</f><v></v></c>', False),
    "a blank text": ('<c t="str"><f>A1&amp;B1</f><v></v></c>', True),
    "a text": ('<c t="str"><f>A1&amp;B1</f><v>R-1</v></c>', True),
    "a number": ("<c><f>1+1</f><v>0</v></c>", True),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_without_a_result_is_no_blank_cell(
    command: Command, db: psycopg.Connection, data: Path, name: str
) -> None:
    cell, is_sound = FORMULAS[name]
    header, cells = table([row() | {"orderMessage.message": cell}])
    answer = command(*RUN, write(data / "x.xlsx", by_hand(rows_by_hand([header, cells]))))
    told = {(column, check) for _, column, check in answer.reasons()}
    assert (("orderMessage.message", "is_calculated") not in told) == is_sound, answer.out
    assert created(db) == ({"A-1"} if is_sound else set())


# --- Sheets, rows and headers ---------------------------------------------------------------------------------


def at_row(rows: list[list[Any]], number: int, *above: list[Any]) -> list[list[Any]]:
    """The table with its header in this row."""
    return [*above, *([[]] * (number - 1 - len(above))), *rows]


ROWS = table([row("A-1"), row("A-2", items__quantity="x")])

SHEETS: dict[str, tuple[str, bytes, set[tuple[int, str | None, str]], str]] = {
    "the first": ("", workbook(ROWS), {(3, "items.quantity", "is_integer")}, ""),
    "of several": ("", workbook(ROWS, [["x"]]), {(3, "items.quantity", "is_integer")}, "first one was read, Sheet1"),
    "a named one": (
        "sheet = ' ORDERS '",
        workbook([["x"]], ROWS, names=["A", "Orders"]),
        {(3, "items.quantity", "is_integer")},
        "",
    ),
    "a header further down": (
        "header_row = 4",
        workbook(at_row(ROWS, 4, ["Orders of May"])),
        {(6, "items.quantity", "is_integer")},
        "",
    ),
    "a blank row between": (
        "",
        workbook([*ROWS[:2], [], [], *ROWS[2:]]),
        {(5, "items.quantity", "is_integer")},
        "",
    ),
    "hidden rows": ("", workbook(ROWS, hide=[1, 3]), {(3, "items.quantity", "is_integer")}, "1 hidden row was read like the others: 3."),
    "merged cells": (
        "",
        workbook(ROWS, merge="Z3:AA4"),
        {(3, "items.quantity", "is_integer")},
        "1 area of merged cells has its value in the first cell alone, the others are blank: Z3:AA4.",
    ),
    "names in another case, with spaces": (
        "",
        workbook([[f" {name.upper()}\u200b" if name == "orderNumber" else name for name in ROWS[0]], *ROWS[1:]]),
        {(3, "items.quantity", "is_integer"), (1, "ORDERNUMBER", "has_plain_name")},
        "",
    ),
    "a column of nobody": (
        "",
        workbook([[*ROWS[0], "", "hm"], [*ROWS[1], "a note", 5], [*ROWS[2], "", 7]]),
        {(3, "items.quantity", "is_integer"), (1, "(no name)", "is_known"), (1, "hm", "is_known")},
        "",
    ),
    "columns that begin at C": (
        "",
        workbook([["", "", *cells] for cells in ROWS]),
        {(3, "items.quantity", "is_integer"), (1, "(no name)", "is_known")},
        "",
    ),
    "filled down": (
        "fill_down = 'orderNumber'",
        workbook(table([row("A-1"), row("", items__itemId="S2"), row("A-2", items__quantity="x")])),
        {(4, "items.quantity", "is_integer")},
        "",
    ),
    "rows that are skipped": (
        "skip_rows = [{column = 'items.quantity', is = ['x']}]",
        workbook(ROWS),
        set(),
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_rows_have_the_numbers_that_the_sheet_shows(send: Send, db: psycopg.Connection, name: str) -> None:
    settings, content, wanted, note = SHEETS[name]
    answer = send(settings, content, name="a.xlsx")
    assert answer.batch["status"] in ("partial", "loaded"), answer.batch["reason"]
    assert _told(answer, db) == wanted
    assert created(db) == {"A-1"}
    notes = answer.batch["notes"]
    assert bool(notes) == bool(note)
    assert all(note in each for each in notes)


def _told(answer: Answer, db: psycopg.Connection) -> set[tuple[int, str | None, str]]:
    general = db.execute("select row_number, column_name, check_name from findings where chunk_no is null")
    return answer.reasons() | set(general.fetchall())


REFUSED: dict[str, tuple[str, bytes, str, str]] = {
    "no such sheet": ("sheet = 'Orders'", workbook(ROWS, [], names=["A", "B"]), "has_sheet", "no sheet Orders"),
    "a blank sheet": ("", workbook([]), "has_header", "first row of the sheet is blank"),
    "a blank header": ("header_row = 9", workbook(ROWS), "has_header", "Row 9"),
    "a column missing": ("", workbook([cells[1:] for cells in ROWS]), "has_every_column", "orderNumber"),
    "a column twice": ("", workbook([[*cells, cells[0]] for cells in ROWS]), "has_each_column_once", "orderNumber"),
    "a control character": ("", workbook([[f"{name}\x07" for name in ROWS[0]], *ROWS[1:]]), "has_plain_names", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_has_the_rules_of_a_csv(send: Send, db: psycopg.Connection, name: str) -> None:
    settings, content, code, sentence = REFUSED[name]
    answer = send(settings, content, name="a.xlsx")
    assert answer.status == 3
    assert sentence in answer.batch["reason"]
    if code != "has_plain_names":
        assert answer.batch["reason"].endswith(f"({code})"), answer.batch["reason"]
    assert created(db) == set()


@pytest.mark.parametrize(("beyond", "fits"), [(1_000, False), (20_000, True)])
def test_long_rows_are_counted_as_those_of_a_csv(
    data: Path, monkeypatch: pytest.MonkeyPatch, beyond: int, fits: bool
) -> None:
    monkeypatch.setattr(record_limits, "MAX_BEYOND", beyond)
    rows = [row(f"A-{at}", orderMessage__message="x" * 9_000) for at in range(3)]
    sheet = WorkbookTable(send_rows(data / "a.xlsx", rows), Source())
    with nullcontext() if fits else pytest.raises(BatchError, match="fits_memory"):
        assert sum(frame.height for frame in sheet.frames()) == 3


def test_a_header_alone_is_a_batch_of_no_orders(command: Command, db: psycopg.Connection, data: Path) -> None:
    answer = command(*RUN, write(data / "x.xlsx", workbook([ROWS[0]])))
    assert (answer.batch["status"], answer.batch["rows"]["read"]) == ("loaded", 0)


def test_a_formula_in_the_last_row_is_a_row(command: Command, db: psycopg.Connection, data: Path) -> None:
    """The library that reads cells does not see it."""
    formulas = ["<c><f>A1</f></c>"] * len(ROWS[0])
    path = write(data / "x.xlsx", by_hand(rows_by_hand([ROWS[0], ROWS[1], formulas])))
    answer = command(*RUN, path)
    assert answer.batch["rows"] | {"rejected": 1} == answer.batch["rows"]
    assert {check for at, _, check in answer.reasons() if at == 3} >= {"is_calculated"}


def test_a_dry_run_and_a_drop_say_the_same(command: Command, db: psycopg.Connection, data: Path) -> None:
    path = write(data / "drop" / "shop" / "x.xlsx", workbook(ROWS))
    checked = command("check", "--json", path)
    assert checked.reasons() == {(3, "items.quantity", "is_integer")}
    assert command("run", "--direct", "--json").batch["orders"]["created"] == 1
    assert not path.exists()


def test_a_draft_is_made_of_a_workbook(command: Command, data: Path) -> None:
    for above in ([], ["Orders of May"]):
        path = write(data / "x.xlsx", workbook(at_row(ROWS, 3, above)))
        answer = command("sources", "draft", path)
        assert answer.status == 0
        assert "header_row = 3" in answer.out


STORED = [
    ["Order#", "Ship to Name", "Ship to Address 1", "City", "State", "Zip", "Qty", "SKU", "Customer ID"],
    [200000000000001, "Ann", "1 Road", "Boston", "MA", 2108, 2, "A-1", 7],
    [200000000000002, "Bo", "2 Road", "Austin", "TX", 78701, 1, "A-2", "B7"],
]


def test_a_draft_vouches_for_ids_that_a_workbook_stores_as_numbers(command: Command, data: Path) -> None:
    drafted = command("sources", "draft", write(data / "x.xlsx", workbook(STORED)))
    lines = drafted.out.splitlines()
    for line in (
        '"Order#" = { from = "integer" } # stored as integer',
        '"Zip" = { from = "integer", width = 5 } # stored as integer, as in row 3: "78701"; postal codes have 5 digits there',
        "# Question: row 3 is a text among numbers",
    ):
        assert any(each.startswith(line) for each in lines), drafted.out
    assert not any(line.startswith('"Qty" = { from') for line in lines)


def test_a_total_below_the_ids_of_a_workbook_is_asked_about_as_a_total(command: Command, data: Path) -> None:
    ids = [row[:8] for row in STORED]
    drafted = command(
        "sources", "draft", write(data / "x.xlsx", workbook([*ids, ["TOTAL", *[""] * 5, 3, ""]]))
    )
    assert "# Question: row 4 is a total" in drafted.out
    assert (
        '"Order#" = { from = "integer" } # stored as integer, as in row 2: "200000000000001"' in drafted.out
    )
    assert "is a text among numbers" not in drafted.out
