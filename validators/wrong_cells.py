"""Leaves out what checks find on cells that are known to be wrong already: one cell, one reason to mend it."""

import polars as pl

from validators.findings import FINDINGS, NONE, UNREAD, shortened
from validators.group_rows import GROUP, GroupedRows


def add_reader_faults(found: pl.DataFrame, of_read: pl.DataFrame) -> pl.DataFrame:
    """What the reader has found of cells, and of the findings those that are not on the same cells."""
    if of_read.is_empty():
        return found
    cell, is_of_item = ["row_number", "column_name"], pl.col("item").is_not_null()
    others = found.join(of_read.filter(~is_of_item), on=cell, how="anti", maintain_order="left")
    others = others.join(of_read.filter(is_of_item), on=[*cell, "item"], how="anti", maintain_order="left")
    return pl.concat([others, of_read])


def add_source_faults(
    found: pl.DataFrame, wrong: pl.DataFrame | None, becomes: pl.DataFrame, parts: GroupedRows
) -> pl.DataFrame:
    """What their source's own rules have found of cells, and of the findings those that are not on the same cells."""
    if wrong is None or wrong.is_empty():
        return found
    orders = parts.rows.select("row_number", "order").unique("row_number")
    told = wrong.join(orders, on="row_number", how="inner").with_columns(
        column_name=shortened(pl.col("column_name")),
        severity=pl.lit("error"),
        value=shortened(pl.col("value")),
    )
    there = [name for name in FINDINGS.names() if name in told.columns]
    of_sources = told.select(there).cast({n: FINDINGS[n] for n in there})
    others = _on_other_cells(found, told, becomes, parts.items)
    return pl.concat([NONE, of_sources, others], how="diagonal")


def _on_other_cells(
    found: pl.DataFrame, wrong: pl.DataFrame, becomes: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """The findings on what none of the wrong cells has become."""
    members = becomes.with_columns(column_name=shortened(pl.col("column_name")))
    silent = wrong.select("row_number", "at").join(members, on="at").unique()
    of_rows, of_groups = (silent.filter(pl.col(GROUP).is_null() == each) for each in (True, False))
    others = found.join(of_rows, on=["row_number", "column_name"], how="anti", maintain_order="left")
    if of_groups.is_empty():
        return others
    groups = items.select("row_number", "item", GROUP)
    return (
        others.join(groups, on=["row_number", "item"], how="left", maintain_order="left")
        .join(of_groups, on=["row_number", "column_name", GROUP], how="anti", maintain_order="left")
        .drop(GROUP)
    )


def leave_out_unread(found: pl.DataFrame) -> pl.DataFrame:
    """A row that is no data, such as a header that stands among the rows, has nothing else that is wrong."""
    is_unread = pl.col("check_name").is_in(UNREAD)
    unread = found.filter(is_unread)["row_number"]
    if unread.is_empty():
        return found
    return found.filter(~pl.col("row_number").is_in(unread.implode()) | is_unread)
