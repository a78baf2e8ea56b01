"""Rows without an order number: each is rejected, and so is the order below whose rows it stands (R22)."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Command, created
from flows.readers.nameless_rows import NamelessRows
from order_files import PLAIN, Row, csv_text, row, write

Reasons = set[tuple[int, str | None, str]]

BLANK: Row = dict.fromkeys(PLAIN, "")
HEADER: Row = {name: name for name in PLAIN}
ZERO_WIDTH = "\u200b\ufeff "


def item(number: str = "", **cells: str) -> Row:
    """A later row of an order: the head's cells are blank."""
    return BLANK | {"items.itemId": "SKU-9", "items.quantity": "1"} | {"orderNumber": number} | cells


ROWS: dict[str, tuple[list[Row], set[str], set[int]]] = {
    "the number stands on the first row only": ([row("A"), item(), item(), row("B")], {"B"}, {2}),
    "below the second row": ([row("A"), item("A"), item(), row("B")], {"B"}, {2}),
    "the first order of all has none": ([item(), row("A"), row("B")], {"A", "B"}, set()),
    "blank rows between": ([row("A"), BLANK, BLANK, item(), row("B")], {"B"}, {2}),
    "blank rows alone": ([row("A"), BLANK, row("B"), BLANK], {"A", "B"}, set()),
    "a row in which nobody sees anything": (
        [row("A"), BLANK | {"toAddress.name": ZERO_WIDTH}, row("B")],
        {"A", "B"},
        set(),
    ),
    "a number that nobody sees": ([row("A"), item(ZERO_WIDTH), row("B")], {"B"}, {2}),
    "at the end": ([row("A"), row("B"), item()], {"A"}, {3}),
    "rows far apart": ([row("A"), row("B"), item("A"), item(), row("C")], {"B", "C"}, {2}),
    "two orders lack some": ([row("A"), item(), row("B"), item(), row("C")], {"C"}, {2, 4}),
    "twice below one order": ([row("A"), item(), item("A"), BLANK, item(), row("B")], {"B"}, {2}),
    "a head's cell alone": ([row("A"), BLANK | {"toAddress.name": "Jo"}, row("B")], {"B"}, {2}),
    "the header again between": ([row("A"), HEADER, item(), row("B")], {"B"}, {2}),
}
"""Rows; the orders that are created; the first rows of those that may lack some."""


@pytest.fixture
def sent(data: Path) -> Path:
    return data.parent / "sent"


def lacking(reasons: Reasons) -> set[int]:
    assert {column for _, column, check in reasons if check == "has_all_its_rows"} <= {"orderNumber"}
    return {at for at, _, check in reasons if check == "has_all_its_rows"}


def short(text: str) -> str:
    """With a row at the end that is short, so that the other reader has to read it."""
    return f"{text}Z,too short\n"


@pytest.mark.parametrize("form", ["fast", "strict", "parquet"])
@pytest.mark.parametrize("case", ROWS)
def test_the_order_above_is_rejected_too(
    command: Command, db: psycopg.Connection, sent: Path, case: str, form: str
) -> None:
    rows, orders, lack = ROWS[case]
    if form == "parquet":
        sent.mkdir()
        frame = pl.DataFrame(rows).with_columns(pl.when(pl.all() != "").then(pl.all()))
        frame.write_parquet(path := sent / "x.parquet")
        lack = {at - 1 for at in lack}
    else:
        path = write(sent / "x.csv", short(csv_text(rows)) if form == "strict" else csv_text(rows))
    dry = command("check", "--json", path)
    answer = command("run", "--direct", "--json", path)
    assert lacking(answer.reasons()) == lack
    assert created(db) == orders
    assert dry.reasons() == answer.reasons()
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert replayed.reasons() == answer.reasons()
    assert created(db) == orders


