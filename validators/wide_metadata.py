"""Reads `metadata.<name>` columns where a file has more of them than an order may have entries: cells of many as one column.

A column by itself costs little; five thousand of them, each with its checks, would take minutes for some thousand rows.
What is found and what is stored is the same as json_columns makes of fewer columns.
"""

import json
from dataclasses import dataclass

import polars as pl

from validators.column_stats import ColumnStats
from validators.json_columns import MAX_ENTRIES, join_entries, names_in_cell, too_many_entries
from validators.normalize import normalize_with_stats
from validators.order_model import METADATA

AT_ONCE = 1_000_000
"""Cells that are one column at a time: there are a few copies of each meanwhile, of sixteen bytes and more."""

FEW = MAX_ENTRIES
"""Columns that are looked at one by one."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some columns' cells that are not blank, by column and row, and what their statistics are.

    `row` and `name` are places among the rows and columns, `first` is that of the order's first such cell among these.
    """

    cells: pl.DataFrame
    stats: dict[str, ColumnStats]


@dataclass(frozen=True, kw_only=True)
class WideMetadata:
    """The columns, sorted by name; the `order` and `row_number` of each row, once; and all cells."""

    columns: tuple[str, ...]
    rows: pl.DataFrame
    blocks: tuple[Block, ...]


def set_apart(rows: pl.DataFrame) -> tuple[pl.DataFrame, WideMetadata | None]:
    """The rows without the cells of such columns, and these; rows that have few keep them."""
    columns = tuple(sorted(name for name in rows.columns if name.startswith(METADATA)))
    if len(columns) <= FEW or rows.is_empty():
        return rows, None
    # A row of several items stands here once for each of them.
    once = rows.filter(pl.col("row_number").is_first_distinct())
    size = AT_ONCE // once.height + 1
    blocks = tuple(_block(once, columns, start, size) for start in range(0, len(columns), size))
    wide = WideMetadata(columns=columns, rows=once.select("order", "row_number"), blocks=blocks)
    return rows.drop(columns), wide


def _block(rows: pl.DataFrame, columns: tuple[str, ...], start: int, size: int) -> Block:
    values = pl.concat([rows[name].alias("value") for name in columns[start : start + size]])
    at = pl.int_range(values.len(), dtype=pl.UInt32, eager=True).alias("at")
    cells, stats = normalize_with_stats(pl.DataFrame([at, values]).filter(pl.col("value") != ""))
    cells = cells.drop_nulls("value").select(
        row=pl.col("at") % rows.height, name=pl.col("at") // rows.height + start, value="value"
    )
    order, at = rows["order"].gather(cells["row"]), pl.int_range(cells.height, dtype=pl.UInt32, eager=True)
    begins = (order != order.shift(1)) | (cells["name"] != cells["name"].shift(1))
    begins = begins.fill_null(value=True)
    return Block(
        cells=cells.with_columns(first=at.filter(begins).gather(begins.cum_sum() - 1)),
        stats={"value": stats["value"]},
    )


def join_wide(wide: WideMetadata, heads: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The heads with these entries in their `metadata`, and findings on those that have too many, which get none."""
    at = pl.int_range(pl.len(), dtype=pl.UInt32)
    entries = pl.concat(block.cells.filter(pl.col("first") == at) for block in wide.blocks)
    entries = entries.with_columns(wide.rows["order"].gather(entries["row"]))
    of_orders = heads.join(
        entries["order"].value_counts(name="in columns"), on="order", how="left", maintain_order="left"
    )
    in_cell = names_in_cell(heads).list.len().fill_null(0)
    are_many = of_orders["in columns"].fill_null(0) + in_cell > MAX_ENTRIES
    few = entries.join(heads.filter(~are_many).select("order"), on="order", how="semi", maintain_order="left")
    names = [json.dumps(name.removeprefix(METADATA), ensure_ascii=False) for name in wide.columns]
    name = pl.lit(pl.Series(names).gather(few["name"]))
    value = pl.struct("value").struct.json_encode().str.slice(1)
    entry = pl.concat_str(pl.lit('{"name":'), name, pl.lit(","), value)
    joined = few.select("order", entry=entry).group_by("order").agg(pl.col("entry").str.join(","))
    heads = heads.join(joined, on="order", how="left", maintain_order="left")
    too_many = too_many_entries(heads.filter(are_many))
    return join_entries(heads, pl.col("entry")).drop("entry"), too_many
