"""Finds by halving the orders that the database refuses though every check held.

Every check held and PostgreSQL still said no: a bug in a check. The one order is rejected, the others go on.
"""

import logging

import polars as pl
import psycopg

from flows.database.copy import copy_in, encode
from flows.frames import REFUSED, Assembled

_log = logging.getLogger(__name__)


def find_unstorable(db: psycopg.Connection, batch_id: str, orders: Assembled) -> pl.DataFrame:
    """A row (see REFUSED) for each of these orders that cannot be stored; nothing is stored by the question."""
    state = _refusal(db, batch_id, orders)
    if state is None:
        return REFUSED.to_frame()
    numbers = orders.orders["order"]
    if numbers.len() == 1:
        row = orders.orders.row(0, named=True)
        _log.error(
            "batch %s, row %s: PostgreSQL refused an order that every check held for, %s",
            batch_id,
            row["first_row"],
            state,
        )
        return pl.DataFrame({"order": numbers, "sqlstate": [state]}, schema=REFUSED)
    half = numbers.len() // 2
    return pl.concat(
        [find_unstorable(db, batch_id, orders.only(part)) for part in (numbers[:half], numbers[half:])]
    )


def _refusal(db: psycopg.Connection, batch_id: str, orders: Assembled) -> str | None:
    """The SQLSTATE with which the server refuses them; None when it does not."""
    row = db.execute("select nextval('orders_order_key_seq')").fetchone()
    heads, items = orders.keyed(int(row[0]) if row else 0)
    try:
        with db.transaction(force_rollback=True):
            for table, frame in (
                ("orders", heads.with_columns(batch_id=pl.lit(batch_id))),
                ("order_items", items),
            ):
                if frame.height:
                    copy_in(db, table, frame.columns, encode(frame))
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        return None if isinstance(error, psycopg.errors.UniqueViolation) else error.sqlstate
    return None
