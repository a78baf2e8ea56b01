"""Says which right the user of the database lacks, asked of the server's catalogue: its own words may be of any language."""

import psycopg

from flows.errors import MachineError

NEEDED = {
    "order_import_version": ("select",),
    "id_key": ("select",),
    "batches": ("select", "insert", "update"),
    "batch_chunks": ("select", "insert"),
    "orders": ("select", "insert"),
    "order_items": ("select", "insert"),
    "order_results": ("select", "insert"),
    "findings": ("select", "insert"),
    "rejected_rows": ("select", "insert"),
}

_TABLES = """
select format('%%s on %%s', upper(r), t) from unnest(%s::text[], %s::text[]) as needed (t, r)
where to_regclass(t) is not null and not has_table_privilege(to_regclass(t), r)"""

_OTHERS = """
select 'USAGE on orders_order_key_seq' where to_regclass('orders_order_key_seq') is not null
and not has_sequence_privilege(to_regclass('orders_order_key_seq'), 'usage')
union all select 'TEMPORARY on the database' where not has_database_privilege(current_database(), 'temporary')
union all select 'USAGE on schema public' where to_regnamespace('public') is not null
and not has_schema_privilege('public', 'usage')"""

_POLICIES = """
select distinct relname::text from pg_class where relname = any(%s) and relrowsecurity and pg_table_is_visible(oid)"""


def describe_missing_right(db: psycopg.Connection) -> MachineError:
    """What the session was refused with 42501, in a sentence."""
    try:
        return MachineError(f"PostgreSQL ended it: the user of the database {_find(db)} (42501).")
    except psycopg.Error:
        return MachineError("PostgreSQL ended it: the user of the database lacks a right (42501).")


def _find(db: psycopg.Connection) -> str:
    pairs = [(table, right) for table, rights in NEEDED.items() for right in rights]
    asked = ([table for table, _ in pairs], [right for _, right in pairs])
    missing = [row[0] for row in (*db.execute(_TABLES, asked), *db.execute(_OTHERS))]
    if missing:
        return f"lacks the right {', '.join(missing)}"
    hidden = [row[0] for row in db.execute(_POLICIES, (list(NEEDED),))]
    if hidden:
        return f"is kept from rows by row-level security on {', '.join(hidden)}"
    return "lacks a right, such as CREATE on the schema"
