"""Assembles rows of `orders` and `order_items` from checked heads and items, with the orders' public ids."""

from functools import cache

import polars as pl

from flows.database.column_names import column_name
from flows.frames import Assembled
from flows.order_ids import order_ids
from validators.checked import Checked
from validators.order_model import HEAD, ITEM, Member


def assemble(checked: Checked, source: str, key: bytes) -> Assembled:
    """The orders that no finding rejects, under the tables' column names."""
    heads = checked.heads.filter(~pl.col("rejected"))
    items = checked.items
    if heads.height < checked.heads.height:
        items = items.join(heads.select("order"), on="order", how="semi", maintain_order="left")
    orders = heads.select(
        "order",
        order_ids(source, heads["orderNumber"], pl.zeros(heads.height, pl.Int32, eager=True), key),
        pl.lit(source).alias("source"),
        pl.col("row_number").alias("first_row"),
        *_named(HEAD),
    )
    return Assembled(
        orders=orders,
        items=items.select("order", pl.col("item").alias("item_no"), *_named(ITEM)),
        plain=frozenset(map(column_name, checked.plain)),
    )


@cache  # for a small batch takes no longer than making expressions
def _named(members: tuple[Member, ...]) -> list[pl.Expr]:
    return [pl.col(member.path).alias(column_name(member.path)) for member in members]