@pytest.mark.parametrize("rows", [1, 2, 3, 50_000])
def test_the_size_of_chunks_makes_no_difference(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", str(rows))
    sheet = [
        *(row("A"), item(), row("B"), BLANK, item(), item("A"), row("C")),
        *(item("C"), row("D"), item("C"), item(), BLANK, row("E")),
    ]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", sheet))
    assert lacking(answer.reasons()) == {2, 4, 8}
    assert created(db) == {"D", "E"}
    assert answer.batch["rows"]["blank"] == 2


def test_the_hint_names_rows_and_setting(command: Command, db: psycopg.Connection, sent: Path) -> None:
    rows = [row("A"), item(), row("B"), item(), item(), row("C"), item(), BLANK, item()]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", rows))
    hints = dict(
        db.execute("select row_number, hint from findings where check_name = 'has_all_its_rows'").fetchall()
    )
    assert hints[2].startswith("Row 3 below it has no order number")
    assert hints[4].startswith("Rows 5 to 6 below it have no order number")
    assert hints[7].startswith("2 rows below rows of it, from row 8 to row 10, have no order number")
    assert all("fill_down" in hint for hint in hints.values())
    assert answer.batch["rows"] | {"read": 0} == {
        **dict.fromkeys(answer.batch["rows"], 0),
        "rejected": 8,
        "blank": 1,
    }


def fix_file(command: Command, path: Path) -> str:
    return (Path(command("run", "--direct", "--json", path).batch["report"]) / "rejected.csv").read_text()


@pytest.mark.parametrize("form", [csv_text, lambda rows: short(csv_text(rows))], ids=["fast", "strict"])
def test_a_fix_file_comes_back(command: Command, db: psycopg.Connection, sent: Path, form: object) -> None:
    assert callable(form)
    rows = [row("A"), item(), item(), row("B"), row("C", items__quantity="0")]
    came_back = fix_file(command, write(sent / "x.csv", form(rows)))
    again = command("run", "--direct", "--json", write(sent / "again.csv", came_back))
    assert lacking(again.reasons()) == {2}
    assert created(db) == {"B"}
    lines = came_back.splitlines()
    mended = [*lines[:2], *(f"A{line}" if line.startswith(",") else line for line in lines[2:])]
    command("run", "--direct", "--json", write(sent / "mended.csv", "\n".join(mended)))
    assert created(db) == {"A", "B"}
    assert db.execute(
        "select count(*) from order_items join orders using (order_key) where order_number = 'A'"
    ).fetchone() == (3,)


@pytest.mark.parametrize("cell", ["\t", " \u200b", "(no cell)"])
def test_a_number_that_is_none_in_a_fix_file(
    command: Command, db: psycopg.Connection, sent: Path, cell: str
) -> None:
    """What escapes a tab, or stands for a cell that is not there, is no number."""
    columns = [*(name for name in PLAIN if name != "orderNumber"), "orderNumber"]
    rows = [{name: cells[name] for name in columns} for cells in (row("A"), item(cell), row("B"))]
    text = csv_text(rows)
    if cell == "(no cell)":
        text = text.replace(f",{cell}", "")  # short by that cell
    came_back = fix_file(command, write(sent / "x.csv", text))
    assert created(db) == {"B"}
    again = command("run", "--direct", "--json", write(sent / "again.csv", came_back))
    assert lacking(again.reasons()) == {2}
    assert created(db) == {"B"}
    replayed = command("replay", "--json", again.batch["batch_id"])
    assert replayed.reasons() == again.reasons()


def test_a_number_that_the_settings_give_is_nobodys_lack(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = write(sent / "s.toml", '[sources.default.defaults]\norderNumber = "X-1"\n')
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(layout))
    rows = [
        {name: cell for name, cell in cells.items() if name != "orderNumber"}
        for cells in (row(), BLANK, item())
    ]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", rows))
    assert (answer.status, created(db)) == (0, {"X-1"})


ANY, OF_ROWS, OF_ORDERS = ("skip_rows", "skip_orders"), ("skip_rows",), ("skip_orders",)
SKIPPED: dict[str, tuple[tuple[str, ...], list[Row], set[str], set[int]]] = {
    "a skipped order between": (ANY, [row("A"), row("B", Status="x"), item(), row("C")], {"C"}, {2}),
    "several of them": (
        ANY,
        [row("A"), row("B", Status="x"), BLANK, row("D", Status="x"), item(), item(), row("C")],
        {"C"},
        {2},
    ),
    "its other row says so": (
        OF_ORDERS,
        [row("A"), row("B"), item(), row("C"), row("B", Status="x"), item()],
        set(),
        {2, 5},
    ),
    "its other row stays": (
        OF_ROWS,
        [row("A"), row("B"), item(), row("C"), row("B", Status="x"), item()],
        {"A"},
        {3, 5},
    ),
    "the row says so itself": (ANY, [row("A"), item(Status="x"), row("B")], {"A", "B"}, set()),
    "nothing above it": (ANY, [row("B", Status="x"), item(), row("C")], {"C"}, set()),
}
"""Rules that may skip; rows; the orders that are created; the first rows of those that may lack some."""


@pytest.mark.parametrize(("case", "rule"), [(case, rule) for case, of in SKIPPED.items() for rule in of[0]])
@pytest.mark.parametrize("chunk_rows", ["1", "50000"])
def test_rows_that_are_skipped_do_not_count(
    command: Command,
    db: psycopg.Connection,
    sent: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    rule: str,
    chunk_rows: str,
) -> None:
    """R22: by a rule of rows or of orders, wherever the row stands that says so; and in a replay."""
    _, rows, orders, lack = SKIPPED[case]
    settings = f'[sources.default]\n{rule} = [{{ column = "Status", is = ["x"] }}]\n'
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(sent / "s.toml", settings)))
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", chunk_rows)
    rows = [cells | {"Status": cells.get("Status", "")} for cells in rows]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", rows))
    assert (lacking(answer.reasons()), created(db)) == (lack, orders)
    if answer.status:
        again = command("replay", "--json", answer.batch["batch_id"])
        assert (again.reasons(), created(db)) == (answer.reasons(), orders)


KINDS = {
    "A": ("A", ""),
    "a header": ("Number ", "x"),
    "nameless": ("", "x"),
    "blank": (None, " "),
    "B": ("B", "x"),
}


@settings(max_examples=300, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(KINDS)), max_size=20), sizes=st.lists(st.integers(0, 5), max_size=8)
)
def test_in_any_frames(kinds: list[str], sizes: list[int]) -> None:
    cells = [KINDS[kind] for kind in kinds]
    frame = pl.DataFrame(cells, schema={"0": pl.String, "1": pl.String}, orient="row").with_row_index(
        "row_number"
    )
    ends = [0, *(min(sum(sizes[: at + 1]), len(kinds)) for at in range(len(sizes))), len(kinds)]
    frames = [frame[start:end] for start, end in pairwise(ends)]
    seen = NamelessRows(column="0", name="number", is_fix_file=False)
    list(seen.keys(iter(frames)))
    expected: dict[int, list[int]] = {}
    above = None
    for at, kind in enumerate(kinds):
        above = at if kind in "AB" else above
        if kind == "nameless" and above is not None:
            expected.setdefault(above, []).append(at)
    assert seen.found().rows() == [(above, rows[0], rows[-1], len(rows)) for above, rows in expected.items()]
