"""The workbook of a fix file, whose rows and notes are written as XML by us: as XlsxWriter writes them, and any text is read back."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from flows.fix_file import HELD_BACK, NO_CELL, sheet_cells, workbook, workbook_frame
from flows.fix_file.fitting_orders import find_fitting
from flows.fix_file.form import FixFile
from flows.fix_file.formulas import unescape_formula
from flows.fix_file.workbook import write_workbook
from flows.frames import FINDINGS, REJECTED
from flows.readers.csv_header import MAX_COLUMNS
from flows.sandbox import Verdict
from flows.sandbox.workbook import convert

Windows = Iterable[tuple[pl.DataFrame, pl.DataFrame]]
BATCH = "0123456789abcdef0123"


def form(columns: int) -> FixFile:
    return FixFile(header=tuple(f"c{at}" for at in range(columns)), batch=BATCH, source_delimiter=",")


def rejected(rows: Iterable[list[str | None]]) -> pl.DataFrame:
    cells = [(number, 0, number, number, json.dumps(row)) for number, row in enumerate(rows, start=2)]
    return pl.DataFrame(cells, schema=REJECTED, orient="row")


def finding(row: int, column: str | None, severity: str = "error", **members: Any) -> dict[str, Any]:
    usual = {"first_row": row, "row_number": row, "check_name": "is_so", "hint": "Write it so.", "count": 1}
    return usual | {"column_name": column, "severity": severity} | members


def written(windows: Windows, file: FixFile) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        write_workbook(path, iter(windows), file, lambda: None)
        return path.read_bytes()


def read_by_us(content: bytes) -> list[list[str]]:
    """The cells of its rows, as the program finds them that reads a workbook for us."""
    with TemporaryDirectory() as folder:
        path, target = Path(folder) / "x.xlsx", Path(folder) / "cells"
        path.write_bytes(content)
        assert convert(path, target, "", MAX_COLUMNS) is Verdict.WHOLE
        with pa.OSFile(str(target)) as file, pa.ipc.open_file(file) as batches:
            table = batches.read_all()
    return [[line[f"{at}"] for at in range(len(line) // 2)] for line in table.to_pylist()]


def read_by_openpyxl(content: bytes, *, read_only: bool) -> list[list[str]]:
    """The same by another, which leaves to others what stands for a character."""
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=read_only).worksheets[0]
    return [[unescape(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


SIGNS = [*map(chr, range(0x20)), *"&<>\"'=+-@,;|_x", " ", "\xa0", "\x85", "\u2028", "\x7f", "é", "\U0001f600"]
PIECES = [*SIGNS, "_x000D_", "_x0041", "_x005F_", "x0041_", "<r>", "</r>", "]]>", "&amp;", "\r\n", NO_CELL]
TEXTS = st.lists(
    st.sampled_from(PIECES) | st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=6
)
ROW = st.lists(TEXTS.map("".join) | st.none(), min_size=3, max_size=3)


@settings(deadline=None)
@given(rows=st.lists(ROW.filter(any), min_size=1, max_size=8))
def test_any_text_is_read_back(rows: list[list[str | None]]) -> None:
    content = written([(rejected(rows), FINDINGS.to_frame())], form(3))
    of_us = read_by_us(content)
    assert of_us == read_by_openpyxl(content, read_only=False) == read_by_openpyxl(content, read_only=True)
    assert of_us[0] == ["import_findings", "import_row", "import_batch", "c0", "c1", "c2"]
    assert [cells[:3] for cells in of_us[1:]] == [
        [HELD_BACK, str(number), BATCH] for number, _ in enumerate(rows, start=2)
    ]
    came = pl.Series([cell for cells in of_us[1:] for cell in cells[3:]]).to_frame("cell")
    sent = [cell or "" for row in rows for cell in row]
    assert came.select(unescape_formula(pl.col("cell"))).to_series().to_list() == sent


# --- As XlsxWriter writes it ------------------------------------------------------------------------------------

ROWS: list[list[str | None]] = [
    ["A-1", "", "a & <b>\r\n\x07 c", " blank "],
    ["A-1", None, "x", "\n"],
    ["A-2", "_x0041_", "é\U0001f600", "=1+1"],
    ["A-3", "a cell", "more", "than there", "are columns", "\x85"],
    ["A-4", "", "", ""],
]
FOUND = [
    finding(2, "c1"),
    finding(2, "c1", "warning", check_name="is_other", hint=" Or <so> &\tnot. "),
    finding(2, "c3", "warning"),
    finding(4, "c3", hint="long " * 300),
    finding(4, None),
    finding(5, None, check_name="has_every_cell"),
    finding(6, "c0"),
    finding(6, "no such column"),
]
MARKS = {
    (1, 4): ("error", "is_so: Write it so.\nis_other:  Or <so> &\tnot. "),
    (1, 6): ("warning", "is_so: Write it so."),
    (3, 6): ("error", f"is_so: {'long ' * 300}"[:1_000]),
    (5, 3): ("error", "is_so: Write it so."),
}
"""Of FOUND, by row and column of the sheet."""


def found(some: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(some, schema=FINDINGS, orient="row")


def test_it_is_what_xlsxwriter_would_write() -> None:
    """And spreadsheets open that: every part but for the numbers of looks, and a note's place, which its anchor tells too."""
    content = written([(rejected(ROWS), found(FOUND))], form(4))
    ours, theirs = parts(content), parts(cell_by_cell(read_by_us(content)))
    assert list(ours) == list(theirs)
    for name, text in ours.items():
        assert text == theirs[name], name


