"""Reads a CSV of equal records with Polars, a piece of the file at a time.

Polars fills short rows with nulls and says nothing; so only what the independent count has found equal comes here.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from flows.errors import BatchError
from flows.fix_file.restore import is_fix_file
from flows.readers.csv_count import Count
from flows.readers.csv_header import Header
from flows.readers.order_runs import KEY
from flows.readers.swallowed_rows import added_columns, find_swallowed, mark_swallowed
from flows.readers.table import Table


class FastCsv(Table):
    """A CSV of equal records; see table.Table."""

    nested = False

    def __init__(self, path: Path, header: Header, count: Count) -> None:
        self.header, self.size, self.records = header.names, path.stat().st_size, count.records
        self.preamble = header.row - 1
        self._path, self._header, self._count = path, header, count

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; raises BatchError when Polars sees other records than the count did."""
        names = [str(at) for at in range(len(self.header))]
        for piece, seen, seen_then in self._pieces():
            scan = pl.scan_csv(
                piece,
                has_header=False,
                separator=self._header.delimiter,
                schema=dict.fromkeys(names, pl.String),
                missing_columns="insert",  # of a piece that has nothing but blank lines
            )
            frame = scan.select(columns or names).collect()
            if frame.height != seen_then - seen:
                raise BatchError(
                    "has_equal_records",
                    "Two readers disagree on how many rows the file has; look at its quotes.",
                )
            numbered = self._numbered(frame, seen)
            yield numbered if columns else self._marked(numbered, seen)

    def _pieces(self) -> Iterator[tuple[bytes, int, int]]:
        """Whole records, how many are before them, and how many with them."""
        with self._path.open("rb") as file:
            for (start, seen), (end, seen_then) in pairwise(self._count.cuts):
                file.seek(start)
                yield file.read(end - start), seen, seen_then

    def runs(self, order_number: str | None) -> pl.DataFrame:
        """See table.Table; the count has mostly seen them, of the same column, by the same plan.

        But for a fix file's, whose cells it has not seen as they were, and for rows without a number, whose other
        cells it has not seen at all.
        """
        runs = self._count.runs
        if runs is None or runs[KEY].null_count() or is_fix_file(self.header):
            return super().runs(order_number)
        return runs

    def _marked(self, frame: pl.DataFrame, seen: int) -> pl.DataFrame:
        """The rows, a fault on those that have swallowed others; which may have, the count knows.

        But of a fix file, whose rows had fewer columns, it knows only which take several lines.
        """
        count = self._count
        records = count.long_records["record"] if added_columns(self.header) else count.crowded
        first, last = (int(records.search_sorted(at)) for at in (seen, seen + frame.height))
        if first == last:
            return frame
        places = records[first:last] - seen
        return mark_swallowed(frame, find_swallowed(frame[places].fill_null(""), self._header), places)

    def _numbered(self, frame: pl.DataFrame, seen: int) -> pl.DataFrame:
        numbers = pl.int_range(seen, seen + frame.height, dtype=pl.Int64, eager=True).alias("record")
        longer = (
            numbers.to_frame()
            .join_asof(
                self._count.long_records.with_columns(record=pl.col("record") + 1),
                on="record",
                strategy="backward",
            )["extra"]
            .fill_null(0)
        )
        return frame.with_columns(
            row_number=numbers + self._header.row + 1,  # as a spreadsheet shows it: the header is 1
            line=numbers + longer + self._header.lines + 1,
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )
