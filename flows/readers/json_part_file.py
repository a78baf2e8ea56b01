"""Writes orders into a file as columns of text, and reads them, as many at a time as there is memory for.

Every column takes memory in every row, whether or not anything stands in it: an order with many unknown members makes a wide
table of all others.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from flows.readers.record_limits import MAX_CELLS, RecordLimits, rows_at_once

Row = dict[str, Any]
"""An order's cells, with its items as a list of such under ITEMS."""

ITEMS = "items"

MOST_ITEMS = 2_000
"""Of an order in one row; the others stand in further rows of the same number, to be flattened in turn."""


def write_rows(
    path: Path, rows: Iterable[Row], heads: Mapping[str, pa.DataType], items: Iterable[str]
) -> None:
    """Write rows with these columns, those of items are text; raises BatchError where one is too long for all its items."""
    item = pa.struct([(name, pa.large_string()) for name in items])
    kind = pa.struct([*heads.items(), (ITEMS, pa.large_list(item))])
    columns = len(heads) + item.num_fields
    with pa.ipc.new_file(path, pa.schema(kind), options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        for some in _cut(rows, columns):
            file.write_batch(pa.RecordBatch.from_struct_array(pa.array(some, kind)))


def read_rows(path: Path) -> Iterator[pl.DataFrame]:
    """The rows, in the steps in which they were written."""
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
        for at in range(file.num_record_batches):
            frame = pl.from_arrow(file.get_batch(at))
            assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a batch never becomes a Series
            yield frame


def _cut(rows: Iterable[Row], columns: int) -> Iterator[list[Row]]:
    """The rows, no more at a time than there is memory for; of an order that has many items each part by itself."""
    most, held, cells = rows_at_once(columns, MOST_ITEMS), list[Row](), 0
    for row in rows:
        items = len(row.get(ITEMS, ()))
        if items > most:
            yield from ([held] if held else [])
            yield from ([part] for part in _parts(row, most))
            held, cells = [], 0
            continue
        held.append(row)
        cells += columns * max(items, 1)
        if cells > MAX_CELLS:
            yield held
            held, cells = [], 0
    yield held


def _parts(row: Row, most: int) -> Iterator[Row]:
    """The row with so many items at a time, its head in each of them."""
    size = sum(len(cell) for cell in row.values() if isinstance(cell, str))
    items = row[ITEMS]
    RecordLimits().take(size, len(items))
    for at in range(0, len(items), most):
        yield row | {ITEMS: items[at : at + most]}
