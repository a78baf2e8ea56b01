"""Counts the items of kept nested orders as findings do: a blank entry of the list is a line of its own, and no item."""

from typing import NamedTuple

import polars as pl

from validators.group_rows import ITEM_COLUMNS
from validators.normalize import is_blank

NAMES_ITEM = "is an item"


class Counted(NamedTuple):
    """How many items stood in the lines of a row that were seen last; its others may come behind."""

    row: int = 0
    items: int = 0


def tell_items(mapped: pl.DataFrame) -> pl.DataFrame:
    """Of each `row_number` whether it names an item."""
    cells = [~is_blank(pl.col(name)) for name in mapped.columns if name in ITEM_COLUMNS]
    names = pl.any_horizontal(cells) if cells else pl.lit(value=False)
    return mapped.select("row_number", names.alias(NAMES_ITEM)).group_by("row_number").agg(pl.any(NAMES_ITEM))


def count_items(cells: pl.DataFrame, before: Counted) -> tuple[pl.DataFrame, Counted]:
    """The cells (`row, item` and NAMES_ITEM) with `item_number`, their item's in its row, counted from 1; and where the count stands."""
    if cells.is_empty():
        return cells.with_columns(item_number=pl.lit(None, dtype=pl.Int64)), before
    lines = cells.select("row", "item", NAMES_ITEM).unique(["row", "item"]).sort("row", "item")
    earlier = pl.when(pl.col("row") == before.row).then(before.items).otherwise(0)
    counted = lines.with_columns(
        item_number=pl.col(NAMES_ITEM).cast(pl.Int64).cum_sum().over("row") + earlier
    ).drop(NAMES_ITEM)
    numbered = cells.join(counted, on=["row", "item"], maintain_order="left")
    last = counted.row(-1, named=True)
    return numbered, Counted(last["row"], last["item_number"])
