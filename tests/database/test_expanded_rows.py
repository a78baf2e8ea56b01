"""Rows that hold several items: what is wrong with the row is told once, and a fix file of them comes back."""

import csv
import json
from collections import Counter
from pathlib import Path

import polars as pl
import psycopg
import pytest

from conftest import Answer, Command, Send
from order_files import PLAIN, csv_text

HEAD = {name: cell for name, cell in PLAIN.items() if not name.startswith(("items.", "orderNumber"))}
NAMES = ["No", "Part", "Day", *HEAD, *(f"Item {n} {what}" for n in (1, 2) for what in ("SKU", "Qty"))]
SETTINGS = """
[sources.shop.join]
"orderNumber" = { of = ["No", "Part", "Day"], with = "-" }
[sources.shop.cells]
"Day" = { date = "%m/%d/%y" }
[sources.shop.repeat]
"Item # SKU" = "items.itemId"
"Item # Qty" = "items.quantity"
"""


def line(number: str, quantity: str = "1", *further: str, currency: str = "USD", day: str = "") -> str:
    """A row of the order `<number>-a`, and its day where it has one, with two items."""
    head = {**HEAD, "charges.currency": currency}.values()
    return (
        ",".join([number, "a" if number else "", day, *head, "00012", "1", "00034", quantity, *further])
        + "\n"
    )


def text(*lines: str) -> str:
    return ",".join(NAMES) + "\n" + "".join(lines)


def told(answer: Answer) -> Counter[tuple[int, str | None, str]]:
    """How often each (row, column, check) is told."""
    found = pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)["findings"]
    return Counter((f["row"], f["column"], f["check"]) for cell in found for f in json.loads(cell))


def fix_file(answer: Answer) -> str:
    return answer.fix_file.read_text(encoding="utf-8")


def test_what_is_wrong_with_a_row_is_told_once_and_once_more_by_a_replay(
    command: Command, db: psycopg.Connection, send: Send
) -> None:
    answer = send(SETTINGS, text(line("1", "1", "over"), line("2"), line("2", currency="EUR")))
    assert told(answer) == {
        (2, None, "has_every_cell"): 1,
        (4, "charges.currency", "agrees_in_order"): 1,
        **{(4, f"Item {n} SKU", "is_once_in_order"): 1 for n in (1, 2)},
    }
    for _ in range(2):
        answer = command("replay", "--json", answer.batch["batch_id"])
        assert set(told(answer).values()) == {1}


def test_a_row_below_several_items_is_one_row(db: psycopg.Connection, send: Send) -> None:
    answer = send(SETTINGS, text(line("1"), line("")))
    hints = pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)["findings"]
    (hint,) = (f["hint"] for f in json.loads(hints[0]) if f["check"] == "has_all_its_rows")
    assert hint.startswith("Row 3 ")


def test_a_code_that_lost_its_zeros_is_told_as_often_as_it_comes_back(
    db: psycopg.Connection, send: Send
) -> None:
    """R27, of a group: it was told on the sender's own column."""
    answer = send(SETTINGS, text(line("1", "bad")))
    answer = send(SETTINGS, fix_file(answer).replace("00034", "34"), name="b.csv")
    answer = send(SETTINGS, fix_file(answer).replace(",bad,", ",3,"), name="c.csv")
    assert "is_as_it_was" in {check for _, _, check in told(answer)}
    answer = send(SETTINGS, fix_file(answer).replace(",34,", ",00034,"), name="d.csv")
    assert answer.batch["status"] == "loaded"


def test_a_number_joined_of_a_cell_that_was_wrong_can_be_mended(db: psycopg.Connection, send: Send) -> None:
    answer = send(SETTINGS, text(line("1", day="May")))
    assert told(answer) == {(2, "Day", "has_declared_form"): 1}
    answer = send(SETTINGS, fix_file(answer).replace("May", "05/02/26"), name="b.csv")
    assert answer.batch["status"] == "loaded"
    assert db.execute("select order_number from orders").fetchall() == [("1-a-2026-05-02",)]


def test_a_long_value_is_cut_in_what_is_told_of_a_cell(db: psycopg.Connection, send: Send) -> None:
    rules = SETTINGS.replace('"Day" = {', '"Ref" = { date = "%m/%d/%y" }\n"Day" = {')
    rules += '[sources.shop.columns]\n"Ref" = "shippingReference.reference1"\n'
    send(rules, text().strip() + ",Ref\n" + line("1", "1", "q" * 100))
    told = db.execute("select value from findings where check_name = 'has_declared_form'").fetchall()
    assert told == [("q" * 79 + "…",)]


