"""Finds the orders that the database knows already, and the members in which they differ.

PostgreSQL compares, in temporary tables: it knows best when two numbers or two JSON objects are the same.
The order of an order's items does not count.
"""

from functools import cache

import polars as pl
import psycopg
from psycopg import sql

from flows.database.column_names import column_name
from flows.database.copy import copy_in, make_copy
from flows.frames import KNOWN, Assembled
from validators.order_model import HEAD, ITEM


def find_known_orders(db: psycopg.Connection, source: str, assembled: Assembled) -> pl.DataFrame:
    """A row (see KNOWN) for each of these orders that is stored already."""
    numbers = assembled.orders["order_number"]
    stored = _find_stored(db, source, numbers)
    if stored.is_empty():
        return KNOWN.to_frame()
    return _compare(db, assembled.only(assembled.orders.filter(numbers.is_in(stored.implode()))["order"]))


def _find_stored(db: psycopg.Connection, source: str, numbers: pl.Series) -> pl.Series:
    """Those of these order numbers that the source has already."""
    # One text goes there many times faster than a list, and no order number of an accepted order has a line feed.
    asked = {"source": source, "numbers": numbers.str.join("\n").item()}
    # Most sources count their orders up: then none lies between a chunk's first and last, and one look says so.
    # First and last by the column's own collation, which the union takes on: it may not be the database's.
    between = (
        "with ends as materialized (select min(n) as first, max(n) as last from (select order_number from orders where false"
        " union all select string_to_table(%(numbers)s, e'\\n')) as asked (n))"
        " select exists (select from orders where source = %(source)s"
        " and order_number between (select first from ends) and (select last from ends))"
    )
    there = []
    if db.execute(between, asked).fetchone() == (True,):
        known = (
            "select order_number from orders"
            " where source = %(source)s and order_number = any(string_to_array(%(numbers)s, e'\\n'))"
        )
        there = db.execute(known, asked).fetchall()
    return pl.Series([row[0] for row in there], dtype=pl.String)


def _compare(db: psycopg.Connection, incoming: Assembled) -> pl.DataFrame:
    orders, items = incoming.keyed(0)
    with db.transaction():
        for table, frame in (("orders", orders), ("order_items", items)):
            db.execute(
                sql.SQL("create temporary table {} on commit drop as table {} with no data").format(
                    sql.Identifier(f"incoming_{table}"), sql.Identifier(table)
                )
            )
            copy_in(db, make_copy(f"incoming_{table}", frame))
        rows = db.execute(_comparison()).fetchall()
    return pl.DataFrame(rows, schema=KNOWN, orient="row")


@cache
def _comparison() -> sql.Composed:
    """The statement that names, for each incoming order that is stored, the members that differ."""
    head = [(member.path, column_name(member.path)) for member in HEAD if member.path != "orderNumber"]
    cases = [
        sql.SQL("case when {0} is distinct from {1} then {2} end").format(
            _comparable("i", column), _comparable("o", column), path
        )
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


def _comparable(table: str, column: str) -> sql.Composed:
    """A column's value; of the metadata, whose names are unique, in whatever order its entries were stored."""
    value = sql.Identifier(table, column)
    if column != column_name("metadata"):
        return sql.Composed([value])
    return sql.SQL("array(select e from jsonb_array_elements({}) e order by e)").format(value)
