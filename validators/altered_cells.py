"""Holds rows that were mended against what was kept of them: what nobody meant to change must be as it was.

A spreadsheet takes the zeros off 000124, and writes a long number as an exponent, and says nothing. So where a cell was
sound, its row's order number is the same as before, and an id, a code or a postal code has not lost that.
"""

import polars as pl

from validators.findings import NONE, make_findings
from validators.group_rows import GROUP, ITEM_COLUMNS
from validators.kept_cells import AS_IT_WAS, OF_ROW, PLACE, SAME_ORDER, WATCHED, KeptCells, with_groups
from validators.normalize import normalize

_CELL = [*PLACE, *OF_ROW]
_EXPONENT = r"^-?[0-9]([.,][0-9]+)?[eE][+-][0-9]+$"


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


def _cells(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    there = [name for name in ("order", "row_number", "item", GROUP) if name in rows.columns]
    cells = normalize(rows.select(*there, value=column)).filter(pl.col("value").is_not_null())
    return cells.with_columns(column_name=pl.lit(column))


def _altered(came: pl.DataFrame, column: str, kept: KeptCells) -> pl.DataFrame:
    """Of these cells of a column those that are not as they were, with what was kept."""
    there = kept.cells.filter(column_name=column)
    came = came.join(kept.places, on=["row_number", *OF_ROW], maintain_order="left")
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


def _as_exponents(came: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Those that are an exponent by now, and were none."""
    none = there.filter(~pl.col("kept").str.contains(_EXPONENT)).unique(
        _CELL, keep="first", maintain_order=True
    )
    return came.filter(pl.col("value").str.contains(_EXPONENT)).join(none, on=_CELL, maintain_order="left")


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
    # Nobody knows which of them it is: all are told.
    found = came.join(instead, on=[*_CELL, "value"], maintain_order="left")
    return found.with_columns(taken=pl.lit(value=False)).select(none.columns)


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
