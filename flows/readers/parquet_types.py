"""Turns typed and nested Parquet columns into the flat form, text as a CSV would hold it, exact to the last digit.

Structs become columns, the items rows, the other lists and the customs object JSON text.
"""

import polars as pl

from validators.order_model import MEMBERS

_JSON = tuple(path for path, member in MEMBERS.items() if member.kind == "json")

# Polars writes a decimal into JSON as text. So each is marked before, and its quotes are taken off behind;
# the pattern lets nothing through but a number.
_MARK, _WRITTEN_MARK = "\x01", r"\u0001"
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
    text = text.str.replace_all(_WRITTEN_MARK * 2, _WRITTEN_MARK, literal=True)
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
        return value.str.replace_all(_MARK, _MARK * 2, literal=True)  # so that none of theirs looks marked
    return pl.lit(_MARK) + value.cast(pl.String) if isinstance(dtype, pl.Decimal) else value


_MOMENT = "%Y-%m-%dT%H:%M:%S%.f"


def as_text(name: str, dtype: pl.DataType, *, is_integer: bool = False) -> pl.Expr:
    """A column as text: times as ISO 8601 writes them, an exact decimal of a whole number's member without its zeros."""
    column = pl.col(name)
    if dtype == pl.String:
        return column
    if isinstance(dtype, pl.Datetime):
        return _moment(column, dtype.time_zone)
    if dtype == pl.Time:
        return _without_zeros(column.dt.to_string("%H:%M:%S%.f"))
    if dtype == pl.Duration:
        return column.dt.to_string()
    if dtype == pl.Binary:
        return column.bin.encode("base64")
    text = column.cast(pl.String)
    return text.str.replace(r"\.0+$", "") if is_integer and isinstance(dtype, pl.Decimal) else text


def _moment(column: pl.Expr, zone: str | None) -> pl.Expr:
    """With the zone where the type has one, and no more decimals of a second than there are."""
    written = _without_zeros(column.dt.replace_time_zone(None).dt.to_string(_MOMENT))
    if zone is None:
        return written
    offset = column.dt.to_string("%:z").str.replace("+00:00", "Z", literal=True)
    return pl.concat_str(written, offset)


def _without_zeros(written: pl.Expr) -> pl.Expr:
    return written.str.replace(r"(\.[0-9]*?)0+$", "${1}").str.strip_suffix(".")
