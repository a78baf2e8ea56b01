"""Gives another id to the orders whose id is taken by another order: a salt settles the collision."""

from dataclasses import replace

import polars as pl
import psycopg

from flows.frames import Assembled
from flows.order_ids import order_ids

ORDER_ID = "orders_order_id_key"
"""The constraint that finds a collision."""


def resolve_collisions(db: psycopg.Connection, source: str, assembled: Assembled, key: bytes) -> Assembled:
    """The same orders; those whose id is taken, by a stored order or by an earlier one of the chunk, have another."""
    orders = assembled.orders
    salts = pl.zeros(orders.height, pl.Int32, eager=True)
    while (taken := _taken(db, orders)).any():
        salts = salts + taken.cast(pl.Int32)
        orders = orders.with_columns(order_ids(source, orders["order_number"], salts, key))
    return replace(assembled, orders=orders)


def _taken(db: psycopg.Connection, orders: pl.DataFrame) -> pl.Series:
    stored = db.execute(
        "select order_id, source, order_number from orders where order_id = any(%s)",
        (orders["order_id"].to_list(),),
    ).fetchall()
    theirs = pl.DataFrame(
        stored, schema=dict.fromkeys(("order_id", "source", "order_number"), pl.String), orient="row"
    )
    others = orders.join(theirs, on=["order_id"], how="inner").filter(
        (pl.col("source") != pl.col("source_right"))
        | (pl.col("order_number") != pl.col("order_number_right"))
    )
    return orders["order_id"].is_in(others["order_id"].implode()) | ~orders["order_id"].is_first_distinct()
