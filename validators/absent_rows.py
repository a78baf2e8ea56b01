"""Finds orders that came back in a fix file without all of their rows: who sends the faulty ones alone loses the others."""

import polars as pl

from validators.findings import NONE, make_findings
from validators.kept_cells import KEPT_ROWS, KeptCells

_NAMED = 10
"""Rows that a hint names."""


def find_absent_rows(rows: pl.DataFrame, kept: KeptCells) -> pl.DataFrame:
    """A finding on each order of which sound rows were rejected with others, and did not come back with them."""
    if kept.absent.is_empty():
        return NONE
    orders = (
        rows.select("order", "row_number")
        .join(kept.absent, on="row_number", maintain_order="left")
        .unique("order", keep="first", maintain_order=True)
    )
    hint = pl.format(
        "{} more of its rows were rejected with it, and nothing was wrong with them (of batch {}: {}). Send them too, from that"
        " batch's fix file; if they shall not be in the order, send this one's own fix file as it is.",
        pl.col("absent").list.len(),
        "batch",
        pl.col("absent").list.head(_NAMED).cast(pl.List(pl.String)).list.join(", "),
    )
    return make_findings(orders.with_columns(hint=hint), "orderNumber", KEPT_ROWS)