PRICES = 'decimal = ","\n[sources.shop.columns]\n"No" = "orderNumber"\n'
ONE_FAULT = {
    "a column of a group": (
        PRICES + '[sources.shop.repeat]\n"Item # SKU" = "items.itemId"\n"Item # Qty" = "items.quantity"\n'
        '"Item # Price" = "items.unitPrice"',
        {"Item 1 SKU": "S", "Item 1 Qty": "1", "Item 1 Price": "1,5", "Item 2 SKU": "T", "Item 2 Qty": "1"}
        | {"Item 2 Price": "1e3"},
        {"Item 2 Price"},
    ),
    "the same of two groups": (
        PRICES + '[sources.shop.repeat]\n"Item # SKU" = "items.itemId"\n"Item # Qty" = "items.quantity"',
        {"Item 1 SKU": "S", "Item 1 Qty": "x", "Item 3 SKU": "T", "Item 3 Qty": "1,,5"},
        {"Item 1 Qty", "Item 3 Qty"},
    ),
    "a column of several members": (
        PRICES + '"Sum" = ["charges.gmv", "charges.subTotal", "items.unitPrice"]',
        {"items.itemId": "S", "items.quantity": "1", "Sum": "1e3"},
        {"charges.gmv"},
    ),
    "a column of an item beside a group": (
        PRICES + '"Sum" = "items.unitPrice"\n[sources.shop.repeat]\n"Item # SKU" = "items.itemId"\n'
        '"Item # Qty" = "items.quantity"',
        {"Item 1 SKU": "S", "Item 1 Qty": "1", "Item 2 SKU": "T", "Item 2 Qty": "1", "Sum": "1e3"},
        {"items.unitPrice"},
    ),
    "a part of a joined member": (
        PRICES + '[sources.shop.join]\n"toAddress.postalCode" = { of = ["Zip", "Day"] }\n'
        '[sources.shop.cells]\n"Day" = { date = "%m/%d/%y" }',
        {"items.itemId": "S", "items.quantity": "1", "Zip": "02108", "Day": "May"},
        {"Day"},
    ),
}


@pytest.mark.parametrize("case", ONE_FAULT)
def test_of_a_cell_that_has_not_its_form_nothing_else_is_told(
    db: psycopg.Connection, send: Send, case: str
) -> None:
    """Whatever becomes of it; and it can be mended, for what it was made of it was not sound."""
    settings, cells, columns = ONE_FAULT[case]
    head = {name: cell for name, cell in HEAD.items() if f'"{name}"' not in settings}
    answer = send(settings, csv_text([{"No": "1", **head, **cells}]))
    assert told(answer) == {(2, column, "has_declared_form"): 1 for column in columns}


def test_a_wrong_cell_of_one_group_hides_nothing_of_another(db: psycopg.Connection, send: Send) -> None:
    settings, cells, _ = ONE_FAULT["a column of a group"]
    answer = send(settings, csv_text([{"No": "1", **HEAD, **cells, "Item 1 Price": "-1", "Item 2 Qty": "0"}]))
    assert told(answer) == {
        (2, "Item 1 Price", "is_in_range"): 1,
        (2, "Item 2 Price", "has_declared_form"): 1,
        (2, "Item 2 Qty", "is_in_range"): 1,
    }


def test_a_wrong_cell_hides_nothing_of_its_order(db: psycopg.Connection, send: Send) -> None:
    """That a row without a number follows is no fault of the cell."""
    settings = '[sources.shop.columns]\n"No" = "orderNumber"\n[sources.shop.cells]\n"No" = { shift = 1 }'
    rows = [{"No": "x", **HEAD, "items.itemId": "S", "items.quantity": "1"}]
    answer = send(settings, csv_text([*rows, {"items.itemId": "T", "items.quantity": "1"}]))
    assert told(answer) >= Counter(
        {(2, "orderNumber", "has_declared_form"): 1, (2, "orderNumber", "has_all_its_rows"): 1}
    )


def test_a_number_that_shares_its_column_can_be_mended(db: psycopg.Connection, send: Send) -> None:
    """R27: the cell was wrong, whichever of its members it was told of."""
    settings = (
        '[sources.shop.columns]\n"No" = ["shippingReference.reference1", "orderNumber"]\n'
        '[sources.shop.cells]\n"No" = { date = "%m/%d/%y" }'
    )
    rows = [{"No": "May", **HEAD, "items.itemId": "S", "items.quantity": "1"}]
    answer = send(settings, csv_text(rows))
    assert told(answer) == {(2, "shippingReference.reference1", "has_declared_form"): 1}
    answer = send(settings, fix_file(answer).replace("May", "05/02/26"), name="b.csv")
    assert answer.batch["status"] == "loaded"


