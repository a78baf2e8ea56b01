"""Tells items what their rules need to know of the head, and a head what its rules need to know of the items."""

import polars as pl

from validators.checks import raw
from validators.item_rules import CROSSES_BORDER, crosses_border
from validators.order_model import MEMBERS
from validators.order_rules import ITEM_COUNT, ITEM_PRICED, ITEM_SUM


def add_item_facts(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Add what rules on heads need to know of the items."""
    price, quantity = pl.col("items.unitPrice"), pl.col("items.quantity")
    sound = quantity.is_between(*MEMBERS["items.quantity"].bounds) & (price >= 0)
    both = sound.fill_null(value=False).all()  # a quantity or price that is wrong already makes no sum wrong
    facts = items.group_by("order").agg(
        pl.len().alias(ITEM_COUNT),
        pl.col(raw("items.unitPrice")).is_not_null().any().alias(ITEM_PRICED),
        pl.when(both).then((quantity * price).sum()).alias(ITEM_SUM),
    )
    return heads.join(facts, on="order", how="left", maintain_order="left").with_columns(
        pl.col(ITEM_COUNT).fill_null(0), pl.col(ITEM_PRICED).fill_null(value=False)
    )


def add_head_facts(items: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Add what rules on items need to know of their order's head."""
    return items.with_columns(crosses_border(heads).gather(items["order"]).alias(CROSSES_BORDER))
