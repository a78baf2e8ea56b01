"""Makes findings of the faults that a reader has seen: on rows that are not data, or not whole, and on cells of another type."""

import polars as pl

from validators.findings import FAULT_PLACE, FAULT_SEPARATOR, HINT_SEPARATOR, NONE, fold, make_findings


def find_reader_faults(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Findings on rows, and findings on cells."""
    # A row of several items stands here once for each of them.
    bad = rows.filter(pl.col("fault").is_not_null()).unique("row_number", keep="first", maintain_order=True)
    if bad.is_empty():
        return NONE, NONE
    bad = bad.with_columns(
        pl.col("fault").str.split(FAULT_SEPARATOR), hint=pl.col("fault_hint").str.split(HINT_SEPARATOR)
    )
    bad = bad.explode("fault", "hint")
    check, column, item = bad["fault"].str.split_exact(FAULT_PLACE, 2).struct.unnest().get_columns()
    found = make_findings(bad, "", "").with_columns(
        check_name=check, column_name=column, item=item.cast(pl.Int32)
    )
    is_of_cell = column.is_not_null()
    return fold(found.filter(~is_of_cell)), fold(found.filter(is_of_cell))
