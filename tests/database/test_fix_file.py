"""The fix file that comes back from a spreadsheet: read whatever it made of it, and held against the rows that were kept."""

import csv
import re
from pathlib import Path
from typing import Any, LiteralString, cast

import polars as pl
import psycopg
import pytest

from conftest import Answer, Command
from flows.database.rejected_rows import find_errors, find_rows_of_orders
from flows.fix_file import NO_CELL
from flows.fix_file.restore import mark_missing_cells
from json_orders import lines, order
from order_files import PLAIN, csv_text, row, write


def table(answer: Answer, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of its fix file."""
    with answer.fix_file.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def mended(rows: list[dict[str, str]], **cells: str) -> list[dict[str, str]]:
    """The rows with these cells on each; a quantity that is no number is mended too."""
    edits = {path.replace("__", "."): cell for path, cell in cells.items()}
    return [cells | {"items.quantity": cells["items.quantity"].replace("x", "5")} | edits for cells in rows]


# --- What a spreadsheet writes ---------------------------------------------------------------------------------

HABITS = {
    "semicolons": lambda rows: csv_text(rows, delimiter=";"),
    "tabs": lambda rows: csv_text(rows, delimiter="\t"),
    "bars": lambda rows: csv_text(rows, delimiter="|"),
    "commas": csv_text,
    "a mark, CRLF": lambda rows: "\ufeff" + csv_text(rows, delimiter=";", end="\r\n"),
    "every cell in quotes": lambda rows: csv_text(rows, delimiter=";", quoted=True),
    "blank columns behind": lambda rows: csv_text(rows, delimiter=";").replace("\n", ";;;\n"),
    "names in capitals": lambda rows: csv_text(rows, delimiter=";").replace("import_row", "IMPORT_ROW"),
}


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", ":"])
def test_it_is_read_whatever_stands_between_its_cells(
    command: Command,
    db: psycopg.Connection,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    habit: str,
    delimiter: str,
) -> None:
    """What its source's own files have there says nothing of it."""
    monkeypatch.setenv(
        "ORDER_IMPORT_SOURCES", str(write(data / "s.toml", f"[sources.default]\ndelimiter = '{delimiter}'"))
    )
    rows = [row("A-1", items__quantity="x", toAddress__addressLine1="1, Rue; d'|\tici: 2"), row("A-2")]
    first = command("run", "--direct", "--json", write(data / "x.csv", csv_text(rows, delimiter=delimiter)))
    told = table(first, delimiter if delimiter != ":" else ",")
    assert list(told[0])[-3:] == ["import_batch", "import_row", "import_findings"]
    assert (told[0]["import_batch"], told[0]["import_row"]) == (first.batch["batch_id"], "2")
    text = HABITS[habit](mended(told))
    for words in (("check", "--json"), ("run", "--direct", "--json")):
        answer = command(*words, write(data / "mended.csv", text))
        assert (answer.status, answer.batch["orders"]["created"]) == (0, 1), answer.batch["reason"]
    stored = "select to_address_address_line1, quantity from orders join order_items using (order_key) where order_number = 'A-1'"
    assert db.execute(stored).fetchall() == [("1, Rue; d'|\tici: 2", 5)]


def test_a_name_in_a_cell_makes_no_fix_file(command: Command, db: psycopg.Connection, data: Path) -> None:
    rows = [
        row("A-1", items__description="import_row;import_row"),
        row("A-2", items__description="import_row"),
    ]
    answer = command("run", "--direct", "--json", write(data / "x.csv", rows))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 2)


# --- Held against the rows that were kept (R27) ----------------------------------------------------------------

BAD = {"items__quantity": "x"}
"""Holds an order back; `mended` mends it."""

ZEROS = row("000124", items__itemId="00012", customerInfo__customerId="007", toAddress__postalCode="01067", toAddress__countryCode="DE", toAddress__stateProvince="", fromAddress__countryCode="DE",
            shippingPreferences__parcelId="123456789012345678", **BAD)  # fmt: skip
ALTERED = {
    "orderNumber": ("124", "is_the_same_order"),
    "items.itemId": ("12", "is_as_it_was"),
    "customerInfo.customerId": ("07", "is_as_it_was"),
    "toAddress.postalCode": ("1067", "is_as_it_was"),
    "shippingPreferences.parcelId": ("1,23457E+17", "is_as_it_was"),
}


