"""The tables: what the migrations make is what the models say, and both follow the order model."""

import shutil
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, NullPool, Text, create_engine
from sqlalchemy.exc import ProgrammingError

import make_migration
from databases import address
from flows.database import migrate, tables
from make_migration import NothingToWriteError, write_revision
from order_files import write
from validators.order_model import HEAD, ITEM

FIRST = "0001"
CATALOGUE = {
    "columns": "select table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable, column_default,"
    " collation_name from information_schema.columns where table_schema = 'public'",
    "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
    " where connamespace = 'public'::regnamespace",
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
    "sequences": "select sequencename, start_value, increment_by, max_value from pg_sequences",
}


def described(db: psycopg.Connection) -> dict[str, list[str]]:
    return {
        name: sorted(str(row) for row in db.execute(query) if migrate.VERSION_TABLE not in str(row))  # type: ignore[call-overload]
        for name, query in CATALOGUE.items()
    }


def test_migrated_equals_created(server: str, url: str) -> None:
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database if exists created")
        db.execute("create database created")
    created = address(server, "created")
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(created), poolclass=NullPool
    )
    tables.metadata.create_all(engine)
    with psycopg.connect(created) as new, psycopg.connect(url) as migrated:
        assert described(migrated) == described(new), (
            'The tables are not what the migrations make of them. Run: make migration NAME="what has changed"'
        )
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database created with (force)")


def test_what_a_migration_has_done_it_takes_back(url: str) -> None:
    """All but the first; then it is done again, which would fail on anything that is still there."""
    with psycopg.connect(url) as db:
        before = described(db)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, FIRST)
            command.upgrade(config, "head")
    except ProgrammingError as error:
        pytest.fail(f"A migration's downgrade does not take back what its upgrade does: {error.orig}")
    with psycopg.connect(url) as db:
        assert described(db) == before, "A migration's downgrade takes back what its upgrade has not done"


def test_the_program_is_written_for_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.NEWEST, (
        "NEWEST in flows/database/migrate.py is not the last migration; make migration writes it"
    )


def test_a_column_more_becomes_a_migration(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    with pytest.raises(NothingToWriteError):
        write_revision(url, "nothing", folder)
    more = MetaData(naming_convention=tables.metadata.naming_convention)
    for table in tables.metadata.tables.values():
        table.to_metadata(more)
    more.tables["order_items"].append_column(Column("of_a_test", Text, index=True))
    monkeypatch.setattr(tables, "metadata", more)
    monkeypatch.setattr(make_migration, "metadata", more)
    file = write_revision(url, "column of a test", folder)
    number = f"{int(migrate.NEWEST) + 1:04}"
    assert file.name == f"{number}_column_of_a_test.py"
    written = file.read_text()
    assert 'op.add_column("order_items"' in written.replace("'", '"')
    assert "order_items_of_a_test_idx" in written  # named as all others are
    assert f'down_revision = "{migrate.NEWEST}"' in written.replace("'", '"')
    program = write(tmp_path / "migrate.py", Path(migrate.__file__).read_text())
    make_migration.need(number, program)
    assert f'\nNEWEST = "{number}"\n' in program.read_text()


def test_upgrade_twice_changes_nothing(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        before, key = described(db), db.execute("select * from id_key").fetchall()
        migrate.upgrade(db, url, "another key")
        assert (described(db), db.execute("select * from id_key").fetchall()) == (before, key)


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("toAddress.postalCode", "to_address_postal_code"),
        ("items.itemId", "item_id"),
        ("items.quantity", "quantity"),
        ("items.unitWeight.weight", "unit_weight_weight"),
        ("items.hSTariffCode", "h_s_tariff_code"),
        ("shippingPreferences.parcel.dimUnit", "shipping_preferences_parcel_dim_unit"),
        ("shippingReference.reference1", "shipping_reference_reference1"),
        ("charges.subTotal", "charges_sub_total"),
    ],
)
def test_a_column_is_its_path_in_snake_case(path: str, column: str) -> None:
    assert tables.column_name(path) == column


def test_every_member_has_its_column() -> None:
    head = {tables.column_name(member.path) for member in HEAD}
    items = {tables.column_name(member.path) for member in ITEM}
    assert head <= set(tables.orders.c.keys())
    assert items <= set(tables.order_items.c.keys())
