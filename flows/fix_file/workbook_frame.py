"""Makes the workbook around a sheet's rows: how its cells look, its columns, a header that stays in sight, a filter.

XlsxWriter knows all that a workbook consists of. What it would write cell by cell is put into what it has made.
"""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl
import xlsxwriter

from flows.fix_file.sheet_notes import BESIDE, write_drawings, write_texts

TEXT = 49
"""The number of the form in which a cell is a text, whatever is typed into it."""

LEVEL = 1
"""Of packing: takes a third of the time that the usual 6 takes, and a tenth more room."""

LOOKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "header": {"bold": True, "bottom": 1},
    "held back": {"bg_color": "#E7E6E6", "font_color": "#7F7F7F"},
    "error": {"bg_color": "#F8CBAD"},
    "warning": {"bg_color": "#FFE699"},
}

_ALWAYS = datetime(2000, 1, 1)  # noqa: DTZ001 - of no zone; the same in every workbook, for rendered again it has the same bytes

_SHEET, _BEGIN, _END = "xl/worksheets/sheet1.xml", b"<sheetData>", b"</sheetData>"
_NOTES = {"xl/comments1.xml": write_texts, "xl/drawings/vmlDrawing1.vml": write_drawings}


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How far a sheet reaches: its rows, the header's among them, its columns with a name, and those of its longest row."""

    rows: int
    named: int
    columns: int


def number_looks() -> dict[str, int]:
    """By which number the workbook knows how each kind of cell looks; it is the same whatever else is in it."""
    with _make(Extent(rows=1, named=1, columns=1), has_notes=False) as made:
        cells = made.read(_SHEET).partition(_BEGIN)[2]
    return dict(zip(LOOKS, map(int, re.findall(rb' s="(\d+)"', cells)), strict=True))


def pack_workbook(path: Path, extent: Extent, rows: IO[bytes], notes: pl.DataFrame) -> None:
    """Write the workbook with these rows and notes; see sheet_rows and sheet_notes."""
    with (
        _make(extent, has_notes=not notes.is_empty()) as made,
        ZipFile(path, "w", ZIP_DEFLATED, compresslevel=LEVEL) as book,
    ):
        for name in made.namelist():
            with book.open(name, "w") as part:
                if name == _SHEET:
                    before, _, rest = made.read(name).partition(_BEGIN)
                    part.write(before + _BEGIN)
                    shutil.copyfileobj(rows, part)
                    part.write(_END + rest.partition(_END)[2])
                else:
                    part.write(_NOTES[name](notes).encode() if name in _NOTES else made.read(name))


def _make(extent: Extent, *, has_notes: bool) -> ZipFile:
    """The workbook with blank cells alone: one of each look in front, and the last one of all."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.set_properties({"created": _ALWAYS})
        sheet = book.add_worksheet("rejected")
        looks = [book.add_format({"num_format": TEXT, **look}) for look in LOOKS.values()]
        plain = looks[0]
        sheet.set_column(0, extent.named + BESIDE - 1, 16)
        sheet.set_column(0, extent.named - 1, 16, plain)
        sheet.set_column(0, 0, 60, plain)
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.autofilter(0, 0, extent.rows - 1, extent.named - 1)
        sheet.write_blank(extent.rows - 1, extent.columns - 1, None, plain)
        for at, look in enumerate(looks):
            sheet.write_blank(0, at, None, look)
        if has_notes:
            sheet.write_comment(0, 0, "")
    return ZipFile(made)
