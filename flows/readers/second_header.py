"""Refuses files that were put behind each other whose columns stand in another order: the second one's rows would be read by the first one's names."""

import polars as pl

from flows.errors import BatchError
from flows.fix_file.restore import is_fix_file
from flows.readers.order_runs import KEY, hash_numbers
from flows.readers.table import Table


def refuse_other_order(table: Table, runs: pl.DataFrame, place: int | None) -> None:
    """Raise BatchError where the header stands again with a name at another place; `place` is the order number's column.

    The runs (see order_runs.RUNS) say whether there may be one, so that hardly any file is read for it.
    """
    if place is None or table.nested or is_fix_file(table.header):
        return
    (key,) = hash_numbers(pl.Series([table.header[place]]))
    if runs.filter(pl.col(KEY) == key).is_empty():
        return
    names = [name.strip().lower() for name in table.header]
    for frame in table.frames():
        cells = [pl.col(str(at)).str.strip_chars().str.to_lowercase() for at in range(len(names))]
        moved = [cell.is_in(names) & (cell != name) for cell, name in zip(cells, names, strict=True)]
        found = frame.filter((cells[place] == names[place]) & pl.any_horizontal(moved))
        if found.height:
            raise BatchError(
                "has_one_header",
                f"Row {found['row_number'][0]} is a header again, with the columns in another order than the first: the rows"
                " below it would be read by the wrong names. Send the files that were put together apart.",
            )
