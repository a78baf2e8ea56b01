"""The fix file of a JSON batch that comes back: its columns are our own, whatever its source's other files look like."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from test_fix_file import table

from conftest import Command, created
from flows.database import rejected_rows
from json_orders import Order, lines, order
from order_files import csv_text, write

# --- A source's settings -----------------------------------------------------------------------------------------

SETTINGS = {  # of the source's other files: the settings, and members of an order that they would change
    "another number form": ('decimal = ","\nthousands = "."', {"items.unitPrice": 1.234}),
    "hundredths": ('cells = { "items.unitPrice" = { shift = -2 } }', {"items.unitPrice": 1999}),
    "values": ('cells = { "toAddress.name" = { values = { Ann = "Bob" } } }', {"toAddress.name": "Ann"}),
    "rows skipped": ('skip_rows = [{ column = "Sort", is = ["x"] }]', {"Sort": "x"}),
    "orders skipped": ('skip_orders = [{ column = "Sort", is = ["x"] }]', {"Sort": "x"}),
    "a column": ('columns = { "No" = "orderNumber" }', {"No": "77"}),
    "a fallback": ('[[sources.shop.fallback]]\nwhere = ["Gone"]\ntake = ["toAddress.name"]', {"Gone": "x"}),
    "an order's number of another form": ('decimal = ","', {"orderNumber": "1.234"}),
}
STORED = "select order_number, to_address_name, unit_price::text from orders join order_items using (order_key) order by 1"


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("first", [("run", "--direct"), ("check",)])
def test_of_a_source_only_what_fills_in_applies_to_it(
    send: Any, command: Command, db: psycopg.Connection, case: str, first: tuple[str, ...]
) -> None:
    """Also in a second round, after replays, and where the first was a dry run: stored is what the JSON says."""
    settings, members = SETTINGS[case]
    edits = {path.replace(".", "__"): value for path, value in members.items()}
    assert send(settings, lines([order(**{"number": "J-1", **edits})]), name="sound.jsonl").status == 0
    expected = db.execute(STORED).fetchall()
    assert expected
    db.execute("truncate orders, batches cascade")
    bad = order(**{"number": "J-1", **edits}, toAddress__countryCode="XX")
    answer = send(settings, lines([bad]), *first, name="a.jsonl")
    for place in ("again", "twice"):
        answer = send(settings, csv_text(table(answer)), name=f"{place}.csv")
        assert answer.batch["orders"]["rejected"] == 1, answer.batch
        for _ in range(2):
            answer = command("replay", "--json", answer.batch["batch_id"])
            assert answer.batch["orders"]["rejected"] == 1, answer.batch
    (cells,) = table(answer)
    last = send(settings, csv_text([cells | {"toAddress.countryCode": "US"}]), name="mended.csv")
    assert (last.status, last.batch["orders"]["created"], last.batch["notes"]) == (0, 1, []), last.batch
    assert db.execute(STORED).fetchall() == expected


@pytest.mark.parametrize("case", ["a column", "hundredths"])
def test_it_is_held_against_what_the_json_said(
    send: Any, command: Command, db: psycopg.Connection, case: str
) -> None:
    """By its own names (R27), also against the rows of a replay."""
    settings, members = SETTINGS[case]
    edits = {path.replace(".", "__"): value for path, value in members.items()}
    answer = send(settings, lines([order("0012", **edits, toAddress__countryCode="XX")]), name="a.jsonl")
    for _ in range(2):
        (cells,) = table(answer)
        altered = [cells | {"toAddress.countryCode": "US", "orderNumber": "12"}]
        reasons = send(settings, csv_text(altered), "check", name="altered.csv").reasons()
        assert {(2, "orderNumber", "is_the_same_order")} <= reasons
        answer = command("replay", "--json", answer.batch["batch_id"])


def test_rows_of_json_and_of_other_files_are_not_put_together(send: Any, db: psycopg.Connection) -> None:
    """They are read by other rules, so nobody could read both."""
    (told,) = table(send("", lines([order("J-1", toAddress__countryCode="XX")]), name="a.jsonl"))
    both = told | {"import_batch": ""}
    answer = send("", csv_text([both]), name="both.csv")
    assert (answer.status, answer.batch["status"]) == (3, "refused")
    assert "import_batch and import_json_batch" in str(answer.batch["reason"])


# --- Orders without a number, and records that are none ----------------------------------------------------------

ODD_NUMBERS = {
    "twice": '{"orderNumber": "A-1", ',
    "an object": '{"orderNumber": {"a": 1}, ',
    "a list": '{"orderNumber": ["A-1"], ',
}


@pytest.mark.parametrize("case", ODD_NUMBERS)
def test_orders_whose_number_cannot_be_taken_are_not_one_order(
    command: Command, db: psycopg.Connection, tmp_path: Path, case: str
) -> None:
    """Each is told by itself, also when the fix file comes back as it is, and in a replay."""
    sound = lines([order("A-2")]).strip()
    rest = sound[1:] if case == "twice" else sound.replace('"orderNumber": "A-2", ', "", 1)[1:]
    text = (ODD_NUMBERS[case] + rest + "\n") * 3
    answer = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.jsonl", text))
    assert answer.batch["orders"]["rejected"] == 3
    wrong = {"is_one_row", "is_once_in_order", "agrees_in_order"}
    for _ in range(2):
        assert not wrong & {check for _, _, check in answer.reasons()}
        assert db.execute("select distinct order_number from order_results").fetchall() == [(None,)]
        replayed = command("replay", "--json", answer.batch["batch_id"])
        assert (replayed.batch["orders"], replayed.reasons()) == (answer.batch["orders"], answer.reasons())
        as_it_is = write(tmp_path / "sent" / "as_it_is.csv", csv_text(table(answer)))
        answer = command("run", "--direct", "--json", as_it_is)
        assert answer.batch["orders"]["rejected"] == 3
    summary = json.loads((answer.fix_file.parent / "summary.json").read_text())
    assert (summary["since"]["open_without_number"], summary["since"]["open_orders"]) == (3, [])


def test_a_record_that_is_none_holds_no_order_back(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """It can be no row of the one above; a row of that one, and a new one, may be, and then it lacks them."""
    two = order("A-1", toAddress__countryCode="XX")
    two["items"].append({"itemId": "SKU-2", "quantity": 1})
    sent = write(tmp_path / "sent" / "a.jsonl", lines([two, "{", "["]))
    told = table(command("run", "--direct", "--json", sent))
    mended = [told[0] | {"toAddress.countryCode": "US"}, told[1] | {"toAddress.countryCode": "US"}]
    for row, lost in (("2", {"orderNumber": ""}), ("0", {"orderNumber": "", "import_row": ""})):
        torn = (
            [mended[0], *told[2:], mended[1] | lost]
            if row == "0"
            else [mended[0], mended[1] | lost, *told[2:]]
        )
        answer = command("check", "--json", write(tmp_path / "sent" / "torn.csv", csv_text(torn)))
        assert (2, "orderNumber", "has_all_its_rows") in answer.reasons()
    answer = command(
        "run", "--direct", "--json", write(tmp_path / "sent" / "mended.csv", csv_text([*mended, *told[2:]]))
    )
    assert created(db) == {"A-1"}
    assert "has_all_its_rows" not in {check for _, _, check in answer.reasons()}


# --- Blank entries of a list -------------------------------------------------------------------------------------


def with_items(number: str, *ids: str) -> Order:
    """An order in whose list a blank entry stands before these items."""
    return order(number) | {"items": [None, *({"itemId": each, "quantity": 1} for each in ids)]}


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
@pytest.mark.parametrize("fetch", [1_000, 2])
def test_blank_entries_are_no_items_when_it_is_held_against_them(
    command: Command,
    db: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    fetch: int,
) -> None:
    """The finding on the second item is none on the first one, also where it is fetched in parts."""
    monkeypatch.setattr(rejected_rows, "FIRST", fetch)
    long = "0" * 48 + "123"
    sent = [with_items("A-1", "B", long), with_items("A-2", "0012", "1E+05")]
    file = write(tmp_path / "sent" / name, lines(sent))
    if name == "a.parquet":
        pl.DataFrame(sent).write_parquet(file)
    told = table(command("run", "--direct", "--json", file))
    edits = {"0012": "12", "1E+05": "100000", long: "123"}
    mended = [
        cells | {"items.itemId": edits.get(cells["items.itemId"], cells["items.itemId"])} for cells in told
    ]
    answer = command("check", "--json", write(tmp_path / "sent" / "mended.csv", csv_text(mended)))
    told = {reason for reason in answer.reasons() if reason[2] != "names_an_item"}
    assert told == {(6, "items.itemId", "is_as_it_was")}
