"""Holds rows that were mended against what was kept of them: what nobody meant to change must be as it was.

A spreadsheet takes the zeros off 000124, and writes a long number as an exponent, and says nothing. So where a cell was
sound, its row's order number is the same as before, and an id, a code or a postal code has not lost that.
"""

from dataclasses import dataclass, field

import polars as pl

from validators.findings import NONE, make_findings
from validators.group_rows import GROUP
from validators.normalize import normalize
from validators.order_model import ITEM, MEMBERS

SAME_ORDER, AS_IT_WAS, ONE_ROW = "is_the_same_order", "is_as_it_was", "is_one_row"

WATCHED = tuple(path for path, member in MEMBERS.items() if member.code)
"""The order number, ids, codes and postal codes."""

PLACE = {"batch": pl.String(), "row": pl.Int64()}
"""Where a row is kept: the batch, and the row's number in it."""

_OF_ROW = {"column_name": pl.String(), GROUP: pl.Int32()}
PLACES = pl.Schema({"row_number": pl.Int64(), **_OF_ROW, **PLACE})
CELLS = pl.Schema({**PLACE, **_OF_ROW, "item": pl.Int64(), "kept": pl.String(), "taken": pl.Boolean()})
ORIGINS = pl.Schema({"row_number": pl.Int64(), **PLACE})

ITEM_COLUMNS = frozenset(member.path for member in ITEM)

_CELL = [*PLACE, *_OF_ROW]
_EXPONENT = r"^-?[0-9]([.,][0-9]+)?[eE][+-][0-9]+$"


@dataclass(frozen=True, kw_only=True)
class KeptCells:
    """What was kept of rows: `places` says where for each column of a row, `cells` which texts stand there.

    There are only cells that were sound; several at a place are those of a nested order's items, or of one cell. The
    group is 0 where a column is no group's. An order's number is
    `taken` where another order has it: then it may become another one.
    `origins` says of which row of a nested file a row is a part.
    """

    places: pl.DataFrame = field(default_factory=PLACES.to_frame)
    cells: pl.DataFrame = field(default_factory=CELLS.to_frame)
    origins: pl.DataFrame = field(default_factory=ORIGINS.to_frame)


def find_altered(
    rows: pl.DataFrame, items: pl.DataFrame, kept: KeptCells, becomes: pl.DataFrame
) -> pl.DataFrame:
    """Findings on the cells of `rows` and their `items` (with `order`) that are not as they were kept.

    `becomes` says which columns are a group's (see BECOMES).
    """
    # Of a row of another length nobody knows which cell is which.
    whole = rows.filter(pl.col("fault").is_null())
    of_whole = items.join(whole.select("row_number"), on="row_number", how="semi", maintain_order="left")
    columns = [name for name in WATCHED if name in rows.columns]
    came = {name: of_whole if name in ITEM_COLUMNS else whole for name in columns}
    return pl.concat([NONE, *(_told(name, _altered(with_groups(_cells(came[name], name), becomes), name, kept)) for name in columns)])  # fmt: skip


def with_groups(cells: pl.DataFrame, becomes: pl.DataFrame) -> pl.DataFrame:
    """The cells (`column_name`, perhaps GROUP) with their group, 0 where their column is no group's."""
    if GROUP not in cells.columns:
        return cells.with_columns(pl.lit(0, dtype=pl.Int32).alias(GROUP))
    own = becomes.select("column_name", GROUP, own=pl.col(GROUP)).unique()
    with_own = cells.join(own, on=["column_name", GROUP], how="left", maintain_order="left")
    return with_own.with_columns(pl.col("own").fill_null(0).alias(GROUP)).drop("own")


