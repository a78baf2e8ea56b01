"""From assembled orders to those that the database knows already, and the members in which they differ.

PostgreSQL compares, in temporary tables: it knows best when two numbers or two JSON objects are the same.
The order of an order's items does not count.
"""

from functools import cache

import polars as pl
import psycopg
from psycopg import sql

from flows.copy import copy_in, encode
from flows.names import column_name
from flows.rows import KNOWN, Assembled
from validators.model import HEAD, ITEM


def known_orders(db: psycopg.Connection, source: str, assembled: Assembled) -> pl.DataFrame:
    """A row (see KNOWN) for each of these orders that is stored already."""
    numbers = assembled.orders["order_number"]
    stored = _stored(db, source, numbers.to_list())
    if stored.is_empty():
        return KNOWN.to_frame()
    return _compared(db, assembled.only(assembled.orders.filter(numbers.is_in(stored.implode()))["order"]))


def _stored(db: psycopg.Connection, source: str, numbers: list[str]) -> pl.Series:
    """Those of these order numbers that the source has already."""
    # Most sources count their orders up: then none lies between a chunk's first and last, and one look says so.
    between = (
        "with ends as materialized (select min(n) as first, max(n) as last from unnest(%s::text[]) n)"
        " select exists (select from orders where source = %s"
        " and order_number between (select first from ends) and (select last from ends))"
    )
    there = []
    if db.execute(between, (numbers, source)).fetchone() == (True,):
        known = "select order_number from orders where source = %s and order_number = any(%s)"
        there = db.execute(known, (source, numbers)).fetchall()
    return pl.Series([row[0] for row in there], dtype=pl.String)


def _compared(db: psycopg.Connection, incoming: Assembled) -> pl.DataFrame:
    orders, items = incoming.keyed(0)
    with db.transaction():
        for table, frame in (("orders", orders), ("order_items", items)):
            db.execute(
                sql.SQL("create temporary table {} on commit drop as table {} with no data").format(
                    sql.Identifier(f"incoming_{table}"), sql.Identifier(table)
                )
            )
            copy_in(db, f"incoming_{table}", frame.columns, encode(frame))
        rows = db.execute(_comparison()).fetchall()
    return pl.DataFrame(rows, schema=KNOWN, orient="row")


@cache
def _comparison() -> sql.Composed:
    """The statement that names, for each incoming order that is stored, the members that differ."""
    head = [(member.path, column_name(member.path)) for member in HEAD if member.path != "orderNumber"]
    cases = [
        sql.SQL("case when i.{0} is distinct from o.{0} then {1} end").format(sql.Identifier(column), path)
        for path, column in head
    ]
    columns = sql.SQL(",").join(sql.Identifier(column_name(member.path)) for member in ITEM)
    return sql.SQL(
        "select i.order_key, o.order_id, o.batch_id, array_remove(array[{cases}, case when "
        "(select count(*) from incoming_order_items where order_key = i.order_key)"
        " <> (select count(*) from order_items where order_key = o.order_key) or exists ("
        "select {columns} from incoming_order_items where order_key = i.order_key except all "
        "select {columns} from order_items where order_key = o.order_key) then 'items' end], null) "
        "from incoming_orders i join orders o using (source, order_number)"
    ).format(cases=sql.SQL(",").join(cases), columns=columns)
