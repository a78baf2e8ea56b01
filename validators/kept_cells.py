"""What was kept of rows that were rejected before, for when they come back: which cells are watched, and where each stands."""

from dataclasses import dataclass, field

import polars as pl

from validators.group_rows import GROUP
from validators.order_model import MEMBERS

SAME_ORDER, AS_IT_WAS, ONE_ROW = "is_the_same_order", "is_as_it_was", "is_one_row"
"""Checks of rows that came back, and of a nested file's."""

KEPT_ROWS = "has_every_kept_row"
"""A check of an order that came back."""

WATCHED = tuple(path for path, member in MEMBERS.items() if member.code)
"""The order number, ids, codes and postal codes."""

PLACE = {"batch": pl.String(), "row": pl.Int64()}
"""Where a row is kept: the batch, and the row's number in it."""

OF_ROW = {"column_name": pl.String(), GROUP: pl.Int32()}
PLACES = pl.Schema({"row_number": pl.Int64(), **OF_ROW, **PLACE})
CELLS = pl.Schema({**PLACE, **OF_ROW, "item": pl.Int64(), "kept": pl.String(), "taken": pl.Boolean()})
ORIGINS = pl.Schema({"row_number": pl.Int64(), **PLACE})
ABSENT = pl.Schema({"row_number": pl.Int64(), "batch": pl.String(), "absent": pl.List(pl.Int64())})


@dataclass(frozen=True, kw_only=True)
class KeptCells:
    """What was kept of rows: `places` says where for each column of a row, `cells` which texts stand there.

    There are only cells that were sound; several at a place are those of a nested order's items, or of one cell. The
    group is 0 where a column is no group's. An order's number is `taken` where another order has it: then it may become
    another one.
    `origins` says of which row of a nested file a row is a part; `absent` which sound rows of a row's order were rejected
    with it, and are nowhere in the file.
    """

    places: pl.DataFrame = field(default_factory=PLACES.to_frame)
    cells: pl.DataFrame = field(default_factory=CELLS.to_frame)
    origins: pl.DataFrame = field(default_factory=ORIGINS.to_frame)
    absent: pl.DataFrame = field(default_factory=ABSENT.to_frame)


def with_groups(cells: pl.DataFrame, becomes: pl.DataFrame) -> pl.DataFrame:
    """The cells (`column_name`, perhaps GROUP) with their group, 0 where their column is no group's."""
    if GROUP not in cells.columns:
        return cells.with_columns(pl.lit(0, dtype=pl.Int32).alias(GROUP))
    own = becomes.select("column_name", GROUP, own=pl.col(GROUP)).unique()
    with_own = cells.join(own, on=["column_name", GROUP], how="left", maintain_order="left")
    return with_own.with_columns(pl.col("own").fill_null(0).alias(GROUP)).drop("own")
