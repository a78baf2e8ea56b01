"""Tables that somebody has changed by hand, or half restored, are told of before an order is altered, doubled or refused by them."""

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.dialects import postgresql

from conftest import Command
from flows.database import migrate
from flows.database.drift import FILLED, KEYS, column_types, refuse_drift
from flows.database.session import connect_to
from flows.database.tables import metadata
from import_environment import ImportEnvironment
from order_files import row, write

TRIGGER = "create function theirs() returns trigger language plpgsql as $$ begin return new; end $$; "

ORDER = (
    "insert into orders (order_key, order_id, source, order_number, batch_id, first_row)"
    " values ({}, 'PB1', 's', 'X', 'b', 2)"
)

CHANGED = {  # what was done to the tables, and words of the sentence
    "a table renamed": ("alter table order_items rename to items_old", "order_items is missing"),
    "a table dropped": ("drop table findings", "findings is missing"),
    "a view in a table's place": (
        "alter table order_results rename to kept; create view order_results as select * from kept",
        "order_results is no table",
    ),
    "a column dropped": (
        "alter table orders drop column to_address_name",
        "orders.to_address_name is missing, not text",
    ),
    "a column renamed": (
        "alter table order_items rename column quantity to qty",
        "order_items.quantity is missing, not integer",
    ),
    "a decimal that rounds": (
        "alter table order_items alter column unit_price type numeric(14,1)",
        "order_items.unit_price is numeric(14,1), not numeric(14,4)",
    ),
    "a float": (
        "alter table order_items alter column unit_price type real",
        "order_items.unit_price is real, not numeric(14,4)",
    ),
    "a text that is padded": (
        "alter table orders alter column to_address_name type char(50)",
        "orders.to_address_name is character(50), not text",
    ),
    "a text that is too short": (
        "alter table orders alter column order_number type varchar(5)",
        "orders.order_number is character varying(5), not text",
    ),
    "a domain": (
        "create domain shouted as text check (value = upper(value)); alter table orders alter column source type shouted",
        "orders.source is shouted, not text",
    ),
    "a column that must not be null": (
        "alter table orders add column shop_id integer not null",
        "orders.shop_id must not be null, and is none of ours",
    ),
    "the same in a table of answers": (
        "alter table findings add column shop_id integer not null",
        "findings.shop_id must not be null",
    ),
    "the key of an order": (
        "alter table orders drop constraint orders_source_order_number_key",
        "the key orders_source_order_number_key is missing",
    ),
    "the key of chunks": (
        "alter table batch_chunks drop constraint batch_chunks_pkey",
        "the key batch_chunks_pkey is missing",
    ),
    "a sequence left out by a restore": (
        f"{ORDER.format(2_000_001)}; select setval('orders_order_key_seq', 1, false)",
        "the sequence orders_order_key_seq stands behind the keys of orders",
    ),
    "a sequence that was set back": (
        f"{ORDER.format(2_000_001)}; select setval('orders_order_key_seq', 1000001)",
        "select setval('orders_order_key_seq', max(order_key)) from orders",
    ),
    "more than is told": (
        "drop table order_items, findings, rejected_rows, order_results cascade",
        "; and 2 more. Nothing",
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_tables_that_were_changed_are_told_of(
    imports: ImportEnvironment, command: Command, case: str
) -> None:
    statement, words = CHANGED[case]
    imports.ask(statement)
    path = write(imports.drop / "a.csv", [row("A-1", items__unitPrice="12.5555")])
    for way in (("run", "--direct"), ("check", path)):
        answer = command(*way)
        told = answer.out + answer.err
        assert answer.status == 4
        assert "The tables of the database are not as this program made them: " in told
        assert words in told
    assert path.exists()
    assert imports.ask("select count(*) from batches") == [(0,)]


ADDED = {
    "nothing": "",
    "a column": "alter table orders add column note text",
    "a column with a default": "alter table orders add column at timestamptz not null default now()",
    "a counted column": "alter table orders add column n bigint generated always as identity",
    "a column that is computed": "alter table order_items add column total numeric generated always as (quantity * unit_price) stored",
    "an index": "create index theirs on orders (to_address_postal_code)",
    "a constraint": "alter table order_items add check (quantity < 1000)",
    "a trigger": f"{TRIGGER} create trigger theirs after insert on orders for each row execute function theirs()",
    "a column that a trigger fills": (
        "alter table batches add column shop text; alter table batches alter column shop set not null;"
        " create function fill() returns trigger language plpgsql as $$ begin new.shop := 'a'; return new; end $$;"
        " create trigger theirs before insert on batches for each row execute function fill()"
    ),
    "a column whose domain has a default": (
        "create domain shop as text default 'a'; alter table batches add column shop shop;"
        " alter table batches alter column shop set not null"
    ),
    "a table that refers to ours": "create table parcels (order_key bigint references orders)",
    "a sequence that is ahead": "select setval('orders_order_key_seq', 90000001)",
    "a compressed column": "alter table orders alter column metadata set storage external",
}


@pytest.mark.parametrize("case", ADDED)
def test_what_others_have_added_is_no_fault(imports: ImportEnvironment, command: Command, case: str) -> None:
    imports.ask(ADDED[case] or "select")
    for name in ("a", "b"):
        answer = command("run", "--direct", "--json", write(imports.data / f"{name}.csv", [row(name)]))
        assert (answer.status, answer.batch["orders"]["created"]) == (0, 1), answer.out


def test_what_lies_in_a_schema_of_others_is_not_looked_at(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a role that may import and no more."""
    imports.ask(
        "create schema theirs; create sequence theirs.orders_order_key_seq; create table theirs.orders (id serial)"
    )
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", imports.create_importer("modest"))
    try:
        for name in ("a", "b"):
            assert command("run", "--direct", write(imports.data / f"{name}.csv", [row(name)])).status == 0
    finally:
        imports.ask("drop owned by modest; drop role modest")


REWRITES = (
    "create function shout() returns trigger language plpgsql as $$ begin"
    " new.order_number := upper(new.order_number); return new; end $$; "
)


@pytest.mark.parametrize(("when", "is_told"), [("before", True), ("after", False)])
def test_a_trigger_that_may_change_an_order_is_told_of(
    imports: ImportEnvironment, command: Command, when: str, is_told: bool
) -> None:
    imports.ask(
        f"{REWRITES} create trigger theirs {when} insert on orders for each row execute function shout()"
    )
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("a-1")]))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)
    assert any("theirs on orders" in note for note in answer.batch["notes"]) == is_told


def test_a_sequence_that_has_given_its_last_block_is_not_behind(imports: ImportEnvironment) -> None:
    """An order has any key of the block."""
    imports.ask(f"select setval('orders_order_key_seq', 1000001); {ORDER.format(2_000_000)}")
    with connect_to(imports.url) as db:
        refuse_drift(db)


# What is held against the tables


def test_the_columns_that_are_filled_are_those_that_must_be() -> None:
    must = {
        name: tuple(c.name for c in table.columns if not c.nullable and c.server_default is None)
        for name, table in metadata.tables.items()
        if name != "id_key"
    }
    assert must == FILLED


def test_the_types_are_those_of_the_tables() -> None:
    dialect = postgresql.dialect()
    for table in ("orders", "order_items"):
        ours = {
            column.name: column.type.compile(dialect).lower().replace(", ", ",").partition(" collate ")[0]
            for column in metadata.tables[table].columns
            if column.name in column_types()[table]
        }
        assert ours == column_types()[table]
        assert set(metadata.tables[table].columns.keys()) - set(column_types()[table]) <= {
            "order_key",
            "item_no",
            "first_row",
            "created_at",
        }


def test_the_keys_are_those_of_the_tables() -> None:
    keys = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if not isinstance(constraint, ForeignKeyConstraint | CheckConstraint) and len(constraint.columns)
    }
    assert keys - {"id_key_pkey"} == set(KEYS)


def test_the_newest_schema_has_none(imports: ImportEnvironment) -> None:
    with connect_to(imports.url) as db:
        migrate.load_id_key(db, "a key for tests")
