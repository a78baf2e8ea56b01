"""Cuts a table's rows into chunks of whole orders, wherever in the file an order's rows stand.

The runs of the order numbers (see order_runs.py) say which orders are scattered, and which no memory holds. Then the rows
are streamed: those of the other orders are cut into chunks in file order, those of scattered orders are put aside on
disk, as many to a place as make a chunk. So this holds a chunk, and some twenty bytes for each run; and which chunk
an order is in depends on the bytes and the number of rows of a chunk alone.
"""

from collections.abc import Collection, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NoReturn

import polars as pl

from flows.errors import MachineError
from flows.frames import Chunk, OversizedOrder
from flows.pipeline.concurrency import prefetch
from flows.readers.order_runs import KEY
from flows.readers.table import Table
from flows.settings import MOST_CHUNK_ROWS
from validators.hints import MAX_ORDER

MAX_ORDER_CELLS = 10_000_000
"""Cells of one order: of a wide table an order has fewer rows."""

MAX_CHUNK = 64 << 20
"""Bytes of a chunk, by its rows' usual size: three times what fifty thousand usual rows have."""


MAX_CELLS = 5_000_000
"""Cells of a chunk: each takes some memory, in a few copies, empty or not. Fifty thousand rows of a hundred columns."""


MAX_CHUNKS = 5
"""Of this size that are in memory at a time, where they take a GiB in all: one is read, one checked, two load, one waits."""


