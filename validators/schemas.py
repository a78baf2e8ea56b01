"""Pandera schemas of the whole model, usable on any frame: `HEADS` has a row an order, `ITEMS` a row an item.

Each reads a frame as the import does (columns named by their paths; text trimmed, numbers and booleans cast, what was
written kept beside them), then asks every check on values and across members. What would reject an order is Pandera's
SchemaError, or SchemaErrors with `lazy=True`; what only warns is a SchemaWarning. The import's fast path finds the same.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.backends.base import BaseSchemaBackend

from validators.cast import cast, dtype
from validators.checks import Check
from validators.column_stats import UNKNOWN
from validators.failures import add_missing_columns, pandera_check
from validators.formats import COUNTRY, CURRENCY, CURRENT_CURRENCY
from validators.item_rules import CROSSES_BORDER, ITEM_ID, ITEM_RULES, crosses_border
from validators.json_columns import read_lists
from validators.mend import space_postal_codes
from validators.normalize import normalize
from validators.order_model import HEAD, ITEM, MEMBERS, METADATA
from validators.order_rules import HEAD_RULES, ITEM_COUNT, ITEM_PRICED, ITEM_SUM
from validators.value_checks import HEAD_VALUES, ITEM_VALUES

FACTS = {ITEM_COUNT: pl.UInt32(), ITEM_PRICED: pl.Boolean(), ITEM_SUM: pl.Decimal(38, 4)}
"""What heads may be told of their items; where they are not, the rules that ask for it hold."""

_OF_LISTS = (
    "is_json",
    "is_list",
    "fits_entries",
    "is_text",
    "is_present",
    "fits_length",
    "has_no_control_characters",
)
IN_CELLS: dict[str, tuple[str, ...]] = {
    "metadata": (*_OF_LISTS, "is_once_in_order", "holds_no_blank_entry", "is_known"),
    "additionalAddresses": (*_OF_LISTS, COUNTRY.name, "holds_no_blank_entry", "fits_label"),
    "shippingPreferences.specialServices": (
        *(*_OF_LISTS, "has_no_hidden_characters", "is_not_protected"),
        *("holds_no_blank_entry", "is_known"),
    ),
    "shippingPreferences.customs": (
        *(
            "is_json",
            "is_object",
            "fits_length",
            "has_no_control_characters",
            CURRENCY.name,
            "is_terms_of_sale",
        ),
        *(CURRENT_CURRENCY.name, "is_reason_for_export", "is_known"),
    ),
}
"""What may be wrong in a list or object that comes as JSON in a cell; of `metadata` in its columns too."""

_WARN = {"holds_no_blank_entry", "is_known", "fits_label", CURRENT_CURRENCY.name, "is_reason_for_export"}

_COUNTRIES = tuple(MEMBERS[f"{at}.countryCode"] for at in ("fromAddress", "toAddress"))

FAULTS = "faults of {}"
"""While heads are checked: which checks the order's list or object of this name fails."""


class ModelSchema(pa.DataFrameSchema):
    """A schema that reads a frame before it checks it; what it answers is the frame as it was read."""

    def validate(self, check_obj: pl.DataFrame | pl.LazyFrame, *args: Any, **words: Any) -> pl.DataFrame:  # type: ignore[override]
        """Read the frame, check it, and answer it typed.

        Raises pandera.errors.SchemaError at the first check that an order fails; with `lazy=True` SchemaErrors, with all.
        """
        frame = check_obj.collect() if isinstance(check_obj, pl.LazyFrame) else check_obj
        checked: pl.DataFrame = super().validate(self.read(_as_text(frame)), *args, **words)
        return checked

    @abstractmethod
    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """From columns of text to the typed columns that the checks ask for, rows in their order."""

    @classmethod
    def get_backend(cls, *words: Any, **more: Any) -> BaseSchemaBackend:
        """Pandera looks its backends up by the very class."""
        return pa.DataFrameSchema.get_backend(*words, **more)


