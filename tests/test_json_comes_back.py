"""The fix file of a JSON batch that comes back: its columns are our own, whatever its source's other files look like."""

from typing import Any

import psycopg
import pytest

from conftest import Command
from json_orders import lines, order
from order_files import csv_text
from test_fix_file import table

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
