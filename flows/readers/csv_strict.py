"""Reads any CSV record by record: slower by far, and able to name the row that is not whole.

Short and long rows are findings, never filled or cut; a quote that is stray or never closed refuses the
batch, for nobody can say what it was meant to hold.
"""

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

import polars as pl

from flows.errors import BatchError
from flows.readers.csv_header import Header, not_utf8
from flows.readers.record_limits import MAX_RECORD, RecordLimits, rows_at_once
from flows.readers.swallowed_rows import find_swallowed, mark_swallowed
from flows.readers.table import Table
from validators import characters

# Cells are Python objects here, and ten thousand rows of them are enough at a time.
BATCH_ROWS = 10_000

# A row with more cells than the header makes all rows of its chunk wider; a hundred cells too many are no row
# of this header, and are where memory stops.
MOST_FURTHER = 100

_is_blank = re.compile(characters.BLANK).match


class Record(NamedTuple):
    """`width` cells as delivered, of which `cells` lacks the blank ones at the end of a long row."""

    row: int
    line: int
    cells: list[str]
    width: int


class StrictCsv(Table):
    """A CSV with records of their own mind; see table.Table. A long row's further cells stand in columns beyond the header's."""

    nested = False

    def __init__(self, path: Path, header: Header, records: int | None = None) -> None:
        self.header, self.size, self.records = header.names, path.stat().st_size, records
        self.preamble = header.row - 1
        self._path, self._header = path, header

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; raises BatchError where a quote is stray or not closed, naming the row where it began."""
        records = self._records()
        while batch := list(islice(records, rows_at_once(len(self.header), BATCH_ROWS))):
            frame = self._frame(batch)
            service = ["row_number", "line", "fault", "fault_hint"]
            yield frame.select(*columns, *service) if columns else frame

    def _records(self) -> Iterator[Record]:
        csv.field_size_limit(MAX_RECORD)
        row, line = 1, 1
        with self._path.open(encoding="utf-8-sig", newline="") as stream:
            lines = _Lines(stream)
            if self._header.has_separator_line:
                next(iter(lines))
                lines.end_record()
                line = lines.ended + 1
            reader = csv.reader(lines, delimiter=self._header.delimiter, strict=True)
            try:
                for row, cells in enumerate(reader, start=1):
                    lines.end_record()
                    if row > self._header.row:
                        yield self._bounded(Record(row, line, cells, len(cells)))
                    line = lines.ended + 1
            except csv.Error:
                raise BatchError(
                    "has_sound_quotes",
                    f"Row {row + 1}, which begins on line {line}, has a quote that is stray or never closed. "
                    'A quote inside a cell is written twice: "".',
                ) from None
            except UnicodeDecodeError:
                raise not_utf8(self._path) from None

    def _bounded(self, record: Record) -> Record:
        """The record, of the blank cells at its end but one beyond the header; raises BatchError when many are left."""
        fields, end = len(self.header), record.width
        while end > fields + 1 and _is_blank(record.cells[end - 1]):
            end -= 1
        if end > fields + MOST_FURTHER:
            raise BatchError(
                "fits_header",
                f"Row {record.row}, which begins on line {record.line}, has {record.width} cells, the header {fields}.",
            )
        return record._replace(cells=record.cells[:end]) if end < record.width else record

    def _frame(self, batch: list[Record]) -> pl.DataFrame:
        fields = len(self.header)
        widest = max(fields, *(len(record.cells) for record in batch))
        rows = [record.cells + [None] * (widest - len(record.cells)) for record in batch]
        frame = pl.DataFrame(rows, schema={str(at): pl.String for at in range(widest)}, orient="row")
        counts = pl.Series([record.width for record in batch], dtype=pl.Int64)
        filled = pl.Series([not all(map(_is_blank, record.cells)) for record in batch], dtype=pl.Boolean)
        odd = (counts != fields) & filled  # in a blank row no cell is missing
        hint = pl.format(
            f"The row has {{}} cells, the header {fields}: look for a missing or stray delimiter.", counts
        )
        numbered = frame.with_columns(
            row_number=pl.Series([record.row for record in batch], dtype=pl.Int64),
            line=pl.Series([record.line for record in batch], dtype=pl.Int64),
            fault=pl.when(odd).then(pl.lit("has_every_cell")),
            fault_hint=pl.when(odd).then(hint),
        )
        takes_lines = pl.any_horizontal(pl.all().str.contains("\n", literal=True))
        places = frame.select(takes_lines.arg_true()).to_series()
        return mark_swallowed(numbered, find_swallowed(numbered[places], self._header), places)


class _Lines:
    """A file's lines, and what the record takes that they make; so long a record must have an open quote."""

    def __init__(self, stream: TextIO) -> None:
        self.ended = 0  # by a line feed, as the quick reader counts; a CR alone ends a record and no line
        self._stream, self._room, self._size = stream, RecordLimits(), 0

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self._size += len(line) if line.isascii() else len(line.encode())
            if self._size > MAX_RECORD:
                raise csv.Error
            self.ended += line.endswith("\n")
            yield line

    def end_record(self) -> None:
        """Take what has been read as one; raises BatchError when there is no room for it."""
        self._room.take(self._size)
        self._size = 0
