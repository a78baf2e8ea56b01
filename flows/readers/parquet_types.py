"""Turns typed and nested Parquet columns into the flat form, exact to the last digit, and refuses types that cannot be.

Structs become columns, the items rows, the other lists and the customs object JSON text. Money in floats, postal codes
in integers: what they lost cannot be had back, so such a batch is refused by the column's name.
"""

import polars as pl

from flows.sources.source import Source
from flows.errors import BatchError
from validators.order_model import MEMBERS, METADATA, Kind

_JSON = tuple(path for path, member in MEMBERS.items() if member.kind == "json")

# Polars writes a decimal into JSON as text. So each is marked before, and its quotes are taken off behind;
# the pattern lets nothing through but a number.
_MARK = "\x01"
_MARKED = r'"\\u0001(-?[0-9]+(?:\.[0-9]+)?)"'


def flatten(orders: pl.DataFrame) -> pl.DataFrame:
    """The flat rows; a column that is not an item's, such as the rows' number, is repeated on every item of an order."""
    heads = _encode_json(_unnest(orders), but="items")  # once an order, and not once an item
    return _encode_json(_unnest(_explode_items(heads)))


def unfold(orders: pl.DataFrame) -> pl.DataFrame:
    """The flat rows with the lists and objects that have one column as they are."""
    return _unnest(_explode_items(orders))


def _explode_items(orders: pl.DataFrame) -> pl.DataFrame:
    if not isinstance(orders.schema.get("items"), pl.List):
        return orders
    return orders.explode("items", empty_as_null=True)  # an order without items is an order


def _unnest(rows: pl.DataFrame) -> pl.DataFrame:
    while structs := [
        name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Struct) and name not in _JSON
    ]:
        for name in structs:
            rows = rows.unnest(name, separator=".")
    return rows


def _encode_json(rows: pl.DataFrame, but: str = "") -> pl.DataFrame:
    nested = {name: dtype for name, dtype in rows.schema.items() if dtype.is_nested() and name != but}
    return rows.with_columns(_json(name, dtype) for name, dtype in nested.items())


def leaves(dtype: pl.DataType) -> list[pl.DataType]:
    """The plain types that a type is made of."""
    if isinstance(dtype, pl.Struct):
        return [leaf for field in dtype.fields for leaf in leaves(_instance(field.dtype))]
    if isinstance(dtype, pl.List | pl.Array):
        return leaves(_instance(dtype.inner))
    return [dtype]


def _instance(dtype: object) -> pl.DataType:
    assert isinstance(dtype, pl.DataType)  # noqa: S101 - a schema read from a file holds no bare classes
    return dtype


def _json(name: str, dtype: pl.DataType) -> pl.Expr:
    """A list or struct as JSON text, its numbers exact, null when it is null."""
    wrapped = pl.struct(_marked(pl.col(name), dtype).alias("x")).struct.json_encode()  # {"x": … }
    text = wrapped.str.slice(5).str.strip_suffix("}").str.replace_all(_MARKED, "${1}")
    return pl.when(pl.col(name).is_not_null()).then(text).alias(name)


def _marked(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if not any(isinstance(leaf, pl.Decimal | pl.String) for leaf in leaves(dtype)):
        return value
    if isinstance(dtype, pl.Struct):
        members = (
            _marked(value.struct.field(f.name), _instance(f.dtype)).alias(f.name) for f in dtype.fields
        )
        return pl.when(value.is_not_null()).then(pl.struct(*members))
    if isinstance(dtype, pl.List):
        return value.list.eval(_marked(pl.element(), _instance(dtype.inner)))
    if dtype == pl.String:
        return value.str.replace_all(_MARK, _MARK * 2, literal=True)  # so that no text of theirs looks marked
    return pl.lit(_MARK) + value.cast(pl.String) if isinstance(dtype, pl.Decimal) else value


def refuse_inexact(schema: pl.Schema, source: Source) -> None:
    """Raise BatchError unless values of these types are the members exactly."""
    members = {theirs.strip().lower(): ours.strip().lower() for theirs, ours in layout.columns.items()}
    for name, dtype in schema.items():
        key = name.strip().lower()
        _refuse_type(name, dtype, _kind(members.get(key, key)))


def _kind(name: str) -> Kind | None:
    """What a column holds, by its name in lower case; None for one that is in no order, and may be of any type."""
    if name.startswith(METADATA):
        return "text"
    return _KINDS.get(name)


def _refuse_type(name: str, dtype: pl.DataType, kind: Kind | None) -> None:
    if kind is None or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return
    if kind == "json" and any(leaf.is_float() for leaf in leaves(dtype)):
        raise BatchError(
            "has_exact_types",
            f"Column {name} holds floats, which are not exact; store its numbers as decimals.",
        )
    exact = isinstance(dtype, pl.Decimal) or dtype.is_integer()
    fits = {
        "text": False,
        "json": dtype.is_nested(),
        "integer": exact,
        "decimal": exact,
        "boolean": dtype == pl.Boolean,
    }
    if not fits[kind]:
        raise BatchError(
            "has_exact_types", f"Column {name} is stored as {dtype}; store it as {_BETTER[kind]}."
        )


_KINDS: dict[str, Kind] = {path.lower(): member.kind for path, member in MEMBERS.items()}
_BETTER = {
    "text": "text (a number has lost its leading zeros)",
    "json": "JSON text",
    "integer": "integer or text",
    "decimal": "decimal or text (a float is not exact)",
    "boolean": "boolean or text",
}
