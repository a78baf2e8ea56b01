"""Reads the values of heads: typed, mended, their lists read; and what is wrong with each value alone."""

from collections.abc import Mapping

import polars as pl

from validators.cast import cast
from validators.column_stats import UNKNOWN, ColumnStats
from validators.failures import add_missing_columns, find_failures
from validators.json_columns import read_lists
from validators.mend import space_postal_codes
from validators.order_model import HEAD
from validators.value_checks import HEAD_VALUES


def read_head_values(
    heads: pl.DataFrame, stats: Mapping[str, ColumnStats]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The heads typed, mended and their lists read; and what is wrong with each value alone."""
    heads, mended = space_postal_codes(add_missing_columns(cast(heads, HEAD), HEAD))
    stats = {**stats, **dict.fromkeys(mended["column_name"], UNKNOWN)}
    heads, in_lists = read_lists(heads, stats)
    return heads, pl.concat([mended, in_lists, find_failures(heads, HEAD_VALUES, stats)])
