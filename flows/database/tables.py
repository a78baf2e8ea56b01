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


def _key(name: str, doc: str, *, unique: bool = False) -> Column[str]:
    """A text that orders are found by: compared by its bytes, for a language's order makes an index dear, and nobody needs it."""
    return Column(name, Text(collation="C"), nullable=False, unique=unique, doc=doc)


def _type(member: Member) -> TypeEngine[Any]:
    if member.kind == "decimal":
        return Numeric(*member.digits)
    kinds: dict[str, TypeEngine[Any]] = {"integer": Integer(), "boolean": Boolean(), "json": JSONB()}
    return kinds.get(member.kind, Text())


def _members(members: tuple[Member, ...]) -> list[Column[Any]]:
    return [
        Column(column_name(member.path), _type(member), doc=f"`{member.path}`")
        for member in members
        if member.path != "orderNumber"
    ]


def _instant(name: str, doc: str, *, now: bool = False) -> Column[Any]:
    default = func.now() if now else None
    return Column(name, DateTime(timezone=True), server_default=default, nullable=not now, doc=doc)


def _count(name: str, doc: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0", doc=doc)


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
        doc="what other tables refer to",
    ),
    _key("order_id", "the public id, such as PBcffM5ruasQ", unique=True),
    _key("source", "who sent it"),
    _key("order_number", "`orderNumber`; with the source there once"),
    Column("status", Text, nullable=False, server_default="UNFULFILLED", doc="of the order's life"),
    Column("batch_id", Text, nullable=False, doc="the batch that created it"),
    Column("first_row", BigInteger, nullable=False, doc="its first row in that batch"),
    _instant("created_at", "when it was created", now=True),
    *_members(HEAD),
    UniqueConstraint("source", "order_number"),
)

order_items = Table(
    "order_items",
    metadata,
    Column(
        "order_key",
        BigInteger,
        ForeignKey("orders.order_key"),
        primary_key=True,
        autoincrement=False,
        doc="the order",
    ),
    Column("item_no", Integer, primary_key=True, autoincrement=False, doc="1, 2, 3 … as in the file"),
    *_members(ITEM),
)

batches = Table(
    "batches",
    metadata,
    Column("batch_id", Text, primary_key=True, doc="made of source and SHA-256"),
    Column("source", Text, nullable=False, doc="who sent it"),
    Column("sha256", Text, nullable=False, doc="of the file's bytes"),
    Column("file", Text, nullable=False, doc="its name when it first came"),
    Column("replay_of", Text, doc="the batch whose rejected orders these are, once more"),
    Column("status", Text, nullable=False, doc="loading, loaded, partial, refused or failed"),
    Column("reason", Text, doc="why it was refused, or failed"),
    Column("chunk_rows", Integer, nullable=False, doc="rows of a chunk, as the batch was begun with"),
    Column("header", JSON, doc="the source's own columns"),  # json and not jsonb: it may hold any character
    Column("nested", Boolean, doc="whether the file has a row an order"),
    Column("settings", JSON, doc="of its source, as they were when its first chunk was cut"),
    _count("failures", "how often in all the machine failed it"),
    _count("attempts", "attempts begun and not ended in any way: their worker vanished"),
    _instant("started_at", "when it first came", now=True),
    _instant("finished_at", "when it last ended: loaded, partial, refused or failed"),
)

batch_chunks = Table(
    "batch_chunks",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True, doc="the batch"),
    Column("chunk_no", Integer, primary_key=True, autoincrement=False, doc="the chunk"),
    Column("first_key", BigInteger, nullable=False, doc="of the million keys that its orders may have"),
    *(_count(name, f"{name.replace('_', ' ')} in this chunk") for name in COUNTS),
    Column("skipped", JSON, doc="how many rows each rule of the source has skipped, the rule in words"),
    Column("odd_rows", JSON, doc="of created orders that have other than a row an item, by first row"),
    Column("mends", ARRAY(Text), doc="the batches whose rejected rows its rows say that they were"),
    _instant("committed_at", "when it was committed, all at once", now=True),
)
Index("batch_chunks_that_mend", batch_chunks.c.batch_id, postgresql_where=batch_chunks.c.mends.is_not(None))

order_results = Table(
    "order_results",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True, doc="the batch"),
    Column("first_row", BigInteger, primary_key=True, autoincrement=False, doc="the order's first row"),
    Column("chunk_no", Integer, nullable=False, doc="the chunk"),
    Column("order_number", Text, doc="as it came; null where the row has none"),
    Column("outcome", Text, nullable=False, doc="unchanged or rejected"),
    Column("code", Integer, nullable=False, doc="200, 400, or 500 where only the database refused it"),
    Column("rows", Integer, nullable=False, doc="how many rows it has"),
    Column("order_id", Text, doc="of the known order that an unchanged one is"),
    _instant("answered_at", "when it was answered", now=True),
)

findings = Table(
    "findings",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=False, index=True, doc="the batch"),
    Column("chunk_no", Integer, doc="the chunk; null for a finding on the batch as a whole"),
    Column("first_row", BigInteger, doc="the order's first row; null for a finding on the batch"),
    Column("row_number", BigInteger, nullable=False, doc="the row, as a spreadsheet shows it"),
    Column("line", BigInteger, doc="the line of a CSV in which the row begins"),
    Column("item", Integer, doc="the number of the item; null for the head"),
    Column("column_name", Text, doc="null for a finding on the row as a whole"),
    Column("check_name", Text, nullable=False, doc="see the checks"),
    Column("severity", Text, nullable=False, doc="error or warning"),
    Column("value", Text, doc="what stands there, in 80 characters; never of a personal column"),
    Column("hint", Text, nullable=False, doc="how to mend it"),
    Column("count", Integer, nullable=False, server_default="1", doc="cells or entries that it stands for"),
)

rejected_rows = Table(
    "rejected_rows",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True, doc="the batch"),
    Column("row_number", BigInteger, primary_key=True, autoincrement=False, doc="the row"),
    Column("item", Integer, primary_key=True, autoincrement=False, doc="0 but for a nested file's flat rows"),
    Column("chunk_no", Integer, nullable=False, doc="the chunk"),
    Column("first_row", BigInteger, nullable=False, doc="the order's first row"),
    Column("line", BigInteger, doc="the line of a CSV in which the row begins"),
    Column("cells", JSON, nullable=False, doc="as they came"),  # json and not jsonb: any character
)

id_key = Table(
    "id_key",
    metadata,
    Column("one", Boolean, primary_key=True, server_default="true", doc="there is one row"),
    Column("key", LargeBinary, doc="null when the key comes from the environment"),
    Column("fingerprint", LargeBinary, nullable=False, doc="by which another key is known"),
)
