"""Writes the fix file as a workbook: the reasons in front, faulty cells coloured with their hints as notes, all of it text.

A cell holds what it holds in the CSV. So either comes back alike, and a workbook that is saved as a CSV too.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import polars as pl

from flows.fix_file.faulty_cells import find_marks
from flows.fix_file.form import FixFile
from flows.fix_file.sheet_cells import IN_FRONT, sheet_cells, sheet_header
from flows.fix_file.sheet_rows import write_rows
from flows.fix_file.workbook_frame import Extent, number_looks, pack_workbook

Windows = Iterator[tuple[pl.DataFrame, pl.DataFrame]]
"""Rejected rows, some at a time, with the findings on them."""

MOST_NOTES = 10_000
"""A note is a drawing of its own, and a spreadsheet takes long to open many; further cells are coloured all the same."""

LONGEST_NOTE = 1_000


def write_workbook(path: Path, windows: Windows, file: FixFile, confirm: Callable[[], None]) -> None:
    """Write it, for nobody's eyes but the owner's; `confirm` is called now and then."""
    path.touch(0o600)
    with TemporaryFile(dir=path.parent) as rows:
        sheet = _Sheet(file, rows)
        for some, findings in windows:
            sheet.write(some, findings)
            confirm()
        sheet.pack(path)


class _Sheet:
    """The one sheet: its notes, and its rows in a file, for before them is told how many there are."""

    def __init__(self, file: FixFile, rows: IO[bytes]) -> None:
        self._file, self._rows, self._looks = file, rows, number_looks()
        header = sheet_header(file)
        write_rows(header.with_columns(look=self._looks["header"]), rows)
        self._height, self._named, self._width = 1, header.height, header.height
        self._notes = pl.DataFrame(schema={"row": pl.Int64, "column": pl.Int64, "text": pl.String})

    def write(self, rows: pl.DataFrame, findings: pl.DataFrame) -> None:
        """The rows as they came, each with its reasons, and what is wrong with its cells."""
        below = pl.col("row") + self._height
        marks = find_marks(rows, findings, self._file).with_columns(below, pl.col("column") + IN_FRONT)
        notes = marks.select("row", "column", text=pl.col("hints").str.slice(0, LONGEST_NOTE))
        self._notes = pl.concat([self._notes, notes]).head(MOST_NOTES)
        for cells in sheet_cells(rows, findings, self._file):
            self._width = max(self._width, 1 + cells.select(pl.col("column").max()).item())
            write_rows(self._with_looks(cells.with_columns(below), marks), self._rows)
        self._height += rows.height

    def pack(self, path: Path) -> None:
        """The workbook that it is."""
        self._rows.seek(0)
        extent = Extent(rows=self._height, named=self._named, columns=self._width)
        pack_workbook(path, extent, self._rows, self._notes)

    def _with_looks(self, cells: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
        """The cells that stand in the file: one that is blank only if it does not look like its column."""
        marked = cells.join(marks, on=["row", "column"], how="left", maintain_order="left")
        look = (
            pl.when("error")
            .then(self._looks["error"])
            .when(~pl.col("error"))
            .then(self._looks["warning"])
            .when("held")
            .then(self._looks["held back"])
            .otherwise(self._looks["plain"])
        )
        placed = marked.select("row", "column", "text", look=look)
        return placed.filter((pl.col("text") != "") | (pl.col("look") != self._looks["plain"]))