GROUPS = """
[sources.shop.columns]
"No" = "orderNumber"
[sources.shop.repeat]
"Item # SKU" = "items.itemId"
"Item # Qty" = "items.quantity"
"""
ALTERED = {  # what the two groups had, what the second one has when it comes back, and the column that is told
    "of the second group": (("00012", "00034"), ("00012", "34"), "Item 2 SKU", "00034"),
    "of the first group": (("00012", "00034"), ("12", "00034"), "Item 1 SKU", "00012"),
    "what the other group has": (("12", "0012"), ("12", "12"), "Item 2 SKU", "0012"),
    "more zeros in the other group": (("00012", "012"), ("00012", "12"), "Item 2 SKU", "012"),
    "an exponent": (("00012", "1234567890123"), ("00012", "1.23E+12"), "Item 2 SKU", "1234567890123"),
}


@pytest.mark.parametrize("case", ALTERED)
def test_an_altered_id_is_told_on_its_own_groups_column(
    command: Command, db: psycopg.Connection, send: Send, case: str
) -> None:
    """R27, in every round, until it is as it was; the first group's column may be taken out when it is blank."""
    before, after, column, was = ALTERED[case]
    cells = {"No": "1", **HEAD, "Item 1 Qty": "1", "Item 2 Qty": "1", "Item 3 SKU": "T", "Item 3 Qty": "x"}
    answer = send(GROUPS, csv_text([cells | {f"Item {n} SKU": before[n - 1] for n in (1, 2)}]))
    fixed = fix_rows(answer)[0] | {"Item 3 Qty": "1"} | {f"Item {n} SKU": after[n - 1] for n in (1, 2)}
    for turn in range(2):
        answer = send(GROUPS, csv_text([fixed]), name=f"b{turn}.csv")
        assert [where for *where, check in told(answer) if check == "is_as_it_was"] == [[2, column]]
        (fixed,) = fix_rows(answer)
        assert f"It was {was} " in fixed["import_findings"]
    answer = send(GROUPS, csv_text([fixed | {f"Item {n} SKU": before[n - 1] for n in (1, 2)}]), name="c.csv")
    assert answer.batch["status"] == "loaded"


def test_a_wrong_id_of_one_group_may_be_mended_and_the_others_not(db: psycopg.Connection, send: Send) -> None:
    """R27: also where the first group's blank columns are gone by then."""
    cells = {"No": "1", **HEAD, "Item 1 SKU": "", "Item 1 Qty": "", "Item 2 SKU": "00012", "Item 2 Qty": "1"}
    answer = send(GROUPS, csv_text([cells | {"Item 3 SKU": "0" * 51 + "7", "Item 3 Qty": "1"}]))
    assert told(answer) == {(2, "Item 3 SKU", "fits_length"): 1}
    fixed = {name: cell for name, cell in fix_rows(answer)[0].items() if not name.startswith("Item 1")}
    answer = send(GROUPS, csv_text([fixed | {"Item 2 SKU": "12", "Item 3 SKU": "7"}]), name="b.csv")
    assert told(answer) == {(2, "Item 2 SKU", "is_as_it_was"): 1}
    answer = send(GROUPS, csv_text([fixed | {"Item 3 SKU": "7"}]), name="c.csv")
    assert answer.batch["status"] == "loaded"


def fix_rows(answer: Answer) -> list[dict[str, str]]:
    with answer.fix_file.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


DETAILS = """
[sources.shop.columns]
"No" = "orderNumber"
[sources.shop.items]
"Details" = { between = "|", pattern = '(?P<itemId>[^;]*);(?P<quantity>[0-9]+)' }
"""


def test_an_altered_id_in_a_cell_of_several_is_told_once(db: psycopg.Connection, send: Send) -> None:
    cells = {"No": "1", **HEAD, "charges.currency": "x", "Details": "S;1|12;1|12;1|0012;1|0034;1"}
    (fixed,) = fix_rows(send(DETAILS, csv_text([cells])))
    mended = fixed | {"charges.currency": "USD"}
    answer = send(DETAILS, csv_text([mended | {"Details": "S;1|12;1|34;1|034;1"}]), name="b.csv")
    assert told(answer) == {(2, "Details", "is_as_it_was"): 1}
    answer = send(DETAILS, csv_text([mended | {"Details": "0034;1|12;1|T;1|12;1"}]), name="c.csv")
    assert answer.batch["status"] == "loaded"
