"""Refuses tables that are ours by name and not as our migrations made them: a column of another type, a key that is gone.

Somebody has changed them by hand, or a restore has left something out. What is stored there may be altered in silence,
be there twice, or be refused as if its sender had a fault. What others have added to them is no concern of ours.
"""

from functools import cache
from typing import TYPE_CHECKING

import psycopg

from flows.database.column_names import column_name
from flows.errors import MachineError, printable

if TYPE_CHECKING:
    from validators.order_model import Member

FILLED = {
    "orders": ("order_id", "source", "order_number", "batch_id", "first_row"),
    "order_items": ("order_key", "item_no"),
    "batches": ("batch_id", "source", "sha256", "file", "status", "chunk_rows"),
    "batch_chunks": ("batch_id", "chunk_no", "first_key"),
    "order_results": ("batch_id", "first_row", "chunk_no", "outcome", "code", "rows"),
    "findings": ("batch_id", "row_number", "check_name", "severity", "hint"),
    "rejected_rows": ("batch_id", "row_number", "item", "chunk_no", "first_row", "cells"),
}
"""The columns that must not be null and have no default, by table: those that every row of ours fills.

Written out, for the tables of tables.py take SQLAlchemy, which only an upgrade loads.
"""

KEYS = (
    *(f"{table}_pkey" for table in FILLED if table != "findings"),
    "orders_order_id_key",
    "orders_source_order_number_key",
)
"""The constraints by which a thing is there once; tests hold both against the tables."""


@cache
def column_types() -> dict[str, dict[str, str]]:
    """The types of the columns in which orders are stored, as they were sent, by table."""
    # Not at the top: `order-import db url`, which stores nothing, is spared the whole model.
    from validators.order_model import HEAD, ITEM

    ours = dict.fromkeys(("order_id", "source", "order_number", "batch_id", "status"), "text")
    return {
        "orders": ours
        | {column_name(member.path): _type(member) for member in HEAD if member.path != "orderNumber"},
        "order_items": {column_name(member.path): _type(member) for member in ITEM},
    }


def _type(member: "Member") -> str:
    """What the catalogue calls the type of its column."""
    if member.kind == "decimal":
        return f"numeric({','.join(map(str, member.digits))})"
    return {"integer": "integer", "boolean": "boolean", "json": "jsonb"}.get(member.kind, "text")


_ALTERED = """
select format('%%s.%%s is %%s, not %%s', t, c, coalesce(format_type(atttypid, atttypmod), 'missing'), wanted)
from unnest(%(of_tables)s::text[], %(columns)s::text[], %(types)s::text[]) as wanted (t, c, wanted)
left join pg_attribute on attrelid = to_regclass(t) and attname = c and not attisdropped
where to_regclass(t) is not null and format_type(atttypid, atttypmod) is distinct from wanted"""

_GONE = """
select format('%%s is missing', t) from ours where to_regclass(t) is null
union all select format('%%s is no table', t) from ours join pg_class r on r.oid = to_regclass(t) where relkind not in ('r', 'p')
union all select format('the key %%s is missing', k) from unnest(%(keys)s::text[]) as keys (k) where not exists
(select from pg_constraint join pg_index on indexrelid = conindid and indisvalid join ours on conrelid = to_regclass(t) where conname = k)"""

# Of a row, before it is inserted, and nobody's but the database's own (tgtype: 1 row, 2 before, 4 insert).
_REWRITERS = """
rewriters as (select * from pg_trigger where not tgisinternal and tgenabled <> 'D' and tgtype & 7 = 7)"""

# What fills a column in place of a default, a domain or a trigger, is in nobody's way.
_IN_THE_WAY = """
select format('%%s.%%s must not be null, and is none of ours', t, attname)
from ours join pg_attribute on attrelid = to_regclass(t)
where attnum > 0 and not attisdropped and attnotnull and not atthasdef and attidentity = '' and (t, attname) not in
(select * from unnest(%(filled_tables)s::text[], %(filled)s::text[]))
and (select typdefault from pg_type y where y.oid = atttypid) is null and not exists (select from rewriters where tgrelid = attrelid)
union all select format('orders.%%s takes texts that differ for the same (its collation)', attname)
from pg_attribute join pg_collation c on c.oid = attcollation where attrelid = to_regclass('orders') and not collisdeterministic"""

_DIFFERENCES = f"with ours as (select unnest(%(tables)s::text[]) as t), {_REWRITERS}" + " union all ".join(
    (_ALTERED, _GONE, _IN_THE_WAY)
)

# Whoever may not, or not see every row, is told of that where orders are asked for.
_MAY_LOOK = (
    "select has_table_privilege(r, 'select') and not row_security_active(r) from to_regclass('orders') as r"
)

# The last key of the block that was reserved last; a sequence that was never asked says null.
_BEHIND = """
select 'the sequence orders_order_key_seq stands behind the keys of orders, as after a restore'
' (select setval(''orders_order_key_seq'', max(order_key)) from orders)'
from pg_sequence where seqrelid = to_regclass('orders_order_key_seq') and (select max(order_key) from orders) >=
case when has_sequence_privilege(seqrelid, 'usage')
 then coalesce(pg_sequence_last_value(seqrelid), seqstart - seqincrement) + seqincrement end"""

MOST_TOLD = 5
"""Differences that the sentence names; whoever has changed more knows of it."""


def refuse_drift(db: psycopg.Connection) -> None:
    """Raise MachineError where an order might be stored otherwise than it was sent, or twice, or not at all."""
    found = [row[0] for row in db.execute(_DIFFERENCES, _parameters())]
    if not found and db.execute(_MAY_LOOK).fetchone() == (True,):
        found = [row[0] for row in db.execute(_BEHIND)]
    if found:
        more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
        raise MachineError(
            f"The tables of the database are not as this program made them: {'; '.join(found[:MOST_TOLD])}{more}."
            " Nothing is imported before that is set right."
        )


@cache
def _parameters() -> dict[str, list[str]]:
    """What the statement is asked with: lists that PostgreSQL makes rows of."""
    columns = [(table, name, kind) for table, types in column_types().items() for name, kind in types.items()]
    filled = [(table, name) for table, names in FILLED.items() for name in names]
    return {
        "tables": list(FILLED),
        "keys": list(KEYS),
        "of_tables": [table for table, _, _ in columns],
        "columns": [name for _, name, _ in columns],
        "types": [kind for _, _, kind in columns],
        "filled_tables": [table for table, _ in filled],
        "filled": [name for _, name in filled],
    }


_TOLD_REWRITERS = (
    f"with {_REWRITERS} select format('%%s on %%s', tgname, tgrelid::regclass) from rewriters"  # noqa: S608
    " where tgrelid = any(array[to_regclass('orders'), to_regclass('order_items')]) order by 1"
)


def note_triggers(db: psycopg.Connection) -> tuple[str, ...]:
    """A note where the database may change orders after we have let go of them, which nobody here sees."""
    found = ", ".join(row[0] for row in db.execute(_TOLD_REWRITERS, {}))
    if not found:
        return ()
    return (
        f"The database has triggers of its own that may change orders before they are stored: {printable(found)}.",
    )
