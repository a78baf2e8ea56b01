"""Checks the foreign key of a chunk's items once a chunk, where we may, and not row by row.

Row by row it costs as much as all the rest of loading the items. A session that may set `session_replication_role`
can leave the server's own triggers out for one transaction; what they would have looked for is asked for the whole
chunk before it commits. This is done only where nobody but us has a trigger or a constraint that would be left out.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import psycopg
from psycopg import sql

from flows.database.column_names import KEY_BLOCK, LOADED
from flows.errors import MachineError
from flows.settings import Settings

ForeignKeyCheck = Callable[[psycopg.Connection, int], AbstractContextManager[None]]
"""Inside it a chunk's rows are copied; its orders' keys begin at the given one."""

OURS = (
    "order_items_order_key_fkey",
    *(f"{table}_batch_id_fkey" for table in LOADED if table not in ("orders", "order_items")),
)
"""The foreign keys of the tables of ours; a test holds them against the schema."""

_log = logging.getLogger(__name__)

_MAY = """
select current_setting('is_superuser') = 'on' or has_parameter_privilege('session_replication_role', 'set')"""

# What runs when a row is inserted, and belongs to no constraint of ours: it would be left out too (tgtype 4: insert).
_OTHERS = """
select exists (select from pg_trigger t left join pg_constraint c on c.oid = t.tgconstraint
where t.tgrelid = any(%s::regclass[]) and t.tgtype & 4 > 0 and t.tgenabled <> 'D' and (c.conname is null or c.conname <> all(%s)))"""

# Two sorted ranges of keys are compared, whatever the statistics of a table that has just grown say.
_ORPHANS = """
select exists (select from (select order_key from order_items where order_key >= %(low)s and order_key < %(high)s) i
left join (select order_key from orders where order_key >= %(low)s and order_key < %(high)s) o using (order_key)
where o.order_key is null)"""


def choose_foreign_key_check(db: psycopg.Connection, settings: Settings) -> ForeignKeyCheck:
    """How the key is proven here; it is told where that is once a chunk."""
    if settings.foreign_key == "row" or not _may_disable_triggers(db):
        return lambda _db, _key: nullcontext()
    _log.info("The foreign key of order_items is proven once a chunk, in place of row by row.")
    return check_once_per_chunk


@contextmanager
def check_once_per_chunk(db: psycopg.Connection, first_key: int) -> Iterator[None]:
    """Leave the server's triggers out, and look for an item without its order; raises MachineError when there is one.

    Once the tables are locked as COPY locks them, nobody can put a trigger on them any more; so it is asked again.
    """
    db.execute(
        sql.SQL("lock table {} in row exclusive mode").format(sql.SQL(",").join(map(sql.Identifier, LOADED)))
    )
    if not _may_disable_triggers(db):
        yield
        return
    db.execute("set local session_replication_role = replica")
    yield
    db.execute(
        "select set_config('session_replication_role', 'origin', true), set_config('enable_nestloop', 'off', true)"
    )
    keys = {"low": first_key, "high": first_key + KEY_BLOCK}
    if db.execute(_ORPHANS, keys).fetchone() != (False,):
        raise MachineError("An item has no order; this is a fault of ours, please report it.")


def _may_disable_triggers(db: psycopg.Connection) -> bool:
    has_right = db.execute(_MAY).fetchone() == (True,)
    return has_right and db.execute(_OTHERS, (list(LOADED), list(OURS))).fetchone() == (False,)
