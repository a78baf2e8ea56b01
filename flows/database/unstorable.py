"""Finds by halving the orders that the database refuses though every check held.

Every check held and PostgreSQL still said no: a bug in a check, or a rule that somebody has put on our tables. The one
order is rejected, the others go on. Of orders that bear no other beside them the first of the file is kept.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import psycopg
from psycopg import errors

from flows.database.collisions import ORDER_ID
from flows.database.copy import copy_in, make_copy
from flows.errors import printable
from flows.frames import REFUSED, Assembled

REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    errors.ProgramLimitExceeded,  # a value that is too long for an index
    errors.RaiseException,  # by a trigger
)
"""What the server says of rows that it does not take."""

_RACES = (ORDER_ID, "orders_source_order_number_key")

_log = logging.getLogger(__name__)


def is_race(error: psycopg.Error) -> bool:
    """Whether another batch was faster with an order's number or id; all other constraints tell of the order itself."""
    return isinstance(error, errors.UniqueViolation) and error.diag.constraint_name in _RACES


def find_unstorable(db: psycopg.Connection, batch_id: str, orders: Assembled) -> pl.DataFrame:
    """A row (see REFUSED) for each of these orders that cannot be stored; nothing is stored by the question."""
    row = db.execute("select nextval('orders_order_key_seq')").fetchone()
    question = _Question(db=db, batch_id=batch_id, orders=orders, first_key=int(row[0]) if row else 0)
    with db.transaction(force_rollback=True):
        db.execute("set constraints all immediate")  # those too that would be looked at by the COMMIT
        found = list(question.refused(orders.orders.sort("first_row")["order"]))
    return pl.DataFrame(found, schema=REFUSED, orient="row")


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Asked in one transaction: what was taken stays in it, so that what cannot stand beside it is found."""

    db: psycopg.Connection
    batch_id: str
    orders: Assembled
    first_key: int

    def refused(self, numbers: pl.Series) -> Iterator[tuple[int, str | None, str | None]]:
        """Number, SQLSTATE and constraint of those that are not taken; one that a race is about is passed over."""
        part = self.orders.only(numbers)
        error = self._try(part)
        if error is None:
            return
        if numbers.len() > 1:
            half = numbers.len() // 2
            yield from self.refused(numbers[:half])
            yield from self.refused(numbers[half:])
        elif not is_race(error):
            _log.error(
                "batch %s, row %s: PostgreSQL refused an order that every check held for, %s",
                self.batch_id,
                part.orders["first_row"].item(),
                error.sqlstate,
            )
            name = error.diag.constraint_name or error.diag.column_name
            yield numbers.item(), error.sqlstate, printable(name) if name else None

    def _try(self, part: Assembled) -> psycopg.Error | None:
        """Write them, and take it back where the server says no."""
        heads, items = part.keyed(self.first_key)
        try:
            with self.db.transaction():
                copy_in(self.db, make_copy("orders", heads.with_columns(batch_id=pl.lit(self.batch_id))))
                if items.height:
                    copy_in(self.db, make_copy("order_items", items))
        except REFUSALS as error:
            return error
        return None
