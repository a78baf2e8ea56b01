"""P26: a cell costs what it weighs: one finding a cell and check, a thousand an order, and little memory whatever is wrong."""

import csv
import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import process_time
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_hostile import measured

from conftest import Answer, Command
from flows.frames import FINDINGS
from flows.report.csv_lines import join_windows
from order_files import many, nested, row, write
from orders import FULL, Row, checked, frame, lines, plain
from orders import PLAIN as SOUND
from validators import findings
from validators.check_orders import check_in_parts
from validators.findings import FOUND, MOST_FINDINGS, limit
from validators.order_model import MEMBERS

SERVICES, PHONE = "shippingPreferences.specialServices", "toAddress.phone"


def told(answer: Answer) -> list[dict[str, Any]]:
    """Every finding of the report, in its order."""
    csv.field_size_limit(1 << 30)
    path = Path(answer.batch["report"]) / "results.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return [found for line in csv.DictReader(file) for found in json.loads(line["findings"])]


# --- A cell --------------------------------------------------------------------------------------------------

WRONG_LISTS: dict[str, tuple[str, str, set[tuple[str, int]]]] = {  # column, cell, checks and their counts
    "entries of no service": (
        SERVICES,
        "[" + ",".join(['{"specialserviceId":7}'] * 100_000) + "]",
        {("is_text", 100_000), ("fits_entries", 99_980)},
    ),
    "blank entries": (
        SERVICES,
        "[" + ",".join(["{}"] * 8_000) + "]",
        {("holds_no_blank_entry", 8_000), ("fits_entries", 7_980)},
    ),
    "nested lists": (
        SERVICES,
        '[{"specialserviceId":"I","inputParameters":[' + ",".join(['{"name":1,"value":2}'] * 9_000) + "]}]",
        {("is_text", 9_000)},
    ),
    "metadata": (
        "metadata",
        "[" + ",".join(f'{{"n{n}":1}}' for n in range(100_000)) + "]",
        {("is_present", 100_000), ("is_known", 100_000), ("fits_entries", 99_950)},
    ),
    "addresses": (
        "additionalAddresses",
        "[" + ",".join(['{"countryCode":"x","name":7},1'] * 20_000) + "]",
        {("is_country", 20_000), ("is_text", 20_000), ("is_list", 20_000), ("fits_entries", 39_990)},
    ),
}


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_a_list_costs_what_it_weighs(
    name: str, command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    column, cell, counts = WRONG_LISTS[name]
    answer = command("run", "--direct", "--json", write(tmp_path / "a.csv", [row(**{column: cell})]))
    found = told(answer)
    assert {(f["check"], f["count"]) for f in found} == counts
    assert all(len(f.get("value", "")) <= 80 and f["column"] == column for f in found)
    assert (Path(answer.batch["report"]) / "results.csv").stat().st_size < 4_000
    kept = db.execute("select check_name, count from findings").fetchall()
    assert set(kept) == counts


def test_a_finding_stands_at_the_first_wrong_entry() -> None:
    cell = '[{"specialserviceId":"A"},{"specialserviceId":1},{"specialserviceId":"B"},{"specialserviceId":2}]'
    (hint, count) = checked(frame([SOUND | {SERVICES: cell}])).findings.select("hint", "count").row(0)
    assert (hint.partition(":")[0], count) == ("entry 2, specialserviceId", 2)


def test_a_value_is_cut_at_80_characters() -> None:
    for text, shown in (("x" * 80, "x" * 80), ("x" * 81, "x" * 79 + "…"), ("é" * 300, "é" * 79 + "…")):
        assert checked(frame([SOUND | {"charges.currency": text}])).findings["value"].to_list() == [shown]


def test_what_nobody_sees_is_named() -> None:
    rows = [SOUND | {PHONE: "206\u200b555\u202e0142\u200b", "items.itemId": "A\u3164"}]
    found = checked(frame(rows)).findings
    assert dict(found.select("column_name", "hint").rows()) == {
        PHONE: "Remove what nobody sees in it: U+200B ZERO WIDTH SPACE, U+202E RIGHT-TO-LEFT OVERRIDE.",
        "items.itemId": "Remove what nobody sees in it: U+3164 HANGUL FILLER.",
    }


# --- An order ------------------------------------------------------------------------------------------------

KINDS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz")), min_size=1, max_size=10)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.integers(0, 400), min_size=1, max_size=3), kinds=KINDS)
def test_an_order_has_a_thousand_findings_at_most(rows: list[int], kinds: list[tuple[str, str]]) -> None:
    found = cells(rows, sorted(set(kinds)))
    kept = limit(found)
    by = ["order", "column_name", "check_name"]
    for (order,), of_order in found.group_by("order"):
        told_of = kept.filter(pl.col("order") == order)
        assert told_of["count"].sum() == of_order.height
        assert told_of.height == min(of_order.height, MOST_FINDINGS)
        assert set(told_of.select(by).rows()) == set(of_order.select(by).rows())
        alone = told_of.filter(count=1).height
        first = [name for name in FOUND.names() if name not in ("count", "other rows")]
        assert (
            told_of[: min(alone, MOST_FINDINGS - 30)]
            .select(first)
            .equals(of_order[: min(alone, MOST_FINDINGS - 30)].select(first))
        )
    assert findings.rows_of(kept).sort().to_list() == found["row_number"].unique().sort().to_list()


def cells(rows: list[int], kinds: list[tuple[str, str]]) -> pl.DataFrame:
    """A finding of each kind on every row of orders of so many rows, in the order in which they are told."""
    places = pl.DataFrame(
        [(order, order * 1000 + at) for order, count in enumerate(rows) for at in range(count)],
        schema={"order": pl.UInt32, "row_number": pl.Int64},
        orient="row",
    )
    wrong_ones = pl.DataFrame(kinds, schema=["column_name", "check_name"], orient="row")
    known = {"severity": pl.lit("error"), "count": pl.lit(1, pl.Int32)}
    made = places.join(wrong_ones, how="cross", maintain_order="left_right").with_columns(**known)
    absent = (pl.lit(None, dtype).alias(name) for name, dtype in FOUND.items() if name not in made.columns)
    return made.with_columns(absent).select(FOUND.names())


def test_more_kinds_than_findings_share_one_a_check() -> None:
    kept = limit(cells([2], [(f"metadata.{n:04}", check) for n in range(1500) for check in "xy"]))
    assert (kept.height, kept["count"].sum()) == (1000, 6000)


def wrong(number: str, sku: str) -> Row:
    """A row in which every cell is wrong."""
    bad = {path: f"{sku}\x07" if m.kind == "text" else "no such" for path, m in MEMBERS.items()}
    return bad | {"orderNumber": number}


def test_rows_of_one_order_are_counted_all_the_same(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """Every row of 3,000 is wrong in an item's cell, none is held back; the other order is told as if it were alone."""
    rows = [row("A-1", items__quantity="0", items__itemId=f"{n}") for n in range(3000)]
    answer = command(
        "run", "--direct", "--json", write(tmp_path / "a.csv", [*rows, row("A-2", items__quantity="0")])
    )
    assert (answer.batch["rows"]["rejected"], answer.batch["rows"]["held_back"]) == (3001, 0)
    found = told(answer)
    assert [f["count"] for f in found] == [1] * 999 + [2001, 1]
    assert [f["row"] for f in found] == [*range(2, 1002), 3002]
    assert answer.batch["findings"] == {"errors": 1001, "warnings": 0}


# --- A chunk -------------------------------------------------------------------------------------------------


def test_parts_find_what_the_whole_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [wrong(f"B\x07{n}", f"s{item}") for n in range(5) for item in range(3)]
    orders += plain(*({"orderNumber": f"A-{n}", "toAddress.countryCode": "us"} for n in range(4)))
    orders += [
        FULL[0],
        FULL[1],
        *plain({"orderNumber": "C"}, {"orderNumber": "C", "toAddress.cityTown": "x"}),
    ]
    whole = checked(frame(orders))
    monkeypatch.setattr(findings, "AT_ONCE", 10)
    monkeypatch.setattr("validators.check_orders.AT_ONCE", 10)
    assert len(list(check_in_parts(frame(orders)))) > 5
    parts = checked(frame(orders))
    by = ["row_number", "item", "column_name", "check_name"]
    assert parts.findings.sort(by).equals(whole.findings.sort(by))
    assert lines(parts.findings) == lines(whole.findings)
    assert parts.heads.equals(whole.heads)
    assert parts.items.equals(whole.items)
    assert parts.wrong_rows.sort().equals(whole.wrong_rows.sort())
    assert parts.plain <= whole.plain


@pytest.mark.parametrize("way", [("run", "--direct"), ("check",)])
def test_every_cell_of_many_rows_may_be_wrong(
    way: tuple[str, ...], environment: None, tmp_path: Path
) -> None:
    """Before, each thousand of them took 170 MB."""
    path = write(tmp_path / "every.csv", [wrong(f"A\x07{n}", "x") for n in range(4_000)])
    answer, peak = measured(*way, "--json", path)
    (batch,) = answer["batches"]
    assert batch["orders"]["rejected"] == 4_000
    found = told(Answer(status=1, out=json.dumps(answer), err=""))
    assert len(found) == sum(batch["findings"].values())
    rows = [f["row"] for f in found]
    assert rows == sorted(rows)
    assert len(set(rows)) == 4_000
    assert peak < 700 << 20


# --- Entries of nested lists -----------------------------------------------------------------------------------


def test_null_and_blank_entries_of_a_nested_parquet_are_told(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """R25: of the items and of the lists that are one column; and what stands beside them is loaded."""
    sound = nested(many(2)[1:2])
    (order,) = sound.to_dicts()
    item, entry = order["items"][0], order["metadata"][0]
    order["items"] = [None, item, dict.fromkeys(item)]
    order["metadata"] = [None, entry, dict.fromkeys(entry)]
    pl.DataFrame([order], schema=sound.schema).write_parquet(tmp_path / "a.parquet")
    answer = command("run", "--direct", "--json", tmp_path / "a.parquet")
    assert (answer.batch["status"], answer.batch["items"]) == ("loaded", 1)
    assert {(f["column"], f["check"], f["severity"], f["count"]) for f in told(answer)} == {
        ("items.itemId", "holds_no_blank_entry", "warning", 2),
        ("metadata", "holds_no_blank_entry", "warning", 2),
    }
    assert db.execute("select metadata from orders").fetchall() == [([entry],)]


def test_thousands_of_wrong_columns_take_no_more_than_seconds() -> None:
    """P17; each by itself, it was a minute and more for every five orders."""
    wrong = [pl.lit("a\x01b").alias(f"metadata.m{at:04}") for at in range(4_900)]
    rows = frame([SOUND | {"orderNumber": f"A-{n}"} for n in range(40)]).with_columns(wrong)
    began = process_time()
    parts = list(check_in_parts(rows))
    assert process_time() - began < 30
    told = pl.concat(part.findings for part in parts)
    assert told.height == 40 * MOST_FINDINGS
    assert told["count"].sum() == 40 * (4_900 + 1)  # and that there are too many


# --- Joined with their orders again, some at a time ----------------------------------------------------------


def in_frames(rows: pl.DataFrame, sizes: list[int]) -> Iterator[pl.DataFrame]:
    """The rows in frames of these sizes, over and over; none is empty."""
    at, each = 0, cycle(sizes)
    while at < rows.height:
        size = next(each)
        yield rows[at : at + size]
        at += size


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=300, deadline=None)
@given(counts=st.lists(st.integers(0, 5), min_size=1, max_size=9), rows=SIZES, findings_of=SIZES)
def test_no_finding_is_lost_wherever_the_streams_are_cut(
    counts: list[int], rows: list[int], findings_of: list[int]
) -> None:
    """So many findings on each order; each window has its orders' own, and all of them."""
    orders = pl.DataFrame({"first_row": range(len(counts))})
    wanted = [(at, n) for at, count in enumerate(counts) for n in range(count)]
    each = pl.DataFrame(wanted, schema=["first_row", "row_number"], orient="row")
    every = pl.concat([FINDINGS.to_frame(), each], how="diagonal_relaxed").cast(dict(FINDINGS))
    windows = [*join_windows(in_frames(orders, rows), in_frames(every, findings_of), "first_row")]
    assert [at for window, _ in windows for at in window["first_row"]] == list(range(len(counts)))
    found = [row for _, told_of in windows for row in told_of.select("first_row", "row_number").rows()]
    assert found == wanted
    assert all({*told_of["first_row"]} <= {*window["first_row"]} for window, told_of in windows)
