"""Rows that two stray quotes have made one cell of are never loaded as its text (R26)."""

from pathlib import Path

import polars as pl
import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import Command, created
from flows.readers import crowded_records, csv_quotes
from flows.readers.csv_count import count_records
from flows.readers.csv_fast import FastCsv
from flows.readers.csv_header import Header, read_header
from flows.readers.csv_strict import StrictCsv
from flows.readers.swallowed_rows import find_swallowed
from flows.readers.table import Table
from order_files import PLAIN, row, write

LAST = [*(name for name in PLAIN if name != "orderMessage.message"), "orderMessage.message"]
MIDDLE = list(PLAIN)
"""Columns of a file: the message, which swallows the rows, at the end or among them."""


def text(columns: list[str], numbers: str, *, delimiter: str = ",", end: str = "\n") -> str:
    """A row an order; the messages of the first and the third begin and end with a quote that closes on another's."""
    messages = {numbers[0]: '"see note', numbers[2]: 'as agreed"'} if len(numbers) > 2 else {}
    rows = [row(number) | {"orderMessage.message": messages.get(number, "")} for number in numbers]
    lines = [delimiter.join(columns), *(delimiter.join(cells[name] for name in columns) for cells in rows)]
    return end.join([*lines, ""])


@pytest.fixture
def sent(data: Path) -> Path:
    return data.parent / "sent"


FORMS = {
    "fast": {},
    "CRLF": {"end": "\r\n"},
    "strict": {"tail": "Z,too short\n"},
    "semicolons": {"delimiter": ";"},
}


@pytest.mark.parametrize("columns", [LAST, MIDDLE], ids=["last", "middle"])
@pytest.mark.parametrize("form", FORMS)
def test_swallowed_rows_are_told(
    command: Command,
    db: psycopg.Connection,
    sent: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    columns: list[str],
) -> None:
    how = dict(FORMS[form])
    tail = how.pop("tail", "")
    if "delimiter" in how:
        layout = write(sent / "s.toml", '[sources.default]\ndelimiter = ";"\n')
        monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(layout))
    path = write(sent / "x.csv", text(columns, "ABCDE", **how) + tail)
    dry = command("check", "--json", path)
    answer = command("run", "--direct", "--json", path)
    assert {at for at, _, check in answer.reasons() if check == "holds_no_row"} == {2}
    assert created(db) == {"D", "E"}
    assert dry.reasons() == answer.reasons()
    hint, line = db.execute(
        "select hint, line from findings where check_name = 'holds_no_row'"
    ).fetchone() or ("", 0)
    assert line == 2
    assert hint.startswith("Lines 2 to 4 ")
    assert "JSON" in hint
    assert "workbook" in hint
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert replayed.reasons() == answer.reasons()
    came_back = (Path(answer.batch["report"]) / "rejected.csv").read_text()
    again = command("run", "--direct", "--json", write(sent / "again.csv", came_back))
    assert {at for at, _, check in again.reasons() if check == "holds_no_row"} == {2}
    assert created(db) == {"D", "E"}


