"""Finds the order of each row by a source's rules: numbers filled down, numbers made by steps, rows that are skipped."""

from collections.abc import Iterator

import polars as pl

from flows.fix_file.restore import without_no_cell
from flows.sources.column_mapping import ColumnMapping
from flows.sources.conditions import first_that_holds
from flows.sources.steps_of_rows import step_column
from validators.normalize import is_blank, normalize

SKIPPED = "skipped"
"""The column with the number, from 1, of the rule that skips a row; null where none does."""

ORDER_KEY = "order key"
"""What the rows of one order have in common here; of a row without a number it is the row."""


def mark_skipped(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows with the rule of `skip_rows` that holds on each, where there are any."""
    rules = mapping.source.skip_rows
    if not rules or SKIPPED in rows.columns:
        return rows
    return rows.with_columns(first_that_holds(rules, mapping.places).alias(SKIPPED))


def fill_down(frames: Iterator[pl.DataFrame], mapping: ColumnMapping) -> Iterator[pl.DataFrame]:
    """The rows, a blank order number filled with the one above; rows that are blank altogether, or skipped, take none."""
    place = mapping.place(mapping.source.fill_down or "")
    if place is None:
        yield from frames
        return
    last: str | None = None
    column = str(place)
    cell = pl.when(~is_blank(pl.col(column))).then(pl.col(column))
    for frame in frames:
        above = frame.select(cell.forward_fill().fill_null(pl.lit(last, dtype=pl.String))).to_series()
        takes = cell.is_null() & _is_filled(mapping)
        if SKIPPED in frame.columns:
            takes &= pl.col(SKIPPED).is_null()
        last = above[-1] if above.len() else last
        yield frame.with_columns(pl.when(takes).then(pl.lit(above)).otherwise(pl.col(column)).alias(column))


def _is_filled(mapping: ColumnMapping) -> pl.Expr:
    return pl.any_horizontal(~is_blank(pl.col(str(at))) for at in range(len(mapping.header)))


def number_columns(mapping: ColumnMapping) -> list[str]:
    """The columns that a row's order number is made of; none where a default gives it."""
    if "orderNumber" in mapping.joins:
        return [str(at) for at in mapping.joins["orderNumber"][0]]
    place = mapping.place_of("orderNumber")
    return [] if place is None else [str(place)]


def order_numbers(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.Series:
    """The order number of each row, after its steps; null where a row has none."""
    cells = [step_column(rows, int(column), mapping).cells for column in number_columns(mapping)]
    if not cells:
        number = mapping.defaults.get("orderNumber")
        return pl.Series([number], dtype=pl.String).new_from_index(0, rows.height)
    if "orderNumber" not in mapping.joins:
        return cells[0]
    return join_cells(cells, mapping.joins["orderNumber"][1])


def join_cells(cells: list[pl.Series], between: str) -> pl.Series:
    """The cells of several columns as one, blank ones left out."""
    joined = pl.concat_str(*map(pl.lit, cells), separator=between, ignore_nulls=True)
    return pl.select(pl.when(joined != "").then(joined)).to_series()


def with_order_keys(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows with what those of one order have in common."""
    numbers = normalize(order_numbers(rows, mapping).alias(ORDER_KEY).to_frame())
    number = numbers.select(without_no_cell(pl.col(ORDER_KEY))).to_series()
    row = pl.lit("\0") + pl.col("row_number").cast(pl.String)
    return rows.with_columns(pl.coalesce(pl.lit(number), row).alias(ORDER_KEY))
