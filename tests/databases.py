"""A database of its own for each test: a new one, or that of an earlier test, emptied, if the test changed nothing but rows.

A new one costs the server 0.2 s of processor, a look at what was changed and the emptying a tenth of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

TEMPLATE = "tables_of_ours"
_KEPT = ("id_key", "order_import_version")
"""Tables that have rows from the first."""

_CATALOGS = (
    "pg_attrdef",
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_default_acl",
    "pg_description",
    "pg_event_trigger",
    "pg_extension",
    "pg_index",
    "pg_policy",
    "pg_proc",
    "pg_rewrite",
    "pg_statistic",
    "pg_trigger",
    "pg_type",
)
"""Whatever a statement does that is no change of rows, it leaves a row more, fewer or newer in one of these."""

_SHAPE = " union all ".join(
    [f"select concat(count(*), ' ', max(xmin::text::bigint)) from {name}" for name in _CATALOGS]
    + [f"select string_agg({name}::text, ' ') from {name}" for name in _KEPT]
    + [
        "select string_agg(nspacl::text, ' ') from pg_namespace where nspname = 'public'",
        "select string_agg(nspname, ' ' order by oid) from pg_namespace where nspname !~ '^pg_(toast_)?temp_'",
        "select concat(datdba, datacl, datallowconn, datconnlimit) from pg_database where datname = current_database()",
        "select string_agg(s::text, ' ') from pg_db_role_setting s, pg_database where oid = setdatabase and datname = current_database()",
    ]
)

_EMPTY = f"""
do $$ declare filled text; begin
select string_agg(oid::regclass::text, ', ') into filled from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not in {_KEPT} and pg_relation_size(oid) > 0;
if filled is not null then execute 'truncate ' || filled || ' cascade'; end if;
perform setval(seqrelid::regclass, seqstart, false) from pg_sequence;
end $$"""

Shape = list[tuple[str]] | None

_as_new: list[tuple[str, Shape]] = []
"""Names of databases that a test may have, and their shapes."""


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """The address of a database with our tables and of this name, which is gone afterwards."""
    with psycopg.connect(server, autocommit=True) as db:
        if _as_new:
            old, shape = _as_new.pop()
            _rename(db, old, name)
        else:
            create = sql.SQL("create database {} template {}")
            db.execute(create.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
            shape = _shape(address(server, name))
    yield address(server, name)
    with psycopg.connect(server, autocommit=True) as db:
        gone = f"gone_{name}"  # whoever still runs finds it no more
        db.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", (name,))
        _rename(db, name, gone)
        if _shape(address(server, gone)) == shape:
            _as_new.append((gone, _emptied(address(server, gone))))
        else:
            db.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(gone)))


def address(url: str, database: str) -> str:
    """Where another database of the same server is."""
    parts = conninfo_to_dict(url)
    return f"postgresql://postgres@/{database}?host={parts['host']}&port={parts['port']}"


def _rename(db: psycopg.Connection, old: str, new: str) -> None:
    db.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new)))


def _shape(url: str) -> Shape:
    """What nobody changes who only writes orders; None where one of our tables is gone."""
    try:
        with psycopg.connect(url, autocommit=True) as db:
            return db.execute(_SHAPE).fetchall()
    except psycopg.Error:
        return None


def _emptied(url: str) -> Shape:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(_EMPTY)
    return _shape(url)
