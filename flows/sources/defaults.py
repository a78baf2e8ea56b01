"""Fills in what a file does not say: defaults for absent columns, and for blank cells; never so that it makes a fault."""

import polars as pl

from flows.sources.column_mapping import ColumnMapping
from flows.sources.orders import ORDER_KEY
from validators.normalize import is_blank
from validators.order_model import ITEM
from validators.order_rules import PARCEL, SIZES

_ITEMS = tuple(member.path for member in ITEM)
_PRODUCT = "items.customProductId"

_MEASURES = {
    "items.unitWeight.unitOfMeasurement": ("items.unitWeight.weight",),
    f"{PARCEL}.weightUnit": (f"{PARCEL}.weight",),
    f"{PARCEL}.dimUnit": SIZES[:3],
}
"""The measures beside which alone a unit is filled in."""


def fill_defaults(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows with what their source gives for absent columns, and for blank cells.

    An item's member is filled in only where the row names an item and no customProductId, a unit only beside its
    measure, a head's blank cells only where no row of the order has a value.
    """
    given = {**mapping.defaults, **mapping.source.if_blank}
    if not given:
        return rows
    rows = rows.with_columns(**{"names item": _names_item(set(rows.columns))})
    units = {member: value for member, value in given.items() if member in _MEASURES}
    measures = {member: value for member, value in given.items() if member not in _MEASURES}
    for some in (measures, units):  # a measure may be a default too
        there = set(rows.columns)
        rows = rows.with_columns(
            _filled(member, mapping.defaults.get(member, value) if member not in there else value, there)
            for member, value in some.items()
        )
    return rows.drop("names item")


def _filled(member: str, value: str, there: set[str]) -> pl.Expr:
    cell = _blank_is_null(member) if member in there else pl.lit(None, dtype=pl.String)
    due = cell.is_null()
    if member in _ITEMS:
        due &= pl.col("names item")
    elif member in there:
        due = due.all().over(ORDER_KEY)
    measures = [measure for measure in _MEASURES.get(member, ()) if measure in there]
    if member in _MEASURES:
        beside = pl.any_horizontal(
            pl.lit(value=False), *(_blank_is_null(each).is_not_null() for each in measures)
        )
        due &= beside if member in _ITEMS else beside.any().over(ORDER_KEY)
    return pl.when(due).then(pl.lit(value)).otherwise(cell).alias(member)


def _names_item(there: set[str]) -> pl.Expr:
    cells = [_blank_is_null(name).is_not_null() for name in _ITEMS if name in there]
    named = pl.any_horizontal(pl.lit(value=False), *cells)
    return named & _blank_is_null(_PRODUCT).is_null() if _PRODUCT in there else named


def _blank_is_null(name: str) -> pl.Expr:
    return pl.when(~is_blank(pl.col(name))).then(pl.col(name))