def sent(command: Command, data: Path, rows: list[dict[str, str]], *words: str) -> Answer:
    """What comes of a file of these rows, which none was before."""
    number = len(list(data.glob("sent*.csv")))
    return command(*(words or ("run", "--direct")), "--json", write(data / f"sent{number}.csv", rows))


@pytest.mark.parametrize("column", ALTERED)
def test_what_a_spreadsheet_has_altered_is_an_error_until_it_is_as_it_was(
    command: Command, db: psycopg.Connection, data: Path, column: str
) -> None:
    """In every round, also when nobody looks at what was told of the last one; and in a dry run and a replay."""
    text, check = ALTERED[column]
    answer = sent(command, data, [ZEROS, row("A-2")])
    altered = mended(table(answer))[0] | {column: text}
    for _ in range(3):
        assert sent(command, data, [altered], "check").reasons() == {(2, column, check)}
        answer = sent(command, data, [altered])
        assert (answer.status, answer.batch["orders"]["created"]) == (1, 0)
        assert answer.reasons() == {(2, column, check)}
        assert answer.batch["notes"] == []
        replayed = command("replay", "--json", answer.batch["batch_id"])
        assert replayed.reasons() == {(2, column, check)}
        (altered,) = table(replayed)
        assert altered[column] == text
        assert f"It was {ZEROS[column]} " in altered["import_findings"]
    answer = sent(command, data, [altered | {column: ZEROS[column]}])
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)


def test_another_order_number_is_an_error(command: Command, db: psycopg.Connection, data: Path) -> None:
    """Also one that the row above has, as where somebody has drawn a cell down; a blank one has an error of its own."""
    told = mended(
        table(sent(command, data, [row(f"A-{n}", items__itemId=f"SKU-{n}", **BAD) for n in (1, 2, 3)]))
    )
    answer = sent(command, data, [told[0], told[1] | {"orderNumber": "A-1"}, told[2] | {"orderNumber": ""}])
    assert answer.reasons() == {
        (2, "orderNumber", "has_all_its_rows"),
        (3, "orderNumber", "is_the_same_order"),
        (4, "orderNumber", "is_present"),
    }


FREE = {  # the row, and what a person makes of it
    "a number that was wrong": (row("A" * 51, **BAD), {"orderNumber": "A-1"}),
    "an id that was wrong": (row("A-1", items__itemId="0" * 51 + "1", **BAD), {"items.itemId": "1"}),
    "another id": (row("A-1", items__itemId="00012", **BAD), {"items.itemId": "00013"}),
    "more zeros": (row("A-1", items__itemId="12", **BAD), {"items.itemId": "00012"}),
    "spaces": (row("0012 ", items__itemId=" 00012", **BAD), {"orderNumber": "0012", "items.itemId": "00012"}),
    "an exponent that it was": (row("A-1", shippingPreferences__parcelId="1.5E+17", **BAD), {"shippingPreferences.parcelId": "1.6E+17"}),
    "a new row": (row("000124", **BAD), {"import_row": "", "orderNumber": "124"}),
}  # fmt: skip


@pytest.mark.parametrize("case", FREE)
def test_what_a_person_may_change(command: Command, db: psycopg.Connection, data: Path, case: str) -> None:
    bad, edits = FREE[case]
    (told,) = mended(table(sent(command, data, [bad])))
    answer = sent(command, data, [told | edits])
    assert (answer.status, answer.batch["orders"]["created"], answer.batch["notes"]) == (0, 1, [])


def test_a_row_of_another_length_is_free(command: Command, db: psycopg.Connection, data: Path) -> None:
    """Nobody knows which of its cells is which."""
    header, *lines = csv_text([ZEROS]).splitlines()
    write(data / "x.csv", "\n".join([header, lines[0] + ",x"]))
    answer = command("run", "--direct", "--json", data / "x.csv")
    header, line = answer.fix_file.read_text().splitlines()
    right = line.replace(",x,", ",5,", 1).replace(",x,", ",").replace("000124", "124")
    answer = command("run", "--direct", "--json", write(data / "y.csv", f"{header}\n{right}\n"))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)


