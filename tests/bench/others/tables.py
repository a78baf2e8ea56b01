"""From our tables to those that the others write into: the same columns, types and constraints.

What our own import fills in (the public id, source, batch, times) the server fills in here, so that the rows are as
wide and the indexes as many, and nobody has to make it. dlt makes tables of its own.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.engine import Engine

from flows.database import tables as ours
from flows.database.tables import column_name
from validators.order_model import HEAD, ITEM, Member

metadata = MetaData()


def _members(table: Table, members: tuple[Member, ...]) -> list[Column[Any]]:
    """JSON in place of JSONB, into which ADBC cannot copy."""
    columns = [table.c[column_name(member.path)] for member in members if member.path != "orderNumber"]
    return [Column(c.name, JSON() if isinstance(c.type, JSONB) else c.type) for c in columns]


orders = Table(
    "orders",
    metadata,
    Column("order_key", BigInteger, Identity(), primary_key=True),
    Column("order_id", Text, nullable=False, unique=True, server_default=text("gen_random_uuid()::text")),
    Column("source", Text, nullable=False, server_default="default"),
    Column("order_number", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="UNFULFILLED"),
    Column("batch_id", Text, nullable=False, server_default="0123456789abcdef0123"),
    Column("first_row", BigInteger, nullable=False, server_default="2"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    *_members(ours.orders, HEAD),
    UniqueConstraint("source", "order_number"),
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_key", BigInteger, ForeignKey("orders.order_key"), primary_key=True, autoincrement=False),
    Column("item_no", Integer, primary_key=True, autoincrement=False),
    *_members(ours.order_items, ITEM),
)


def engine_of(url: str) -> Engine:
    """SQLAlchemy's engine for an address of libpq's."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def make_tables(url: str) -> None:
    """Make the two tables, as our own are made before anything is measured."""
    engine = engine_of(url)
    metadata.create_all(engine)
    engine.dispose()