def chunk_rows_of(table: Table, runs: pl.DataFrame, at_most: int) -> int:
    """How many rows a chunk of this table should have: so many at most, fewer when its rows are long or wide."""
    by_size = MAX_CHUNK * int(runs["rows"].sum()) // max(table.size, 1) + 1
    return min(at_most, by_size, MAX_CELLS // max(len(table.header), 1))


def bearable_chunks(table: Table, runs: pl.DataFrame, chunk_rows: int) -> int:
    """How many chunks of so many rows may be in memory at a time: the smaller, the more."""
    return MAX_CHUNKS * chunk_rows_of(table, runs, MOST_CHUNK_ROWS) // chunk_rows


def cut_chunks(
    table: Table, runs: pl.DataFrame, chunk_rows: int, work: Path
) -> Iterator[Chunk | OversizedOrder]:
    """The rows of the table, which has these runs, in chunks of about `chunk_rows`; `work` is a folder for rows put aside.

    An order that no memory holds comes last, and by itself.
    """
    total = max(int(runs["rows"].sum()), 1)
    most = min(MAX_ORDER, MAX_ORDER_CELLS // max(len(table.header), 1))
    runs, oversized = _assign_places(runs, chunk_rows, most)
    aside = _RowsPutAside(work)
    grouped = aside.but_for(table.frames(), runs)
    number = 0
    for rows in chain(_cut(grouped, _chunk_sizes(runs, chunk_rows)), aside.all(oversized)):
        number += 1
        yield Chunk(number=number, rows=rows, share=rows.height / total)
    for place, rows_of_one in oversized.items():
        number += 1
        yield OversizedOrder(
            number=number, share=rows_of_one / total, most=most, parts=partial(aside.parts, place)
        )


def _assign_places(runs: pl.DataFrame, chunk_rows: int, most: int) -> tuple[pl.DataFrame, dict[int, int]]:
    """The runs, each with its `place` (from 0), and the places of orders that no memory holds, each with their rows.

    The place is null but for those of orders whose rows stand apart, and of an order of more than `most` rows. The
    places are in the order of the orders' first rows.
    """
    longest = runs.filter(pl.col(KEY).is_not_null() & (pl.col("rows") > most))
    keys = runs[KEY].drop_nulls().sort()  # which takes less memory than looking for doubles
    apart = keys.filter(keys == keys.shift(1)).unique()
    if longest.is_empty() and apart.is_empty():
        return runs.with_columns(place=pl.lit(None, dtype=pl.UInt32)), {}
    aside = runs.filter(pl.col(KEY).is_in(pl.concat([apart, longest[KEY]]).implode()))
    orders = aside.group_by(KEY).agg(pl.col("at").min(), pl.col("rows").sum()).sort("at")
    is_oversized = orders["rows"] > most
    rows = pl.col("rows")
    shared = orders.filter(~is_oversized).select(KEY, place=(rows.cum_sum() - rows) // chunk_rows)
    own = orders.filter(is_oversized).with_columns(
        place=pl.int_range(pl.len(), dtype=pl.UInt32) + (shared["place"].max() or 0) + 1
    )
    places = pl.concat([each.select(KEY, pl.col("place").cast(pl.UInt32)) for each in (shared, own)])
    return runs.join(places, on=KEY, how="left", maintain_order="left"), dict(
        own.select("place", "rows").rows()
    )


def _chunk_sizes(runs: pl.DataFrame, chunk_rows: int) -> Iterator[int]:
    """How many rows each chunk takes of the runs without a place: it ends where an order ends, as soon as that makes `chunk_rows` rows."""
    keys, ends = runs.select(
        KEY, end=pl.when(pl.col("place").is_null()).then("rows").otherwise(0).cast(pl.Int64).cum_sum()
    )
    start, total = 0, int(ends[-1]) if ends.len() else 0
    while start < total:
        end = min(start + chunk_rows, total)
        of_end = int(ends.search_sorted(end, side="left"))  # the run in which the last row stands
        if keys[of_end] is not None:  # rows without a number are an order each
            end = int(ends[of_end])
        yield end - start
        start = end


def _cut(frames: Iterator[pl.DataFrame], sizes: Iterator[int]) -> Iterator[pl.DataFrame]:
    """Cut a stream into parts of these sizes, and read it to its end."""
    held: list[pl.DataFrame] = []
    for size in sizes:
        while sum(part.height for part in held) < size:
            frame = next(frames, None)
            held.append(_other_rows() if frame is None else frame)
        rows = held[0] if len(held) == 1 else pl.concat(held, how="diagonal")
        yield rows[:size].rechunk()  # once, before every step does it for itself
        held = [rows[size:]]
    if any(part.height for part in chain(held, frames)):
        _other_rows()


def _other_rows() -> NoReturn:
    raise MachineError(
        "The file has other rows than when it was looked at; this is a fault of ours, please report it."
    )


class _RowsPutAside:
    """Rows put aside on disk, a file for each place."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[int, int] = {}

    def but_for(self, frames: Iterator[pl.DataFrame], runs: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Pass the stream on without the rows of runs that have a place."""
        if runs["place"].null_count() == runs.height:
            yield from frames
            return
        start = 0
        with prefetch(frames) as coming:
            for frame in coming:
                placed = frame.with_columns(_places(runs, start, frame.height))
                parts = placed.partition_by("place", as_dict=True, include_key=False)
                others = parts.pop((None,), frame.clear())
                for (place,), rows in parts.items():
                    self._put(place, rows)
                start += frame.height
                yield others

    def all(self, but_for: Collection[int]) -> Iterator[pl.DataFrame]:
        """What was put aside but for these places, a place at a time, in the order of the file."""
        for place in sorted(self._places.keys() - but_for):
            yield pl.concat(self.parts(place), how="diagonal").rechunk()

    def parts(self, place: int) -> Iterator[pl.DataFrame]:
        """What was put at a place, as it came."""
        return (pl.read_ipc(self._file(place, part)) for part in range(self._places[place]))

    def _put(self, place: int, rows: pl.DataFrame) -> None:
        part = self._places.get(place, 0)
        rows.write_ipc(self._file(place, part))
        self._places[place] = part + 1

    def _file(self, place: int, part: int) -> Path:
        return self._folder / f"{place}.{part}.arrow"


def _places(runs: pl.DataFrame, start: int, rows: int) -> pl.Series:
    """`place` of so many rows of the table from this one on."""
    of_rows = pl.int_range(start, start + rows, dtype=pl.UInt32, eager=True).alias("at")
    first = max(int(runs["at"].search_sorted(start, side="right")) - 1, 0)
    last = int(runs["at"].search_sorted(start + rows, side="left"))
    return of_rows.to_frame().join_asof(runs[first:last], on="at")["place"]