def test_a_number_that_another_order_has_may_become_another_but_lose_no_zeros(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    first = [row("000124"), row("000124", items__itemId="B"), row("000125")]
    assert sent(command, data, first).status == 0
    other = [cells | {"toAddress.cityTown": "Salem"} for cells in first]
    told = table(sent(command, data, other))
    assert [cells["import_findings"].split(":")[0] for cells in told] == [
        "orderNumber is_new",
        "held back",
        "orderNumber is_new",
    ]
    lost = [cells | {"orderNumber": cells["orderNumber"].lstrip("0")} for cells in told]
    answer = sent(command, data, lost)
    assert answer.reasons() == {(at, "orderNumber", "is_the_same_order") for at in (2, 3, 4)}
    renamed = [cells | {"orderNumber": f"{cells['orderNumber']}-B"} for cells in told]
    assert sent(command, data, renamed).batch["orders"]["created"] == 2


def nested(rows: list[dict[str, str]]) -> pl.DataFrame:
    """The orders, a row each, with their items in a list."""
    items = [name for name in rows[0] if name.startswith("items.")]
    struct = pl.struct(pl.col(name).alias(name.removeprefix("items.")) for name in items)
    heads = (pl.col(name).first() for name in rows[0] if name not in (*items, "orderNumber"))
    return pl.DataFrame(rows).group_by("orderNumber", maintain_order=True).agg(*heads, items=struct)


def test_each_reason_of_a_nested_order_stands_on_the_line_that_it_is_about(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """What is of the whole order once, on its first line; a blank entry of the list is no item."""
    blank = dict.fromkeys((name for name in PLAIN if name.startswith("items.")), "")
    rows = [
        row("A-1", items__itemId="a", toAddress__countryCode="xx"),
        row("A-1") | blank,
        row("A-1", items__itemId="b", items__quantity="0"),
        row("A-1", items__itemId="c", items__quantity="x", items__unitPrice="-1"),
        row("B-1", items__itemId="d", items__quantity="0"),
    ]
    data.mkdir(parents=True)
    nested(rows).write_parquet(data / "x.parquet")
    answer = command("run", "--direct", "--json", data / "x.parquet")
    checks = [re.findall(r"(?:^| \| )(\S+ [a-z_]+):", cells["import_findings"]) for cells in table(answer)]
    first, *others = checks
    assert others == [
        ["held back"],
        ["items.quantity is_in_range"],
        ["items.quantity is_integer", "items.unitPrice is_in_range"],
        ["items.quantity is_in_range"],
    ]
    assert "toAddress.countryCode is_country" in first
    assert not [reason for reason in first if reason.startswith("items.quantity")]


def errors(answer: Answer) -> set[tuple[int, str | None, str]]:
    """Its reasons without the warning that an item stands twice."""
    return {reason for reason in answer.reasons() if reason[2] != "is_once_in_order"}


def nested_twice(path: Path) -> Path:
    """A nested file in which one order number stands on two rows, beside an order that is right."""
    orders = nested([row("A-1", items__itemId="00011"), row("A-1", items__itemId="00012"), row("B-1")])
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.concat([orders, orders.head(1)]).write_parquet(path)
    return path


def test_a_nested_order_that_stood_on_two_rows_is_not_doubled(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Its flat rows come back as they are, any number of times, and in a replay; then without those of one of the two."""
    answer = command("run", "--direct", "--json", nested_twice(data / "x.parquet"))
    assert errors(answer) == {(1, "orderNumber", "is_one_row")}
    for _ in range(3):
        told = table(answer)
        answer = sent(command, data, told)
        assert errors(answer) == {(2, "orderNumber", "is_one_row")}
        assert command("replay", "--json", answer.batch["batch_id"]).reasons() == answer.reasons()
    assert [cells["import_row"] for cells in told] == ["2", "3", "4", "5"]
    altered = [cells | {"items.itemId": cells["items.itemId"].lstrip("0")} for cells in told[:2]]
    reasons = {(2, "items.itemId", "is_as_it_was"), (3, "items.itemId", "is_as_it_was")}
    assert errors(sent(command, data, altered)) == reasons
    added = told[0] | {"import_row": "", "items.itemId": "C"}
    answer = sent(command, data, [*told[:2], added])
    assert (answer.status, answer.batch["orders"]["created"], answer.batch["items"]) == (0, 1, 3)


def test_an_item_of_a_nested_order_that_lost_its_zeros_is_not_taken_for_another(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Where the order has an item of that id too; as often as it came with it, it may come back."""
    ids = ("12", "00012", "12")
    nested([row("A-1", items__itemId=cell, **BAD) for cell in ids]).write_parquet(data.parent / "x.parquet")
    told = mended(table(command("run", "--direct", "--json", data.parent / "x.parquet")))
    answer = sent(command, data, [cells | {"items.itemId": "12"} for cells in told])
    for _ in range(2):
        assert errors(answer) == {(at, "items.itemId", "is_as_it_was") for at in (2, 3, 4)}
        again = table(answer)
        assert "It was 00012 " in again[1]["import_findings"]
        answer = sent(command, data, again)
    again[0]["items.itemId"] = "00012"  # nobody knows which one it was, and nobody needs to
    assert sent(command, data, [again[2], again[0], again[1]]).batch["items"] == 3
    assert db.execute("select count(*) from order_items where item_id = '00012'").fetchone() == (1,)


def test_rows_of_two_nested_orders_are_not_put_together(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Not even where both numbers had to be mended."""
    nested([row("A" * 51), row("A" * 52)]).write_parquet(data.parent / "x.parquet")
    told = table(command("run", "--direct", "--json", data.parent / "x.parquet"))
    answer = sent(command, data, [cells | {"orderNumber": "A-1"} for cells in told])
    assert errors(answer) == {(2, "orderNumber", "is_one_row")}


def test_it_is_noted_where_nothing_is_kept(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fix file of a dry run, of another source, of an older program; and where there is no database."""
    dry = sent(command, data, [ZEROS], "check")
    (of_dry,) = mended(table(dry))
    (told,) = mended(table(sent(command, data, [ZEROS])))
    lost = told | {"orderNumber": "124"}
    old = {name: cell for name, cell in lost.items() if name != "import_batch"}
    for at, cells in enumerate((of_dry | {"import_batch": "0" * 20}, old, lost | {"import_row": "9"})):
        answer = sent(command, data, [cells | {"orderNumber": f"12{at}"}])
        assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)
        (note,) = answer.batch["notes"]
        assert note.startswith("This is a fix file. Of its rows 1 could not be held against")
    answer = sent(command, data, [lost], "run", "--direct", "--source", "other")
    assert (answer.status, len(answer.batch["notes"])) == (0, 1)
    assert sent(command, data, [lost], "check").batch["notes"] == []
    monkeypatch.delenv("ORDER_IMPORT_DATABASE_URL")
    answer = sent(command, data, [lost], "check")
    assert (answer.status, answer.batch["notes"][0][:45]) == (
        0,
        "This is a fix file. Without a database its ro",
    )


CAME_BACK = {  # which of an order's rows came back, of which the first was wrong; and whether it is an order again
    "all": ([0, 1, 2, 3], True),
    "all, in another order": ([3, 1, 2, 0], True),
    "without the one that was wrong": ([1, 2, 3], True),
    "the one that was wrong alone": ([0, 3], False),
    "without a sound one": ([0, 2, 3], False),
    "a sound one alone": ([1, 3], False),
}


@pytest.mark.parametrize("case", CAME_BACK)
def test_an_order_whose_sound_rows_did_not_come_back_is_held_back_once(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Who sends only the faulty rows would lose the others of their orders; who means it sends what came of it as it is."""
    at, whole = CAME_BACK[case]
    items = [
        row("A-1", **BAD),
        row("A-1", items__itemId="B"),
        row("A-1", items__itemId="C"),
        row("A-2", **BAD),
    ]
    first = sent(command, data, items)
    told = mended(table(first))
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "1")
    answer = sent(command, data, [told[each] for each in at])
    assert answer.batch["orders"] == {
        "created": 1 + whole,
        "unchanged": 0,
        "rejected": 1 - whole,
        "warned": 0,
    }
    if not whole:
        assert {check for _, _, check in answer.reasons()} == {"has_every_kept_row"}
        absent = ", ".join(str(each + 2) for each in range(3) if each not in at and each)
        assert f"(of batch {first.batch['batch_id']}: {absent})" in table(answer)[0]["import_findings"]
        replayed = command("replay", "--json", answer.batch["batch_id"])
        assert replayed.reasons() == answer.reasons()
        assert command("run", "--direct", "--json", answer.fix_file).batch["orders"]["created"] == 1
        stored = "select count(*) from orders join order_items using (order_key) where order_number = 'A-1'"
        assert db.execute(stored).fetchall() == [(len(at) - 1,)]


def test_rows_of_an_order_that_became_two_are_all_there(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    bad = row("A" * 51, **BAD)
    told = mended(table(sent(command, data, [bad, bad | {"items.itemId": "B"}])))
    split = [cells | {"orderNumber": number} for cells, number in zip(told, ("A-1", "A-2"), strict=True)]
    assert sent(command, data, split).batch["orders"]["created"] == 2


@pytest.mark.parametrize("form", ["rejected.csv", "rejected.xlsx", "json"])
def test_a_fix_file_of_another_source_is_told_by_its_name(
    command: Command, db: psycopg.Connection, data: Path, form: str
) -> None:
    """An order is there for both once somebody sends it again as it was meant."""
    bad, of_json = row("A-1", **BAD), lines([order(**BAD)])
    file = write(data / "x.jsonl", of_json) if form == "json" else write(data / "x.csv", [bad])
    first = command("run", "--direct", "--json", "--source", "shop", file)
    fixed = first.fix_file.with_name("rejected.csv" if form == "json" else form)
    said = "This is a fix file of the source shop, and its orders are of {} now: sent as shop too, they are there"
    for source, words in (("default", ("check",)), ("other", ("run", "--direct", "--source", "other"))):
        (note,) = command(*words, "--json", fixed).batch["notes"]
        assert note.startswith(said.format(source))
    assert command("run", "--direct", "--json", "--source", "shop", fixed).batch["notes"] == []
    (told,) = mended(table(first))
    named = "import_json_batch" if form == "json" else "import_batch"
    answer = sent(command, data, [{name: cell for name, cell in told.items() if name != named}])
    assert (answer.batch["orders"]["created"], "of the source shop" in str(answer.batch["notes"])) == (
        1,
        False,
    )


def test_chunks_and_places_change_nothing(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of orders apart, in any order; some altered, some not, of several batches."""
    bad = [row(f"00{n % 7}", items__itemId=f"000{n}", **BAD) for n in range(40)]
    told = mended(table(sent(command, data, bad[:21])) + table(sent(command, data, bad[21:])))
    lost = [
        cells | {"items.itemId": cells["items.itemId"].lstrip("0")} if at % 3 else cells
        for at, cells in enumerate(told)
    ]
    lost = [cells | {"orderNumber": "6"} if cells["orderNumber"] == "006" else cells for cells in lost]
    mixed = [lost[(n * 17) % len(lost)] for n in range(len(lost))]
    seen = []
    for rows in ("1", "4", "50000"):
        monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", rows)
        seen.append(sent(command, data, mixed, "check").reasons())
    assert seen[0] == seen[1] == seen[2]
    assert {(at, "items.itemId", "is_as_it_was") for at, cells in enumerate(mixed, start=2) if cells["items.itemId"][0] != "0"} <= seen[0]  # fmt: skip
    assert len([1 for _, _, name in seen[0] if name == "is_the_same_order"]) == sum(cells["orderNumber"] == "6" for cells in mixed)  # fmt: skip


def test_a_header_with_gaps_that_stands_there_again_is_only_to_be_removed() -> None:
    rows = pl.DataFrame(
        {
            "0": ["orderNumber", "A-1"],
            "1": [NO_CELL, NO_CELL],
            "fault": ["is_no_header", None],
            "fault_hint": ["Remove this row.", None],
        }
    )
    marked = mark_missing_cells(rows, 2)
    assert marked["fault"].to_list() == ["is_no_header", "is_mended"]
    assert marked["fault_hint"][0] == "Remove this row."


class Explained:
    """Answers a query by the server's plan for it."""

    def __init__(self, db: psycopg.Connection) -> None:
        self._db, self.transaction = db, db.transaction

    def execute(self, query: LiteralString, asked: Any = None) -> psycopg.Cursor[Any]:
        return self._db.execute(f"explain {query}" if "select" in query else query, asked)


def test_of_tables_that_were_just_filled_nothing_is_looked_for_among_all(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Nobody has statistics of them yet; 150,000 rows that came back took the server a minute more."""
    batch = sent(command, data, [row("A-1", **BAD)]).batch["batch_id"]
    explained = cast(psycopg.Connection, Explained(db))
    plans = [
        find_errors(explained, batch, [1, 2], ["orderNumber"]),
        find_rows_of_orders(explained, batch, "default", [1, 2]),
    ]
    for plan in plans:
        said = "\n".join(line for (line,) in plan)
        assert "on findings" in said
        assert "Join Filter" not in said
        assert "SubPlan" not in said
