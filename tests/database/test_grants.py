"""docs/grants.sql gives just the rights that the program asks for; its watcher sees no value of a person."""

import psycopg
import pytest

from conftest import Command
from flows.database.column_names import column_name
from flows.database.rights import NEEDED
from flows.database.tables import metadata
from import_environment import GRANTS, ImportEnvironment
from order_files import row, write
from validators.order_model import MEMBERS

GIVEN = """
select table_name, lower(privilege_type) from information_schema.role_table_grants where grantee = 'order_importer'"""

SEEN = """
select table_name, column_name from information_schema.columns where table_schema = 'public'
and has_column_privilege('order_watcher', format('%I', table_name)::regclass, column_name, 'select')"""

KEEP_VALUES = {("batches", "settings"), ("batches", "header"), ("id_key", "key"), ("rejected_rows", "cells")}
"""Columns that hold what a sender wrote, or a secret."""


@pytest.fixture
def granted(imports: ImportEnvironment) -> ImportEnvironment:
    """The database with the two roles, made twice."""
    for _ in range(2):
        imports.ask(GRANTS.read_text())
    return imports


def test_every_table_has_its_rights() -> None:
    missing = sorted(metadata.tables.keys() - NEEDED.keys())
    assert not missing, f"Say which rights {missing} need, in flows/database/rights.py and docs/grants.sql"


def test_an_importer_gets_the_rights_that_are_asked_for_and_no_other(granted: ImportEnvironment) -> None:
    needed = {(table, right) for table, rights in NEEDED.items() for right in rights}
    assert set(granted.ask(GIVEN)) == needed


def test_a_watcher_sees_no_value_of_a_person(granted: ImportEnvironment) -> None:
    seen = set(granted.ask(SEEN))
    personal = {column_name(path) for path, member in MEMBERS.items() if member.personal}
    assert {("orders", "order_number"), ("findings", "value"), ("batches", "status")} <= seen
    assert not {(table, column) for table, column in seen if column in personal and table.startswith("order")}
    assert not seen & KEEP_VALUES


def test_a_watcher_cannot_read_an_order_whole(granted: ImportEnvironment, command: Command) -> None:
    command("run", "--direct", write(granted.data / "a.csv", [row("A-1")]))
    with psycopg.connect(granted.url, autocommit=True) as db:
        db.execute("set role order_watcher")
        assert db.execute("select order_number, status from orders").fetchall() == [("A-1", "UNFULFILLED")]
        for query in ("select * from orders", "select * from order_items", "select * from rejected_rows"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(query)
