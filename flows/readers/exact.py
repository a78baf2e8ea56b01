"""From the types of a Parquet file's columns to a refusal, where one cannot hold its member exactly.

Money in floats, postal codes in integers: what they lost cannot be had back, so the batch is refused by the column's name.
"""

import polars as pl

from flows.model import BatchError, Layout
from flows.read.nested import leaves
from validators.model import MEMBERS, METADATA, Kind


def refuse_inexact(schema: pl.Schema, layout: Layout) -> None:
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
