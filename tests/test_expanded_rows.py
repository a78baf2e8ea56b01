"""Rows that hold several items: what is wrong with the row is told once, and a fix file of them comes back."""

import json
from collections import Counter
from pathlib import Path

import polars as pl
import psycopg

from conftest import Answer, Command, Send
from order_files import PLAIN

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
