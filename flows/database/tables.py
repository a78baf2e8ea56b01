"""The tables of PostgreSQL: a column a member of the order model, its path in snake case."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.types import TypeEngine

from flows.database.column_names import COUNTS, KEY_BLOCK, column_name
from validators.order_model import HEAD, ITEM, Member

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)


def _type(member: Member) -> TypeEngine[Any]:
    if member.kind == "decimal":
        return Numeric(*member.digits)
    kinds: dict[str, TypeEngine[Any]] = {"integer": Integer(), "boolean": Boolean(), "json": JSONB()}
    return kinds.get(member.kind, Text())


def _members(members: tuple[Member, ...]) -> list[Column[Any]]:
    return [
        Column(column_name(member.path), _type(member)) for member in members if member.path != "orderNumber"
    ]


def _instant(name: str, *, now: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), server_default=func.now() if now else None, nullable=not now)


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default="0") for name in names]


order_keys = Sequence("orders_order_key_seq", increment=KEY_BLOCK, metadata=metadata)

orders = Table(
    "orders",
    metadata,
    Column(
        "order_key",
        BigInteger,
        primary_key=True,
        server_default=text(f"nextval('{order_keys.name}')"),
        autoincrement=False,
    ),
    Column("order_id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("order_number", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="UNFULFILLED"),
    Column("batch_id", Text, nullable=False),
    Column("first_row", BigInteger, nullable=False),
    _instant("created_at", now=True),
    *_members(HEAD),
    UniqueConstraint("source", "order_number"),
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_key", BigInteger, ForeignKey("orders.order_key"), primary_key=True, autoincrement=False),
    Column("item_no", Integer, primary_key=True, autoincrement=False),
    *_members(ITEM),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("replay_of", Text),  # the batch whose rejected orders these are, once more
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("chunk_rows", Integer, nullable=False),
    Column("header", JSON),  # the source's own columns, json and not jsonb: it may hold any character
    Column("nested", Boolean),
    Column("settings", JSON),  # of its source, as they were when its first chunk was cut
    *_counts("failures"),  # how often in all the machine failed it
    *_counts("attempts"),  # begun and not ended in any way: its worker vanished
    _instant("started_at", now=True),
    _instant("finished_at"),
)

batch_chunks = Table(
    "batch_chunks",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True),
    Column("chunk_no", Integer, primary_key=True, autoincrement=False),
    Column(
        "first_key", BigInteger, nullable=False
    ),  # keys of the chunk's orders: first_key + 0 … KEY_BLOCK - 1
    *_counts(*COUNTS),
    Column("skipped", JSON),  # how many rows each rule of the source has skipped, the rule in words
    Column("odd_rows", JSON),  # of created orders that have other than a row an item, by first row
    Column("mends", ARRAY(Text)),  # the batches whose rejected rows its rows say that they were
    _instant("committed_at", now=True),
)
Index("batch_chunks_that_mend", batch_chunks.c.batch_id, postgresql_where=batch_chunks.c.mends.is_not(None))

order_results = Table(
    "order_results",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True),
    Column("first_row", BigInteger, primary_key=True, autoincrement=False),
    Column("chunk_no", Integer, nullable=False),
    Column("order_number", Text),
    Column("outcome", Text, nullable=False),
    Column("code", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("order_id", Text),  # of the known order that an unchanged one is
    _instant("answered_at", now=True),
)

findings = Table(
    "findings",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False, index=True),
    Column("chunk_no", Integer),  # null for a finding on the batch as a whole
    Column("first_row", BigInteger),  # of the order; null for a finding on the batch
    Column("row_number", BigInteger, nullable=False),
    Column("line", BigInteger),
    Column("item", Integer),
    Column("column_name", Text),
    Column("check_name", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("value", Text),  # never of a personal column
    Column("hint", Text, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),  # cells or entries that it stands for
)

rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True),
    Column("row_number", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Integer, primary_key=True, autoincrement=False),  # 0 but for a nested file's flat rows
    Column("chunk_no", Integer, nullable=False),
    Column("first_row", BigInteger, nullable=False),
    Column("line", BigInteger),
    Column("cells", JSON, nullable=False),  # as they came; json and not jsonb: it may hold any character
)

id_key = Table(
    "id_key",
    metadata,
    Column("one", Boolean, primary_key=True, server_default="true"),
    Column("key", LargeBinary),  # null when the key comes from the environment
    Column("fingerprint", LargeBinary, nullable=False),
)
