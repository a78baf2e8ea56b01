"""Tells what is wrong with a head's value on every row where the value stands, for it is to be mended on each."""

import polars as pl

from validators.findings import FOUND, NONE, fold, refuse_too_many, shorten
from validators.group_rows import DISAGREES, GroupedRows
from validators.head_values import read_head_values
from validators.normalize import normalize, normalize_with_stats

_OF_SEVERAL_CELLS = ("is_once_in_order", "fits_entries", "has_postal_space")
"""Checks of a value that look at others of its head."""


def repeat_on_rows(of_heads: pl.DataFrame, parts: GroupedRows, torn: pl.Series) -> pl.DataFrame:
    """Findings on the heads' values, each once on every row where the value stands.

    Of an order whose rows disagree, each row's values are checked for themselves; of its head only what comes of
    several rows together.
    """
    if torn.is_empty():
        return _on_every_row(of_heads, parts)
    is_told = ~pl.col("order").is_in(torn.implode()) | pl.col("check_name").is_in(_OF_SEVERAL_CELLS)
    _, of_strays = read_head_values(*normalize_with_stats(parts.of(torn)))
    found = pl.concat([_on_every_row(of_heads.filter(is_told), parts), of_strays])
    return found.unique(
        ["order", "row_number", "item", "column_name", "check_name", "severity"], maintain_order=True
    )


def find_torn(*found: pl.DataFrame) -> pl.Series:
    """The orders whose rows disagree."""
    return pl.concat(each.filter(check_name=DISAGREES)["order"] for each in found).unique()


def _on_every_row(found: pl.DataFrame, parts: GroupedRows) -> pl.DataFrame:
    """Findings on heads' cells, on every row where the cell's value stands."""
    if found.is_empty():
        return found
    refuse_too_many(int(parts.heads["rows"].gather(found["order"]).sum()), found["order"])
    columns = {shorten(name): name for name in parts.rows.columns}  # a long one is cut where it is told
    groups = found.group_by("column_name", maintain_order=True)
    return pl.concat([NONE, *(_spread(group, columns.get(name), parts) for (name,), group in groups)])


def _spread(found: pl.DataFrame, column: str | None, parts: GroupedRows) -> pl.DataFrame:
    if column is None:
        return found  # metadata, of too many columns
    rows = normalize(parts.of(found["order"], ["order", "row_number", column]))
    of_head = parts.heads[column].gather(rows["order"])
    # The rows of a nested order have one number.
    stands = rows.filter(pl.col(column) == of_head).select("order", at="row_number").unique()
    return fold(
        found.join(stands.sort("at"), on="order", how="left", maintain_order="left_right")
        .with_columns(row_number=pl.coalesce("at", "row_number"))
        .select(FOUND.names())
    )
