"""Makes flat rows of orders with their items in a list, as many at a time as memory should hold."""

from collections.abc import Iterator

import polars as pl

from flows.readers.parquet_types import flatten


def flatten_in_parts(orders: pl.DataFrame, at_once: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """The flat rows (see parquet_types.flatten) of some orders after the other, with how many these are."""
    for part in _split_long(orders, at_once):
        yield part.height, flatten(part)


def _split_long(orders: pl.DataFrame, at_once: int) -> list[pl.DataFrame]:
    """The orders, apart where all their items would be more rows than are handled at a time."""
    if not isinstance(orders.schema.get("items"), pl.List):
        return [orders]
    items = orders["items"].list.len().cast(pl.Int64).fill_null(1).clip(1).cum_sum()
    return orders.with_columns((items // at_once).alias("\1")).partition_by(
        "\1", maintain_order=True, include_key=False
    )


def row_sizes(rows: pl.DataFrame) -> pl.Series:
    """What each row takes as text."""
    cells = (pl.col(name).str.len_bytes() for name in rows.columns if name.isdigit())
    return rows.select(size=pl.sum_horizontal(cells).cast(pl.Int64))["size"]