class HeadSchema(ModelSchema):
    """Of orders without their items."""

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Each row is an order; of its items only what FACTS names is asked, where the frame has it."""
        told = [name for name in FACTS if name in frame.columns]
        heads = _numbered(normalize(frame.drop(told)), pl.int_range(pl.len()))
        heads, _ = space_postal_codes(add_missing_columns(cast(heads, HEAD), (*HEAD, MEMBERS[ITEM_ID])))
        heads, found = read_lists(heads, dict.fromkeys(heads.columns, UNKNOWN))
        facts = [
            (frame[name] if name in told else pl.lit(None)).cast(kind).alias(name)
            for name, kind in FACTS.items()
        ]
        return heads.with_columns(*facts, *_faults(heads, found))


class ItemSchema(ModelSchema):
    """Of items. Those with the same `orderNumber`, or all where there is none, are of one order."""

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Each row is an item; whether it crosses a border is asked where the frame has both addresses' countries."""
        items = normalize(frame)
        number = pl.col("orderNumber").rank("dense") if "orderNumber" in frame.columns else pl.lit(1)
        items = add_missing_columns(cast(_numbered(items, number), ITEM), (*ITEM, *_COUNTRIES))
        return items.with_columns(crosses_border(items).alias(CROSSES_BORDER))


def make_columns(checks: Sequence[Check], *, raise_warning: bool = True) -> dict[str, pa.Column]:
    """Every member that these checks are on, with its type; a check that only warns is an error too without `raise_warning`."""
    by_column: dict[str, list[pa.Check]] = {}
    for check in checks:
        only_warns = raise_warning and check.severity == "warning"
        by_column.setdefault(check.column, []).append(pandera_check(check, raise_warning=only_warns))
    return {
        path: pa.Column(dtype(member), checks=by_column[path], nullable=True)
        for path, member in MEMBERS.items()
        if path in by_column
    }


def _checks_of_lists() -> Iterator[Check]:
    """A check for each fault that reading a cell of JSON may find."""
    for column, names in IN_CELLS.items():
        for name in names:
            yield Check(
                name=name,
                column=column,
                holds=~pl.col(FAULTS.format(column)).list.contains(name),
                hint="",
                severity="warning" if name in _WARN else "error",
            )


def _faults(heads: pl.DataFrame, found: pl.DataFrame) -> Iterator[pl.Series]:
    """The names of the checks that each order's cells of JSON fail, by column."""
    metadata = pl.col("column_name").str.starts_with(METADATA)
    told = found.with_columns(column_name=pl.when(metadata).then(pl.lit("metadata")).otherwise("column_name"))
    for column in IN_CELLS:
        names = told.filter(column_name=column).group_by("order").agg("check_name")
        yield (
            heads.select("order")
            .join(names, on="order", how="left", maintain_order="left")["check_name"]
            .alias(FAULTS.format(column))
        )


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The members' columns as they would stand in a file; what is nested stays, and is told by Pandera as what it is."""
    return frame.with_columns(
        pl.col(name).cast(pl.String)
        for name, kind in frame.schema.items()
        if name in MEMBERS and kind != pl.String and not kind.is_nested()
    )


def _numbered(frame: pl.DataFrame, order: pl.Expr) -> pl.DataFrame:
    """With the columns that findings stand on, where the frame has not come with its own."""
    own = {"order": order.cast(pl.UInt32), "row_number": pl.int_range(1, pl.len() + 1)}
    return frame.with_columns(**{name: made for name, made in own.items() if name not in frame.columns})


HEAD_CHECKS = (*HEAD_VALUES, *_checks_of_lists(), *HEAD_RULES)
ITEM_CHECKS = (*ITEM_VALUES, *ITEM_RULES)

HEADS = HeadSchema(make_columns(HEAD_CHECKS), name="heads of orders")
ITEMS = ItemSchema(make_columns(ITEM_CHECKS), name="items of orders")