def _cells(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    there = [name for name in ("order", "row_number", "item", GROUP) if name in rows.columns]
    cells = normalize(rows.select(*there, value=column)).filter(pl.col("value").is_not_null())
    return cells.with_columns(column_name=pl.lit(column))


def _altered(came: pl.DataFrame, column: str, kept: KeptCells) -> pl.DataFrame:
    """Of these cells of a column those that are not as they were, with what was kept."""
    there = kept.cells.filter(column_name=column)
    came = came.join(kept.places, on=["row_number", *_OF_ROW], maintain_order="left")
    other = came.join(there, left_on=[*_CELL, "value"], right_on=[*_CELL, "kept"], how="anti")
    as_another = _as_another_item(came, there)
    there = there.drop("item").unique(maintain_order=True)
    if other.is_empty() or there.is_empty():
        return as_another
    if column == "orderNumber":
        fixed = other.join(there.filter(~pl.col("taken")).unique(_CELL), on=_CELL, maintain_order="left")
        there = there.filter("taken")
    else:
        fixed = other.clear().with_columns(kept=pl.lit(None, dtype=pl.String), taken=pl.lit(value=False))
    return pl.concat([fixed, _without_zeros(other, there), _as_exponents(other, there), as_another])


def _without_zeros(came: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Those that are a kept text without zeros at its beginning."""
    longest = there.with_columns(rest=pl.col("kept").str.strip_chars_start("0")).sort(
        pl.col("kept").str.len_chars(), descending=True
    )
    both = came.with_columns(rest=pl.col("value").str.strip_chars_start("0")).join(
        longest.unique([*_CELL, "rest"], keep="first", maintain_order=True),
        on=[*_CELL, "rest"],
        maintain_order="left",
    )
    return both.filter(pl.col("value").str.len_chars() < pl.col("kept").str.len_chars()).drop("rest")


def _as_another_item(came: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Items of a nested order with a text that another one had too, of which one more stands there now, and one less of that with zeros before it."""
    none = came.clear().with_columns(kept=pl.lit(None, dtype=pl.String), taken=pl.lit(value=False))
    several = there.filter(pl.len().over(_CELL) > 1) if there.height > 1 else there.clear()
    if several.is_empty():
        return none
    now = came.group_by(*_CELL, kept="value").agg(now=pl.len())
    counted = several.group_by(*_CELL, "kept").agg(before=pl.len()).join(now, on=[*_CELL, "kept"], how="left")
    counted = counted.with_columns(pl.col("now").fill_null(0), rest=pl.col("kept").str.strip_chars_start("0"))
    more = counted.filter(pl.col("now") > pl.col("before")).rename({"kept": "value"})
    fewer = counted.filter(pl.col("now") < pl.col("before")).select(*_CELL, "rest", "kept")
    both = more.join(fewer, on=[*_CELL, "rest"]).filter(
        pl.col("value").str.len_chars() < pl.col("kept").str.len_chars()
    )
    instead = both.unique([*_CELL, "value"], keep="first", maintain_order=True)
    found = came.join(
        instead, on=[*_CELL, "value"], maintain_order="left"
    )  # nobody knows which of them it is
    return found.with_columns(taken=pl.lit(value=False)).select(none.columns)


def _as_exponents(came: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Those that are an exponent by now, and were none."""
    none = there.filter(~pl.col("kept").str.contains(_EXPONENT)).unique(
        _CELL, keep="first", maintain_order=True
    )
    return came.filter(pl.col("value").str.contains(_EXPONENT)).join(none, on=_CELL, maintain_order="left")


def _told(column: str, cells: pl.DataFrame) -> pl.DataFrame:
    """A finding a cell: a row of several items, or a cell of several, stands here once for each of them."""
    if cells.is_empty():
        return NONE
    hint = pl.format(
        "It was {} when this row was rejected (row {} of batch {}), and nothing was wrong with it."
        " If a spreadsheet has changed it, write it as it was, as text.",
        *("kept", "row", "batch"),
    )
    told = cells.unique(["row_number", GROUP], keep="first", maintain_order=True).with_columns(hint=hint)
    return make_findings(told, column, SAME_ORDER if column == "orderNumber" else AS_IT_WAS)


def find_merged(rows: pl.DataFrame, kept: KeptCells) -> pl.DataFrame:
    """A finding on each order whose rows were several rows of a nested file, each of them an order of its own."""
    if kept.origins.is_empty():
        return NONE
    parts = normalize(rows.select("order", "row_number", value="orderNumber")).filter(
        pl.col("value").is_not_null()
    )
    orders = parts.join(kept.origins, on="row_number", how="left", maintain_order="left").group_by(
        "order", maintain_order=True
    ).agg(
        pl.col("row_number", "value").first(),
        several=pl.struct(*PLACE).filter(pl.col("batch").is_not_null()).unique(maintain_order=True),
    )  # fmt: skip
    numbers = pl.col("several").list.eval(pl.element().struct.field("row").cast(pl.String)).list.head(10)
    hint = pl.format(
        "In a nested file an order is one row; this order number stood on several ({})."
        " Remove all rows but those of one of them.",
        numbers.list.join(", "),
    )
    return make_findings(
        orders.filter(pl.col("several").list.len() > 1).with_columns(hint=hint), "orderNumber", ONE_ROW
    )
