"""The fix file as a workbook: what is seen in it, and that it comes back as the CSV does, whatever a spreadsheet made of it."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_inert import PAYLOADS

from conftest import Answer, Command, created
from flows.fix_file import FIX_COLUMNS, fitting_orders
from order_files import csv_text, row, write
from workbooks import by_hand, read, rows_by_hand, send_rows, workbook

RUN = ("run", "--direct", "--json")


def of(answer: Answer) -> Path:
    """The workbook of an answer."""
    return answer.fix_file.with_suffix(".xlsx")


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


# --- What is seen ---------------------------------------------------------------------------------------------

FAULTY = [
    row("A-1", items__quantity="x", items__description="long " * 10),
    row("A-1", items__itemId="SKU-2"),
    row("A-2"),
    row("A-3", toAddress__countryCode="USA"),
]


def test_faulty_cells_are_coloured_and_explained(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    answer = command(*RUN, write(data / "x.csv", FAULTY))
    header, *rows = read(of(answer).read_bytes())
    assert header[:4] == ["import_findings", "import_row", "import_batch", "orderNumber"]
    assert [cells[1] for cells in rows] == ["2", "3", "5"]
    assert " | items.quantity is_integer: " in rows[0][0]
    notes = dict(
        re.findall(
            r'<comment ref="([A-Z]+[0-9]+)".*?<t>(.*?)</t>', part(of(answer), "xl/comments1.xml"), re.S
        )
    )
    names = {
        header[_column(at)]: (int(re.sub("[A-Z]", "", at)), text.split(":")[0]) for at, text in notes.items()
    }
    assert names == {
        "items.quantity": (2, "is_integer"),
        "items.description": (2, "fits_label"),
        "toAddress.countryCode": (4, "is_country"),
    }
    looks = _looks(of(answer))
    assert looks["A3"] == looks["D3"] == looks["E3"] == {"FFE7E6E6"}  # held back, its blank cells too
    assert {at for at, fill in looks.items() if fill == {"FFF8CBAD"}} == {at for at in notes if at != "V2"}
    assert {at for at, fill in looks.items() if fill == {"FFFFE699"}} == {at for at in notes if at == "V2"}


def _column(place: str) -> int:
    number = 0
    for letter in re.sub("[0-9]", "", place):
        number = number * 26 + ord(letter) - 64
    return number - 1


def _looks(path: Path) -> dict[str, set[str]]:
    """The fill of each cell that has one."""
    styles = part(path, "xl/styles.xml")
    fills = [
        set(re.findall(r'fgColor rgb="(\w+)"', fill)) for fill in re.findall(r"<fill>.*?</fill>", styles)
    ]
    cells = re.findall(r'<xf [^>]*fillId="(\d+)"', styles.partition("<cellXfs")[2].partition("</cellXfs")[0])
    of_cells = re.findall(r'<c r="(\w+)" s="(\d+)"', part(path, "xl/worksheets/sheet1.xml"))
    return {at: fills[int(cells[int(style)])] for at, style in of_cells}


def test_it_is_text_alone_and_its_owners_alone_and_always_the_same(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    rows = [row(f"N{at}", items__description=text, items__quantity="0") for at, text in enumerate(PAYLOADS)]
    answer = command(*RUN, write(data / "x.csv", rows))
    path = of(answer)
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert set(re.findall(r'<c [^>]*t="(\w+)"', sheet)) == {"inlineStr"}
    assert not re.findall(r"<f[ >]|<v[ >]|hyperlink", sheet)
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    assert set(
        re.findall(
            r'numFmtId="(\d+)"',
            part(path, "xl/styles.xml").partition("<cellXfs")[2].partition("</cellXfs")[0],
        )
    ) <= {"0", "49"}
    path.unlink()
    command("report", answer.batch["batch_id"])
    assert path.read_bytes() == content
    assert b"2000-01-01T00:00:00Z" in zipfile.ZipFile(path).read("docProps/core.xml")


@pytest.mark.parametrize(
    ("limit", "most", "many"),
    [("MOST_ROWS", 2, "more than 2 rows"), ("MOST_BYTES", 100, "rows of more than 0 MiB")],
)
def test_of_too_many_rows_there_is_none_and_a_note(
    command: Command,
    db: psycopg.Connection,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    many: str,
) -> None:
    """Also where there was one before; nothing else is missing."""
    answer = command(*RUN, write(data / "x.csv", FAULTY))
    assert of(answer).exists()
    monkeypatch.setattr(fitting_orders, limit, most)
    again = command("report", "--json", answer.batch["batch_id"])
    assert not of(answer).exists()
    assert answer.fix_file.exists()
    assert again.batch["notes"] == [f"There is no rejected.xlsx, for {many} are rejected: use rejected.csv."]
    other = command(*RUN, write(data / "y.csv", [*FAULTY, row("B-1")]))
    assert other.batch["notes"] == again.batch["notes"]
    assert not command(*RUN, write(data / "z.csv", [row("B-2")])).batch["notes"]


ODD = {
    "too long": ("x" * 32_768, False),
    "as long as may be": ("x" * 32_767, True),
    "too long once it is inert": ("=" + "x" * 32_766, False),
    "of characters that count twice": ("\U0001f600" * 16_384, False),
    "of so many": ("\U0001f600" * 16_383, True),
    "a character that no XML has": ("a\ufffeb", False),
}


@pytest.mark.parametrize("name", ODD)
def test_an_order_that_no_workbook_holds_stands_in_the_csv_alone(
    command: Command, db: psycopg.Connection, data: Path, name: str
) -> None:
    """With all its rows; whatever is written is whole."""
    text, fits = ODD[name]
    rows = [
        row("A-1", items__quantity="x"),
        row("A-1", items__itemId="SKU-2", orderMessage__message=text),
        row("A-2", items__quantity="x"),
    ]
    answer = command(*RUN, write(data / "x.csv", rows))
    numbers = [cells[3] for cells in read(of(answer).read_bytes())[1:]]
    assert numbers == ["A-1", "A-1", "A-2"] if fits else numbers == ["A-2"]
    assert (
        [*map(len, answer.batch["notes"])] == []
        if fits
        else "1 rejected order stands" in answer.batch["notes"][0]
    )
    if fits:
        assert read(of(answer).read_bytes())[2][4] in (text, f"'{text}")


# --- What comes back ------------------------------------------------------------------------------------------


def retyped(cells: list[Any]) -> list[Any]:
    """Numbers typed again, by somebody whose cells are no texts any more."""
    return [float(cell) if re.fullmatch(r"[0-9]{1,3}", str(cell)) else cell for cell in cells]


HABITS: dict[str, Callable[[list[list[Any]]], bytes]] = {
    "shared texts, no notes": workbook,
    "texts in the cells": lambda rows: by_hand(rows_by_hand(rows)),
    "numbers typed again": lambda rows: workbook([retyped(cells) for cells in rows]),
    "our columns behind": lambda rows: workbook([[*cells[3:], *cells[:3]] for cells in rows]),
    "another order of rows": lambda rows: workbook([rows[0], *rows[:0:-1]]),
    "a further sheet": lambda rows: workbook(rows, [["what I did"]], names=["mended", "notes"]),
    "blank rows and columns": lambda rows: workbook([[*cells, "", ""] for cells in (*rows, [], [])]),
    "filtered": lambda rows: workbook(rows, hide=[2]),
}


@pytest.mark.parametrize("habit", HABITS)
def test_it_is_mended_over_two_rounds(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch, habit: str
) -> None:
    """Whatever its source's files look like: complete at the end, and nothing is there twice."""
    settings = "[sources.default]\nsheet = 'Orders'\nheader_row = 2\nfill_down = 'orderNumber'\n"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data / "s.toml", settings)))
    rows = [
        row("00012", items__quantity="x", toAddress__addressLine1="=1+1"),
        row("", items__itemId="00034", toAddress__addressLine1="=1+1"),
        row("A-2", toAddress__countryCode="USA", items__quantity="0"),
        row("A-3"),
    ]
    table = [[], list(rows[0]), *([*cells.values()] for cells in rows)]
    answer = command(*RUN, write(data / "x.xlsx", workbook([["no"]], table, names=["Cover", "orders"])))
    assert (answer.status, created(db)) == (1, {"A-3"}), answer.out
    for number, (wrong, right) in enumerate((("x", "5"), ("USA", "US"), ("0", "7"))):
        cells = [
            [right if cell == wrong else cell for cell in line] for line in read(of(answer).read_bytes())
        ]
        answer = command(*RUN, write(data / f"mended{number}.xlsx", HABITS[habit](cells)))
        if number == 0:
            assert (answer.status, created(db)) == (1, {"A-3", "00012"}), answer.fix_file.read_text()
    assert (answer.status, created(db)) == (0, {"00012", "A-2", "A-3"}), answer.out
    items = db.execute(
        "select order_number, item_id, quantity, to_address_address_line1 from orders join order_items using (order_key) order by 1, item_no"
    )
    assert sorted(items.fetchall()) == [
        ("00012", "00034", 2, "=1+1"),
        ("00012", "SKU-1", 5, "=1+1"),
        ("A-2", "SKU-1", 7, "1 Sample Road"),
        ("A-3", "SKU-1", 2, "1 Sample Road"),
    ]  # fmt: skip


