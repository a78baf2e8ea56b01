"""Decides by their types what a Parquet file's columns are read as, and refuses those that cannot hold their member exactly.

Money in floats, postal codes in integers: what they lost cannot be had back, unless the sender vouches for it by
`from`. A column that is in no order may be of any type, and is read only where that costs nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import BatchError
from flows.readers.parquet_types import leaves
from flows.sources.column_mapping import ColumnMapping
from validators.order_model import MEMBERS, METADATA, Kind

_PLAIN = (
    pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal128, pa.types.is_date,
    pa.types.is_time, pa.types.is_timestamp, pa.types.is_duration, pa.types.is_null, pa.types.is_string,
    pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary,
)  # fmt: skip

_MAX_DIGITS = 38
"""Of a decimal in 128 bits."""


def is_readable(kind: pa.DataType) -> bool:
    """Whether Polars has a place for columns of this type; of some others it panics."""
    if pa.types.is_struct(kind):
        return all(is_readable(kind.field(at).type) for at in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return is_readable(kind.value_type)
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return any(bool(is_one(kind)) for is_one in _PLAIN) and not _has_odd_zone(kind)


def _has_odd_zone(kind: pa.DataType) -> bool:
    """A time in a zone of its own, such as +02:00, which has no name."""
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None and kind.tz[:1] in "+-")


def stand_in(schema: pa.Schema) -> pa.Schema:
    """The schema in which a large decimal is one of 128 bits, and what cannot be read a text without a value."""
    return pa.schema([pa.field(field.name, _stand_in(field.type)) for field in schema])


def _stand_in(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal256(kind):
        return pa.decimal128(_MAX_DIGITS, min(kind.scale, _MAX_DIGITS))
    return kind if is_readable(kind) else pa.string()


def with_texts(schema: pa.Schema, used: set[str]) -> pa.Schema:
    """The schema in which bytes are texts in columns that are used, as old writers of Parquet mean them."""
    return pa.schema(
        [pa.field(f.name, pa.string() if f.name in used and _is_bytes(f.type) else f.type) for f in schema]
    )


def used_columns(mapping: ColumnMapping) -> set[str]:
    """The names of the columns that are a member, or that the source's settings look at."""
    looked_at = {mapping.place(name) for name in mapping.source.named_columns()} | mapping.used
    return {name for at, name in enumerate(mapping.header) if at in looked_at}


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def convert(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """A batch in the schema of its stand-ins; raises ArrowInvalid for a decimal that does not fit."""
    columns = []
    for field, column in zip(schema, batch.columns, strict=True):
        if column.type == field.type:
            columns.append(column)
        elif pa.types.is_decimal256(column.type):
            columns.append(_cast(column, field, "numbers of more than 38 digits; store it as decimal"))
        elif _is_bytes(column.type) and field.type == pa.string():
            columns.append(_cast(column, field, "bytes that are not UTF-8; store it as text"))
        else:
            columns.append(pa.nulls(len(column), field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _cast(column: pa.Array, field: pa.Field, what: str) -> pa.Array:
    try:
        return column.cast(field.type)
    except pa.ArrowInvalid:
        raise BatchError("has_exact_types", f"Column {field.name} holds {what}.") from None


def refuse_inexact(schema: pl.Schema, own: pa.Schema, mapping: ColumnMapping, path: Path) -> None:
    """Raise BatchError, in one sentence for all columns, unless values of these types are their members exactly."""
    wrong = {}
    for at, (name, dtype) in enumerate(schema.items()):
        members = sorted(_members(at, mapping))
        if members and _is_foreign(own, name):
            wrong[name] = f"Column {name} is stored as {own.field(name).type}; store it as text."
        elif members and (kind := _unfit(at, dtype, members, mapping)):
            wrong[name] = f"Column {name} is stored as {dtype}; store it as {_better(kind, dtype)}."
    told = [sentence for name, sentence in wrong.items() if not _is_all_null(path, name)]
    if told:
        raise BatchError("has_exact_types", " ".join(told))


def _is_foreign(own: pa.Schema, name: str) -> bool:
    return name in own.names and not is_readable(_stand_in_of_decimal(own.field(name).type))


def _stand_in_of_decimal(kind: pa.DataType) -> pa.DataType:
    return _stand_in(kind) if pa.types.is_decimal256(kind) else kind


def _unfit(at: int, dtype: pl.DataType, members: list[str], mapping: ColumnMapping) -> Kind | None:
    """The kind of the first of these members that a column of this type does not hold exactly."""
    vouched = mapping.steps[at].from_type if at in mapping.steps else None
    return next((kind for kind in map(_kind, members) if not _fits(dtype, kind, vouched)), None)


def _members(at: int, mapping: ColumnMapping) -> Iterator[str]:
    """What the column is, wholly or in part."""
    yield from mapping.columns.get(at, ())
    yield from (member for group in mapping.groups for member, place in group.members.items() if place == at)
    yield from (member for member, (places, _) in mapping.joins.items() if at in places)


def _kind(member: str) -> Kind:
    return "text" if member.startswith(METADATA) else MEMBERS[member].kind


def _fits(dtype: pl.DataType, kind: Kind, vouched: str | None) -> bool:
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null, pl.Binary):
        return True
    if vouched and (dtype.is_integer() or (dtype.is_float() and vouched == "float")):
        return True
    exact = isinstance(dtype, pl.Decimal) or dtype.is_integer()
    fits = {
        "text": dtype.is_temporal() or dtype == pl.Boolean,
        "json": dtype.is_nested() and not any(leaf.is_float() for leaf in leaves(dtype)),
        "integer": exact,
        "decimal": exact,
        "boolean": dtype == pl.Boolean,
    }
    return fits[kind]


def _better(kind: Kind, dtype: pl.DataType) -> str:
    if kind == "text":
        lost = " (a number has lost its leading zeros), or vouch for it by from in its source's settings"
        return f"text{lost if dtype.is_numeric() else ''}"
    if kind == "json" and dtype.is_nested():
        return "JSON text, or with decimals in place of floats, which are not exact"
    return {
        "json": "JSON text",
        "integer": "integer or text",
        "decimal": "decimal or text (a float is not exact), or vouch for it by from in its source's settings",
        "boolean": "boolean or text",
    }[kind]


def _is_all_null(path: Path, name: str) -> bool:
    """Whether nothing stands in a column: then its type says nothing."""
    with pq.ParquetFile(path) as file:
        if name not in file.schema_arrow.names:
            return False  # a part of a struct, which is read as a whole
        return all(batch.column(0).null_count == len(batch) for batch in file.iter_batches(columns=[name]))
