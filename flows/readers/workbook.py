"""Reads a sheet of a workbook as a table: its cells as text, its rows numbered as the sheet shows them.

Another process reads the workbook itself, and leaves the cells behind in a file that is safe to read.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from flows.errors import BatchError
from flows.readers.csv_header import MAX_COLUMNS
from flows.readers.nested_rows import row_sizes
from flows.readers.record_limits import RecordLimits
from flows.readers.table import Table
from flows.readers.workbook_cells import WorkbookCells
from flows.readers.workbook_notes import tell_of_sheet
from flows.sandbox import OF_ANY, Verdict, run_sandboxed
from flows.sandbox import workbook as program
from flows.sandbox.workbook_cells import NUMBER, TEXT
from flows.sources.map_header import read_header_by
from flows.sources.source import Source

_REFUSALS = OF_ANY | {
    Verdict.DAMAGED: ("is_workbook", "The workbook is cut short or damaged. Save it anew, and send the whole file."),
    Verdict.FOREIGN: ("is_workbook", "This is no workbook of Excel's kind (.xlsx). Save it as one."),
    Verdict.MACROS: ("has_no_macros", "The workbook has macros, which are not taken. Save it as .xlsx, without them."),
    Verdict.ENCRYPTED: ("is_not_encrypted", "The workbook has a password. Save it without one."),
    Verdict.LARGE: ("fits_memory", "The sheet is too large to be read in 2 GiB. Send it as CSV, or in several workbooks."),
}  # fmt: skip


class WorkbookTable(Table):
    """A sheet of a workbook; see table.Table. Its rows have the numbers that the sheet shows."""

    nested = False

    def __init__(self, path: Path, source: Source) -> None:
        """Let the other process read the sheet; raises BatchError when it cannot, or there is no header."""
        self._cells = path.with_name("sheet")
        told = _read_in_sandbox(path, self._cells, source.sheet or "")
        if told["fix file"]:
            source = replace(source, header_row=1, fill_down=None, sheet=None)
        self._row = source.header_row
        self.preamble = self._row - 1
        names = self._read_header(told["width"])
        # A fix file's columns all have names; what stands behind them is a row's that is too long.
        last = max(at for at, name in enumerate(names) if name.strip())
        self.header = names[: last + 1] if told["fix file"] else names
        self.records = told["rows"] - self._row
        self.size = self._cells.stat().st_size
        self.notes = tell_of_sheet(told, source)
        self._reads = WorkbookCells(read_header_by(self.header, source), beyond=len(names))

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; with the column CELL_FAULTS where a cell is not what its member can be."""
        limits = RecordLimits()
        for rows in self._rows():
            frame = self._reads.read(rows.filter(pl.col("row_number") > self._row))
            limits.take_all(row_sizes(frame).to_numpy())
            service = [name for name in frame.columns if not name.isdigit()]
            if frame.height:
                yield frame.select(*columns, *service) if columns else frame

    def stored_numbers(self, most: int) -> dict[int, int | None]:
        """The columns with cells that are stored as numbers; of each the first row below the header with a text.

        No more rows are looked at than these, and what was read with the last of them.
        """
        found: dict[int, int | None] = {}
        for rows in self._rows():
            below = rows.filter(pl.col("row_number") > self._row)
            for at in range(len(self.header)):
                kinds = below.filter(pl.col(str(at)) != "").select("row_number", kind=f"{at} is")
                if (kinds["kind"] == NUMBER).any():
                    texts = kinds.filter(pl.col("kind") == TEXT)["row_number"]
                    found[at] = found.get(at) or (texts[0] if texts.len() else None)
            if rows["row_number"][-1] > most:
                break
        return found

    def _rows(self) -> Iterator[pl.DataFrame]:
        """All rows of the sheet, those above the header among them."""
        seen = 0
        with pa.OSFile(str(self._cells)) as file, pa.ipc.open_file(file) as batches:
            for at in range(batches.num_record_batches):
                rows = pl.from_arrow(batches.get_batch(at))
                assert isinstance(rows, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
                yield rows.with_columns(
                    row_number=pl.int_range(seen + 1, seen + 1 + rows.height, dtype=pl.Int64)
                )
                seen += rows.height

    def _read_header(self, width: int) -> tuple[str, ...]:
        """The names in the header's row, up to the last column in which anything stands from there on."""
        names: list[str] = []
        last = -1
        for rows in self._rows():
            below = rows.filter(pl.col("row_number") >= self._row)
            filled = below.select(pl.col(map(str, range(last + 1, width))) != "").select(pl.all().any())
            last = max([last, *(int(name) for name in filled.columns if filled[name].item())])
            if not names and below.height and below["row_number"][0] == self._row:
                names = list(below.select(map(str, range(width))).row(0))
            if last == width - 1 and names:
                break
        if not any(name.strip() for name in names):
            where = "The first row of the sheet" if self._row == 1 else f"Row {self._row} of the sheet"
            raise BatchError(
                "has_header", f"{where} is blank; it must be the header with the columns' names."
            )
        return tuple(names[: last + 1])


def _read_in_sandbox(path: Path, target: Path, sheet: str) -> dict[str, Any]:
    """What is told of the sheet, whose cells are in the target; raises BatchError where it cannot be read."""
    with suppress(FileNotFoundError):
        target.unlink()
    further = str(target), sheet, str(MAX_COLUMNS)
    # What is written in Rust aborts where there is no more memory.
    verdict = run_sandboxed(program.__file__, path, *further, aborted=Verdict.LARGE)
    if verdict is Verdict.TOLD:
        raise BatchError(*json.loads(target.read_text()))
    if verdict is not Verdict.WHOLE:
        raise BatchError(*_REFUSALS[verdict])
    with pa.OSFile(str(target)) as file, pa.ipc.open_file(file) as batches:
        told: dict[str, Any] = json.loads(batches.schema.metadata[b"told"])
    return told