def test_each_text_comes_back_as_it_was_sent(command: Command, db: psycopg.Connection, data: Path) -> None:
    texts = [*PAYLOADS, " a ", "a\r\nb", "a\tb", "_x0041_", "\x07", "'", "''=1", "é\u0301\U0001f600", "#N/a"]
    rows = [row(f"N{at}", items__description=text, items__quantity="0") for at, text in enumerate(texts)]
    answer = command(*RUN, write(data / "x.csv", rows))
    kept = "select cells->>%s from rejected_rows where batch_id = %s order by row_number"
    at = list(rows[0]).index("items.description")
    sent = db.execute(kept, (at, answer.batch["batch_id"])).fetchall()
    assert len(sent) == len(texts)
    for _ in range(2):
        answer = command(*RUN, of(answer))
        assert db.execute(kept, (at + len(FIX_COLUMNS), answer.batch["batch_id"])).fetchall() == sent


def test_an_id_that_is_typed_again_as_a_number_is_told(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """The zeros are gone; what was there before is still known."""
    cells = row("000124", toAddress__postalCode="02108", items__quantity="x")
    answer = command(*RUN, write(data / "x.csv", [cells]))
    header, line = read(of(answer).read_bytes())
    altered = [{"000124": 124, "02108": 2108, "x": 5}.get(cell, cell) for cell in line]
    answer = command(*RUN, write(data / "y.xlsx", workbook([header, altered])))
    assert answer.reasons() == {
        (2, "orderNumber", "is_stored_as_text"),
        (2, "toAddress.postalCode", "is_stored_as_text"),
    }
    assert created(db) == set()


def test_a_long_row_stays_one_until_it_is_mended(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Its further cells stand behind all columns; a column of the source's own that has no name is no such thing."""
    header, first = csv_text([row("A-1")]).splitlines()
    answer = command(*RUN, write(data / "x.csv", f"{header}\n{first},stray\n"))
    for _ in range(2):
        answer = command(*RUN, of(answer))
        assert (2, None, "has_every_cell") in answer.reasons()
    cells = [line[:-1] for line in read(of(answer).read_bytes())]
    assert command(*RUN, write(data / "y.xlsx", workbook(cells))).status == 0
    nameless = [[*row("B-1"), ""], [*row("B-1", items__quantity="x").values(), "a note"]]
    answer = command(*RUN, write(data / "z.xlsx", workbook(nameless)))
    answer = command(*RUN, of(answer))
    assert answer.reasons() == {(2, "items.quantity", "is_integer")}


def test_a_workbook_of_the_sources_own_names_is_coloured_too(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = "[sources.default.columns]\n'Qty' = 'items.quantity'\n[sources.default.join]\n'toAddress.name' = {of = ['First', 'Last']}"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data / "s.toml", settings)))
    cells = {
        name: cell
        for name, cell in row(items__quantity="x").items()
        if name not in ("items.quantity", "toAddress.name")
    }
    answer = command(*RUN, send_rows(data / "x.xlsx", [cells | {"Qty": "x", "First": "a", "Last": "b"}]))
    header = read(of(answer).read_bytes())[0]
    refs = re.findall(r'<comment ref="([A-Z]+)2"', part(of(answer), "xl/comments1.xml"))
    assert [header[_column(at)] for at in refs] == ["Qty"]


def test_a_workbook_saved_as_a_csv_is_read_too(command: Command, db: psycopg.Connection, data: Path) -> None:
    answer = command(*RUN, write(data / "x.csv", [row("A-1", items__quantity="x", items__description="'=1")]))
    header, line = read(of(answer).read_bytes())
    text = csv_text(
        [dict(zip(header, ["5" if cell == "x" else cell for cell in line], strict=True))], delimiter=";"
    )
    assert command(*RUN, write(data / "y.csv", text)).status == 0
    assert db.execute("select description, quantity from order_items").fetchall() == [("'=1", 5)]
