"""Says what a database has in place of the schema that this program needs: nothing, an older or a newer one, another program's."""

import psycopg

from flows.database.drift import FILLED
from flows.errors import MachineError

# Whoever may not use a schema does not see the tables in it; the catalogue tells everybody where they are.
_ELSEWHERE = """
select nspname::text, has_schema_privilege(n.oid, 'usage') from pg_class c join pg_namespace n on n.oid = relnamespace
where relname = 'order_import_version' and relkind = 'r' and to_regclass('order_import_version') is null order by 1"""

_TAKEN = "select t from unnest(%s::text[]) as ours (t) where to_regclass(t) is not null"


def refuse_other_schema(db: psycopg.Connection, found: str | None, newest: str) -> None:
    """Raise MachineError where the schema that was found is not the newest, and say who can do what."""
    _refuse_newer(found, newest)
    if found is None:
        raise MachineError(_describe_absence(db))
    if found != newest:
        raise MachineError(
            f"The database has the schema {found}, this program needs {newest}. Run: order-import db upgrade"
        )


def refuse_unknown(db: psycopg.Connection, found: str | None, newest: str) -> None:
    """Raise MachineError where an upgrade cannot begin: a newer schema, or tables of our names that are not ours."""
    _refuse_newer(found, newest)
    taken = [row[0] for row in db.execute(_TAKEN, (list(FILLED),))] if found is None else []
    if taken:
        raise MachineError(
            f"The database has tables of these names already, which are none of this program's: {', '.join(taken)}."
            " Give it a database, or a schema in the search_path of its user, of its own. Where they are this"
            " program's after all, the row of order_import_version is gone that says so."
        )


def _refuse_newer(found: str | None, newest: str) -> None:
    if found is not None and found > newest:
        raise MachineError(
            f"The database has the schema {found}, which is newer than this program ({newest}): install the newer one."
        )


def _describe_absence(db: psycopg.Connection) -> str:
    """Why no table of ours is seen."""
    for schema, may_use in db.execute(_ELSEWHERE):
        if not may_use:
            return f"PostgreSQL ended it: the user of the database lacks the right USAGE on schema {schema} (42501)."
        return (
            f"The database has the tables in the schema {schema}, where its user does not look: put it into the"
            " user's search_path. If another set of tables is wanted, run: order-import db upgrade"
        )
    return "The database has no tables of ours yet. Run: order-import db upgrade"
