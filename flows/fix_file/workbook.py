"""Writes the fix file as a workbook: the reasons in front, faulty cells coloured with their hints as notes, all of it text.

A cell holds what it holds in the CSV. So either comes back alike, and a workbook that is saved as a CSV too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from flows.fix_file import FIX_COLUMNS, HELD_BACK
from flows.fix_file.faulty_cells import Mark, find_marks
from flows.fix_file.form import FixFile
from flows.fix_file.render import fix_cells
from flows.fix_file.restore import inert_names

Windows = Iterator[tuple[pl.DataFrame, pl.DataFrame]]
"""Rejected rows, some at a time, with the findings on them."""

IN_FRONT = len(FIX_COLUMNS)
"""Columns: what the fix file adds, the reasons first."""

MOST_NOTES = 10_000
"""A note is a drawing of its own, and a spreadsheet takes long to open many; further cells are coloured all the same."""

NAMELESS = "(no name)"
"""Of a column without a name: behind all that have one cells are taken for a row's that is too long."""

TEXT = 49
"""The number of the form in which a cell is a text, whatever is typed into it."""

LONGEST_NOTE, LONGEST_REASONS = 1_000, 8_000

_ALWAYS = datetime(2000, 1, 1)  # noqa: DTZ001 - of no zone; the same in every workbook, for rendered again it has the same bytes


def write_workbook(path: Path, windows: Windows, file: FixFile, confirm: Callable[[], None]) -> None:
    """Write it, for nobody's eyes but the owner's; `confirm` is called now and then."""
    path.touch(0o600)
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _ALWAYS})
        sheet = _Sheet(book, file)
        for rows, findings in windows:
            sheet.write(rows, findings)
            confirm()
        sheet.end()


@dataclass(frozen=True)
class _Looks:
    """How cells look: all are text, so that what is typed into them stays as it is typed."""

    header: Format
    plain: Format
    held_back: Format
    error: Format
    warning: Format


class _Sheet:
    """The one sheet, written row by row."""

    def __init__(self, book: xlsxwriter.Workbook, file: FixFile) -> None:
        self._file, self._row, self._notes = file, 0, 0
        self._looks = _Looks(
            *(
                book.add_format({"num_format": TEXT, **look})
                for look in (
                    {"bold": True, "bottom": 1},
                    {},
                    {"bg_color": "#E7E6E6", "font_color": "#7F7F7F"},
                    {"bg_color": "#F8CBAD"},
                    {"bg_color": "#FFE699"},
                )
            )
        )
        self._sheet: Worksheet = book.add_worksheet("rejected")
        own = [file.header[at] for at in file.kept]
        names = [*reversed(file.added), *(name if name.strip() else NAMELESS for name in own)]
        self._width = len(names)
        self._sheet.set_column(0, self._width - 1, 16, self._looks.plain)
        self._sheet.set_column(0, 0, 60, self._looks.plain)
        self._sheet.freeze_panes(1, 0)
        self._sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._write_row(inert_names(names), [self._looks.header] * self._width)

    def write(self, rows: pl.DataFrame, findings: pl.DataFrame) -> None:
        """The rows as they came, each with its reasons, and what is wrong with its cells."""
        marks = find_marks(rows, findings, self._file)
        lines = fix_cells(rows, findings, self._file)
        for number, (row, reasons, cells) in enumerate(lines.iter_rows()):
            of_row = marks.get(number, {})
            usual = self._looks.held_back if reasons == HELD_BACK else self._looks.plain
            formats = [usual] * (IN_FRONT + len(cells))
            for at, mark in of_row.items():
                formats[IN_FRONT + at] = self._looks.error if mark.is_error else self._looks.warning
                self._note(IN_FRONT + at, mark)
            self._write_row([reasons[:LONGEST_REASONS], str(row), self._file.batch, *cells], formats)

    def end(self) -> None:
        """What can only be said of all rows."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 0), self._width - 1)

    def _write_row(self, cells: list[str], formats: list[Format]) -> None:
        for at, (cell, look) in enumerate(zip(cells, formats, strict=True)):
            if cell:
                self._sheet.write_string(self._row, at, cell, look)
            elif look is not self._looks.plain:
                self._sheet.write_blank(self._row, at, None, look)
        self._row += 1

    def _note(self, column: int, mark: Mark) -> None:
        self._notes += 1
        if self._notes <= MOST_NOTES:
            self._sheet.write_comment(self._row, column, mark.hints[:LONGEST_NOTE], {"x_scale": 2})