def test_a_row_of_another_length_has_both_faults(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    path = write(sent / "x.csv", text(LAST, "ABCDE").replace('as agreed"', 'as agreed",more'))
    answer = command("run", "--direct", "--json", path)
    both = {(2, None, "has_every_cell"), (2, None, "holds_no_row")}
    assert both <= answer.reasons()
    replayed = command("replay", "--json", answer.batch["batch_id"])
    assert replayed.reasons() == answer.reasons()


@pytest.mark.parametrize("rows", [1, 2, 50_000])
def test_however_the_file_is_cut(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", str(rows))
    monkeypatch.setattr(csv_quotes, "PIECE", 1)
    monkeypatch.setattr(csv_quotes, "BLOCK", 64)
    sheet = text(LAST, "ABC") + text(LAST, "DEFG").partition("\n")[2]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", sheet))
    assert {at for at, _, check in answer.reasons() if check == "holds_no_row"} == {2, 3}
    assert created(db) == {"G"}


PROSE = {
    "lines": "Dear Jo,\nhere it is, at last, and well packed,\nyours, Bo",
    "a list": "a,b,c,d\n" * 3,
    "json": '{"customsInfo": {\n "currencyCode": "USD",\n "termsOfSale": "DAP"\n}}',
    "one line of many commas": "," * 40,
}


@pytest.mark.parametrize("case", PROSE)
def test_a_text_of_several_lines_is_no_row(
    command: Command, db: psycopg.Connection, sent: Path, case: str
) -> None:
    rows = [
        row("A", orderMessage__message=PROSE[case], fromAddress__addressLine2="2nd floor\nleft"),
        row("B"),
    ]
    answer = command("run", "--direct", "--json", write(sent / "x.csv", rows))
    assert (answer.status, created(db)) == (0, {"A", "B"})


CASES: dict[str, tuple[int, list[str | None], str]] = {
    "as many delimiters in all pieces": (5, ["A", "", "", "", "a\nB,,,,b"], "found"),
    "fewer in one piece": (5, ["A", "", "", "", "a\nB,,,b"], ""),
    "a first piece that is short": (5, ["A", "x\nB,,,,b", "", "", ""], ""),
    "a blank line between": (5, ["A", "", "", "", "a\n\nB,,,,b\n"], "found"),
    "few columns": (4, ["A", "", "", "a\nB,,,b"], ""),
    "a line inside a cell": (13, ["A", "x\n" + "," * 12 + "\ny", *[""] * 11], "found"),
    "a line inside a cell, of fewer columns": (12, ["A", "x\n" + "," * 12 + "\ny", *[""] * 10], ""),
    "one line": (13, ["A", "," * 12, *[""] * 10, "x\ny"], ""),
    "a short row": (6, ["A", "", "", "", "a\nB,,,,,b", None], ""),
}


@pytest.mark.parametrize("case", CASES)
def test_what_looks_like_rows(case: str) -> None:
    width, cells, expected = CASES[case]
    frame = pl.DataFrame(
        {str(at): [cell] for at, cell in enumerate(cells)}, schema_overrides={str(len(cells) - 1): pl.String}
    )
    header = Header(names=tuple("abcdefghijklmnop"[:width]), lines=1, delimiter=",")
    hints = find_swallowed(frame.with_columns(line=pl.lit(2, dtype=pl.Int64)), header)
    assert hints.is_not_null().to_list() == [bool(expected)]


def test_a_fix_file_with_another_delimiter_still_holds_its_sources() -> None:
    header = Header(
        names=(*"abcde", "import_row", "import_findings"), lines=1, delimiter="\t", source_delimiter=","
    )
    frame = pl.DataFrame(
        [["A", "", "", "", "a\nB,,,,b", "2", "x y: z"]], schema=[str(at) for at in range(7)], orient="row"
    )
    frame = frame.with_columns(line=pl.lit(2, dtype=pl.Int64))
    assert find_swallowed(frame, header).null_count() == 0
    alone = Header(names=header.names, lines=1, delimiter="\t", source_delimiter="\t")
    assert find_swallowed(frame, alone).null_count() == 1


PIECES = st.sampled_from(['"', "\n", ",", "x", "A", ",,,,", '"\n', '\n"', ',"', '",', "\n,,,,\n"])


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(PIECES, max_size=30))
def test_both_readers_agree(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    path = write(tmp_path_factory.mktemp("x") / "x.csv", "orderNumber,b,c,d,e\n" + "".join(parts))
    table = open_table(path)
    if isinstance(table, FastCsv):
        assert told_by(table).equals(told_by(StrictCsv(path, table._header)))


CELLS = st.sampled_from(["", "A", "a\nb", "a\nB,,,b", "a\nB,,,,b", ",,,,", "\n,,,,\n", ",\n,,", "x" * 99])
FAR = "x" * 2 * crowded_records.TOGETHER
"""Stands at both ends of a record, so that no delimiter of another is counted with its own."""
EXACT = [["", "", "", last] for last in ("A", "a\nB,,,,b", "A")]
"""The second has just as many delimiters as two rows."""


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=9),
    added=st.sampled_from([[], ["import_batch"], ["import_row"]]),
    block=st.sampled_from([8, 64, csv_quotes.BLOCK]),
)
@example(rows=EXACT, added=[], block=csv_quotes.BLOCK)
@example(rows=EXACT, added=["import_batch"], block=csv_quotes.BLOCK)
def test_no_record_that_holds_rows_is_passed_over(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], added: list[str], block: int
) -> None:
    """The fast reader looks only at those that the scan of the bytes has picked, whichever its blocks."""
    path = tmp_path_factory.mktemp("x") / "x.csv"
    cells = [[FAR, *row[:3], row[3] + FAR, *(FAR for _ in added)] for row in rows]
    pl.DataFrame(cells, schema=[*"abcde", *added], orient="row").write_csv(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_quotes, "BLOCK", block)
        table = open_table(path)
        assert isinstance(table, FastCsv)
        assert told_by(table).equals(told_by(StrictCsv(path, table._header)))


def test_records_with_few_delimiters_are_not_looked_at(tmp_path: Path) -> None:
    """But for one that begins a block, of which the scan has not seen the whole."""
    lines = row("A", orderMessage__message="Please ring,\nand wait")
    path = write(tmp_path / "x.csv", [lines, lines, lines | {"items.description": "a\n" + "," * 90}, lines])
    table = open_table(path)
    assert isinstance(table, FastCsv)
    assert table._count.long_records["record"].to_list() == [0, 1, 2, 3]
    assert table._count.crowded.to_list() == [0, 2]


def told_by(table: Table) -> pl.DataFrame:
    return pl.concat(table.frames()).select("row_number", "line", "fault", "fault_hint")


def open_table(path: Path) -> FastCsv | None:
    header = read_header(path, ",")
    count = count_records(path, header, "0")
    return FastCsv(path, header, count) if count and count.is_equal and count.records else None
