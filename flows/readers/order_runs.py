"""Finds the runs of order numbers: stretches of rows that have one, by which a batch is cut."""

from collections.abc import Iterable

import polars as pl

from flows.errors import BatchError
from flows.fix_file.restore import without_no_cell
from validators.normalize import is_blank, normalize

KEY = "key"

RUNS = pl.Schema({KEY: pl.UInt64, "at": pl.UInt32, "rows": pl.UInt32})
"""A run: its order number's hash, or that of what stands for it, null where nothing does; its first row, from 0, and how many it has."""

MAX_ROWS = 50_000_000
"""Rows of a batch: each run has its place in memory, and this many take less than four GiB."""


def find_runs(keys: Iterable[pl.Series]) -> pl.DataFrame:
    """The runs (see RUNS) of the rows that have these keys; raises BatchError when they are too many."""
    runs = [RUNS.to_frame().drop("rows")]
    last, rows = None, 0
    for some in keys:
        at = pl.int_range(rows, rows + some.len(), dtype=pl.UInt32, eager=True)
        # The first row of all begins a run, even without a number.
        begins = some.ne_missing(some.shift(1, fill_value=last)) | (at == 0)
        runs.append(pl.DataFrame({KEY: some, "at": at}).filter(begins))
        last = some[-1] if some.len() else last
        rows += some.len()
        if rows > MAX_ROWS:
            raise BatchError(
                "fits_rows", f"The file has more than {MAX_ROWS:,} rows. Send them in several files."
            )
    starts = pl.concat(runs)
    return starts.with_columns(rows=pl.col("at").shift(-1, fill_value=rows) - pl.col("at"))


def hash_numbers(numbers: pl.Series, otherwise: pl.Series | None = None) -> pl.Series:
    """A key for each order number, as its sender wrote it; where it is blank null, or the key of what stands for it otherwise.

    One order's numbers have one key, and other orders have others: by it an order's rows are counted too.
    """
    numbers = normalize(numbers.alias(KEY).to_frame()).select(without_no_cell(pl.col(KEY))).to_series()
    instead = None if otherwise is None else otherwise.hash()
    return pl.select(pl.when(numbers.is_not_null()).then(numbers.hash()).otherwise(instead)).to_series()


def hash_filled_rows(rows: pl.DataFrame) -> pl.Series:
    """The same key for each row in whose numbered columns anything stands: all have one order number, given elsewhere."""
    return rows.select(pl.when(is_filled(rows)).then(pl.lit(0, dtype=pl.UInt64)).alias(KEY)).to_series()


def is_filled(rows: pl.DataFrame) -> pl.Expr:
    """Whether anything stands in the numbered columns of a row."""
    return pl.any_horizontal(~is_blank(pl.col(name)) for name in rows.columns if name.isdigit())
