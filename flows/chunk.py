"""From a table's rows to chunks of whole orders, wherever in the file an order's rows stand.

First the order numbers alone are looked at, to find the orders that are scattered, and those that no memory
holds. Then the rows are streamed: those of the other orders are cut into chunks in file order, those of scattered orders are put aside
on disk, as many to a place as make a chunk. So memory holds a chunk, and eight bytes for each order; and
which chunk an order is in depends on the bytes and the number of rows of a chunk alone.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl

from flows.model import BatchError
from flows.rows import Chunk, Table
from validators.clean import clean

KEY = "key"  # an order number's hash, null where there is none

MAX_ORDER = 20_000
"""Rows of one order, which are in memory together; orders of a thousand items are seen, seldom."""

MAX_ROWS = 50_000_000
"""Rows of a batch: each order has its place in memory, and this many take less than four GiB."""


def chunks(table: Table, order_number: str | None, chunk_rows: int, work: Path) -> Iterator[Chunk]:
    """The rows of the table in chunks of about `chunk_rows`; `work` is a folder for rows that are put aside.

    `order_number` names the table's column; None when all rows have one number.
    """
    runs = _runs(table, order_number)
    total = max(int(runs["rows"].sum()), 1)
    scattered = _scattered(runs, chunk_rows)
    aside = _Aside(work)
    grouped = aside.but_for(_keyed(table.frames(), order_number), scattered)
    for number, rows in enumerate(chain(_cut(grouped, chunk_rows), aside.all()), start=1):
        yield Chunk(number=number, rows=rows.drop(KEY), share=rows.height / total)


def _keyed(frames: Iterator[pl.DataFrame], order_number: str | None) -> Iterator[pl.DataFrame]:
    for frame in frames:
        if order_number is None:
            filled = pl.any_horizontal(
                pl.col(name).str.strip_chars() != "" for name in frame.columns if name.isdigit()
            )
            yield frame.with_columns(pl.when(filled).then(pl.lit(0, dtype=pl.UInt64)).alias(KEY))
            continue
        numbers = clean(frame.select(number=order_number))["number"]
        hashed = pl.when(numbers.is_not_null()).then(numbers.hash())
        yield frame.with_columns(hashed.alias(KEY))


def _scattered(runs: pl.DataFrame, chunk_rows: int) -> pl.DataFrame:
    """`key` and `place` (from 0) of the orders whose rows stand apart, in the order of their first rows."""
    runs = runs.filter(pl.col(KEY).is_not_null())
    apart = (
        runs.filter(pl.col(KEY).is_duplicated()).group_by(KEY).agg(pl.col("at").min(), pl.col("rows").sum())
    )
    for rows in (
        *runs["rows"].filter(runs["rows"] > MAX_ORDER),
        *apart["rows"].filter(apart["rows"] > MAX_ORDER),
    ):
        raise BatchError("fits_order", f"An order has {rows:,} rows; at most {MAX_ORDER:,} can be one order.")
    return apart.sort("at").select(KEY, place=(pl.col("rows").cum_sum() - pl.col("rows")) // chunk_rows)


def _runs(table: Table, order_number: str | None) -> pl.DataFrame:
    """`key`, `at` and `rows` of every stretch of rows of one order number; raises BatchError when they are too many."""
    runs = [pl.DataFrame(schema={KEY: pl.UInt64, "at": pl.Int64})]
    last, rows = None, 0
    for frame in _keyed(table.frames([order_number] if order_number else None), order_number):
        begins = pl.col(KEY).ne_missing(pl.col(KEY).shift(1, fill_value=last))
        runs.append(frame.select(KEY, at=pl.int_range(rows, rows + pl.len())).filter(begins))
        last = frame[KEY][-1] if frame.height else last
        rows += frame.height
        if rows > MAX_ROWS:
            raise BatchError(
                "fits_rows", f"The file has more than {MAX_ROWS:,} rows. Send them in several files."
            )
    starts = pl.concat(runs)
    return starts.with_columns(rows=pl.col("at").shift(-1, fill_value=rows) - pl.col("at"))


def _cut(frames: Iterator[pl.DataFrame], chunk_rows: int) -> Iterator[pl.DataFrame]:
    """Cut a stream where an order ends, as soon as that makes `chunk_rows` rows."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(part.height for part in held) <= chunk_rows:
            continue
        rows = pl.concat(held, how="diagonal")
        start = 0
        while (end := _end_of_order(rows, start + chunk_rows)) is not None:
            yield rows[start:end]
            start = end
        held = [rows[start:]]
    if held and (rest := pl.concat(held, how="diagonal")).height:
        yield rest


def _end_of_order(rows: pl.DataFrame, at: int) -> int | None:
    """The first place at or after row `at` where another order begins; None when the rows do not reach that far."""
    if at >= rows.height:
        return None
    keys = rows[KEY][at - 1 :]
    begins = keys.ne_missing(keys.shift(1))[1:] | keys.is_null()[1:]
    first = begins.arg_max() if begins.any() else None
    return None if first is None else at + first


class _Aside:
    """Rows put aside on disk, a file for each place."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[int, int] = {}

    def but_for(self, frames: Iterator[pl.DataFrame], scattered: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Pass the stream on without the scattered orders' rows."""
        for frame in frames:
            if scattered.is_empty():
                yield frame
                continue
            placed = frame.join(scattered, on=KEY, how="left", maintain_order="left")
            for (place,), rows in placed.drop_nulls("place").group_by("place", maintain_order=True):
                self._put(int(str(place)), rows.drop("place"))
            yield placed.filter(pl.col("place").is_null()).drop("place")

    def all(self) -> Iterator[pl.DataFrame]:
        """What was put aside, a place at a time, in the order of the file."""
        for place in sorted(self._places):
            parts = [pl.read_ipc(self._file(place, part)) for part in range(self._places[place])]
            yield pl.concat(parts, how="diagonal")

    def _put(self, place: int, rows: pl.DataFrame) -> None:
        part = self._places.get(place, 0)
        rows.write_ipc(self._file(place, part))
        self._places[place] = part + 1

    def _file(self, place: int, part: int) -> Path:
        return self._folder / f"{place}.{part}.arrow"