def cell_by_cell(rows: list[list[str]]) -> bytes:
    """The workbook of these rows, of which XlsxWriter writes all."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - of no zone
        sheet = book.add_worksheet("rejected")
        looks = {
            name: book.add_format({"num_format": 49, **look}) for name, look in workbook_frame.LOOKS.items()
        }
        sheet.set_column("H:J", 16)
        sheet.set_column("B:G", 16, looks["plain"])
        sheet.set_column("A:A", 60, looks["plain"])
        sheet.freeze_panes(1, 0)
        sheet.autofilter("A1:G6")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for row, cells in enumerate(rows):
            usual = "header" if row == 0 else "held back" if cells[0] == HELD_BACK else "plain"
            for column, text in enumerate(cells if row == 4 else cells[:7]):
                look, note = MARKS.get((row, column), (usual, ""))
                if text:
                    sheet.write_string(row, column, text, looks[look])
                elif look != "plain":
                    sheet.write_blank(row, column, None, looks[look])
                if note:
                    sheet.write_comment(row, column, note, {"x_scale": 2})
    return made.getvalue()


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts.pop("xl/styles.xml")  # has the looks in the order of their numbers
    numbers: dict[str, int] = {}
    texts["xl/worksheets/sheet1.xml"] = re.sub(
        r'( s| style)="(\d+)"',
        lambda look: f'{look[1]}="{numbers.setdefault(look[2], len(numbers))}"',
        texts["xl/worksheets/sheet1.xml"],
    )
    return {name: re.sub(r"margin-(left|top):[0-9.]+pt;", "", text) for name, text in texts.items()}


# --- What fits --------------------------------------------------------------------------------------------------

CELLS = {
    '["a\ufffe"]': False,
    r'["a\ufffe"]': False,
    r'["\uFFFF"]': False,
    r'["\\uffxf"]': True,
    r'["\\ufffe"]': True,
    json.dumps(["x" * 32_767]): True,
    json.dumps(["x" * 32_768]): False,
    json.dumps(["x" * 20_000, "x" * 20_000]): True,
}
"""As they are kept, a character perhaps told by its number."""


def test_what_a_cell_cannot_hold_is_found_however_it_is_kept() -> None:
    rows = [(number, 0, number, number, cells) for number, cells in enumerate(CELLS)]
    fitting = find_fitting(iter([pl.DataFrame(rows, schema=REJECTED, orient="row")]), 1)
    assert fitting.left_out.to_list() == [number for number, fits in enumerate(CELLS.values()) if not fits]


# --- However it is cut ------------------------------------------------------------------------------------------


def test_it_is_the_same_however_many_rows_are_written_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, findings = rejected(ROWS), found(FOUND)
    whole = written([(rows, findings)], form(4))
    monkeypatch.setattr(sheet_cells, "CELLS", 1)
    assert written([(rows, findings)], form(4)) == whole
    windows = [
        (some, findings.filter(pl.col("row_number").is_in(some["row_number"].implode())))
        for some in rows.iter_slices(2)
    ]
    assert written([*windows, (rows.clear(), findings.clear())], form(4)) == whole


@pytest.mark.parametrize("most", [0, 1, 3])
def test_further_cells_have_a_look_and_no_note(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """The notes stand on the first cells, whatever part of the rows they are in."""
    monkeypatch.setattr(workbook, "MOST_NOTES", most)
    windows = [(some, found(FOUND)) for some in rejected(ROWS).iter_slices(2)]
    sheet = openpyxl.load_workbook(io.BytesIO(written(windows, form(4)))).worksheets[0]
    cells = [cell for line in sheet.iter_rows() for cell in line]
    places = [(cell.row - 1, cell.column - 1) for cell in cells if cell.comment]
    assert places == list(MARKS)[:most]
    fills = {name: look["bg_color"][1:] for name, look in workbook_frame.LOOKS.items() if "bg_color" in look}
    for (row, column), (look, _) in MARKS.items():
        assert sheet.cell(row + 1, column + 1).fill.fgColor.rgb == f"FF{fills[look]}"


def test_a_workbook_of_no_row_is_its_header() -> None:
    rows = read_by_us(written([(rejected([]), FINDINGS.to_frame())], form(2)))
    assert rows == [["import_findings", "import_row", "import_batch", "c0", "c1"]]


def test_as_many_notes_as_blocks_of_drawings_hold() -> None:
    """A block more begins with the one that is over."""
    rows = [["x"]] * 1_025
    content = written([(rejected(rows), found([finding(row, "c0") for row in range(2, 1_027)]))], form(1))
    drawings = parts(content)["xl/drawings/vmlDrawing1.vml"]
    assert 'data="1,2"' in drawings
    numbers = [int(number) for number in re.findall(r'id="_x0000_s(\d+)"', drawings)]
    assert numbers == list(range(1_025, 2_050))
