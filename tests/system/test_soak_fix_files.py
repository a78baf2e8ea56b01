"""Fix files that have gone through a spreadsheet, once or several times, mended or not (R27).

No order is created under another number, with an id that was altered, with an item too many or too few; and what is
as it was, and mended, is created, whatever stands between its cells and in whatever order its rows and columns are.
"""

import re
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_fix_file import nested, table

from conftest import INVARIANTS, Answer, Command
from order_files import Row, csv_text, row, write
from soak import cases

pytestmark = pytest.mark.soak

NUMBERS = ("000124", "0124", "124", "A-1", "0A1", "00000", "123456789012345678", "1E5", "2-3")
IDS = ("00012", "0012", "12", "SKU-1", "0", "00", "998877665544332211", "22E1", "0x1")
CODES = ("01067", "1067", "0", "12345")
NAMES = ("Sam", "Zoë; Müller", "O'Neil", 'a "b"', "=1+2", "日本")
WATCHED = ("orderNumber", "items.itemId", "customerInfo.customerId", "toAddress.postalCode")


@st.composite
def orders(draw: st.DrawFn) -> list[Row]:
    """Rows of orders that are all rejected: the quantity of each one's last row is no number. A description names its row."""
    rows: list[Row] = []
    for number in draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4, unique=True)):
        head = row(
            number,
            customerInfo__customerId=draw(st.sampled_from(IDS)),
            toAddress__postalCode=draw(st.sampled_from(CODES)),
            toAddress__countryCode="DE",
            toAddress__stateProvince="",
            toAddress__name=draw(st.sampled_from(NAMES)),
        )
        ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=3, unique=True))
        for at, cell in enumerate(ids, start=1):
            named = {"items.itemId": cell, "items.description": f"row {len(rows)}"}
            rows.append(head | named | {"items.quantity": "x" if at == len(ids) else "2"})
    return rows


# What a spreadsheet does


def without_zeros(cell: str) -> str:
    return cell.lstrip("0") or "0" if cell.isdigit() else cell


def as_number(cell: str) -> str:
    """As it shows what it takes for a number."""
    if re.fullmatch(r"[0-9]{12,}", cell):
        return f"{cell[0]},{cell[1:6]}E+{len(cell) - 1}"
    if re.fullmatch(r"[0-9]+E[0-9]+", cell):
        return f"{float(cell):.2E}"
    return without_zeros(cell)


HABITS = (str, str, str, without_zeros, as_number)
"""What becomes of the cells of a column; most are kept as text."""

ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-8-sig", "cp1252", "utf-16")


def opened(rows: list[Row], chance: Random) -> list[Row]:
    """The rows as it shows them; a person may have mended some orders."""
    habits = {name: chance.choice(HABITS) for name in WATCHED}
    mended = {cells["orderNumber"] for cells in rows if chance.random() < 0.7}
    return [
        cells
        | {name: habit(cells[name]) for name, habit in habits.items()}
        | ({"items.quantity": "2"} if cells["orderNumber"] in mended else {})
        for cells in rows
    ]


def saved(rows: list[Row], chance: Random, encodings: tuple[str, ...] = ENCODINGS) -> bytes:
    """As it writes them: order of columns and rows, separators, quotes, line ends, blank rows, encoding."""
    columns, by = list(rows[0]), chance.choice(list(rows[0]))
    if chance.random() < 0.3:
        chance.shuffle(columns)
    if chance.random() < 0.3:
        rows = sorted(rows, key=lambda cells: cells[by])
    delimiter, end = chance.choice(",;\t|"), chance.choice(["\n", "\r\n"])
    cells = [{name: of[name] for name in columns} for of in rows]
    text = csv_text(cells, delimiter=delimiter, end=end, quoted=chance.random() < 0.3)
    text += chance.choice(["", "", (delimiter * (len(columns) - 1) + end) * 3, end * 2])
    text = chance.choice(["", "", "", f"sep={delimiter}{end}"]) + text
    return text.encode(chance.choice(encodings), errors="replace")


# Dropped again


@cases(15, share=6)
@given(
    rows=orders(),
    is_nested=st.booleans(),
    drops=st.integers(1, 3),
    chance=st.randoms(use_true_random=False),
)
def test_whatever_a_spreadsheet_makes_of_it(
    command: Command,
    db: psycopg.Connection,
    tmp_path: Path,
    rows: list[Row],
    is_nested: bool,
    drops: int,
    chance: Random,
) -> None:
    source = f"s{db.execute('select count(*) from batches').fetchall()[0][0]}"

    def send(name: str, content: bytes | None) -> Answer:
        path = tmp_path / name
        nested(rows).write_parquet(path) if content is None else write(path, content)
        return command("run", "--direct", "--json", "--source", source, path)

    told = table(send("a.parquet", None) if is_nested else send("a.csv", csv_text(rows).encode()))
    assert len(told) == len(rows)
    wanted: dict[str, Any] = {}
    for _ in range(drops):
        shown = opened(told, chance)
        content = saved(shown, chance)
        answer = send("fixed.csv", content)
        event(answer.batch["status"])
        if is_text(content):
            wanted |= sound_orders(shown, rows)
            told = table(answer) if len(wanted) < len(contents(rows)) else []
        else:
            assert answer.batch["status"] == "refused"
        assert stored(db, source) == wanted
        assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]
        if not told:
            return
    restored = [cells | {name: before(cells, rows)[name] for name in WATCHED} | {"items.quantity": "2"} for cells in told]  # fmt: skip
    assert send("restored.csv", saved(restored, chance, ("utf-8",))).batch["status"] == "loaded"
    assert stored(db, source) == contents(rows)


def is_text(content: bytes) -> bool:
    """Whether it is UTF-8, as every fix file is."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def before(cells: Row, rows: list[Row]) -> Row:
    """The row as it was sent first."""
    return rows[int(cells["items.description"].removeprefix("row "))]


def sound_orders(shown: list[Row], rows: list[Row]) -> dict[str, Any]:
    """The orders all of whose rows are mended and as they were."""
    bad = {
        cells["orderNumber"]
        for cells in shown
        if cells["items.quantity"] == "x" or any(cells[name] != before(cells, rows)[name] for name in WATCHED)
    }
    return contents([cells for cells in shown if cells["orderNumber"] not in bad])


def contents(rows: list[Row]) -> dict[str, Any]:
    """What an order must have: number, customer and postal code, and each item's id with its row."""
    found: dict[str, Any] = {}
    for cells in rows:
        head = (cells["customerInfo.customerId"], cells["toAddress.postalCode"])
        items = found.setdefault(cells["orderNumber"], (*head, []))[-1]
        items.append([cells["items.itemId"], cells["items.description"]])
        items.sort()
    return found


def stored(db: psycopg.Connection, source: str) -> dict[str, Any]:
    found = db.execute(
        "select order_number, customer_info_customer_id, to_address_postal_code,"
        " array_agg(array[item_id, description]) from orders join order_items using (order_key)"
        " where source = %s group by order_key",
        (source,),
    )
    return {number: (customer, code, sorted(items)) for number, customer, code, items in found}
