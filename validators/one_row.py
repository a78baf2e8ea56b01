"""Finds orders of nested files, where one is one row, that stand on several rows, or are several since they were mended."""

import polars as pl

from validators.findings import NONE, make_findings
from validators.kept_cells import ONE_ROW, PLACE, KeptCells
from validators.normalize import normalize


def find_repeated(heads: pl.DataFrame) -> pl.DataFrame:
    """A finding on each of these heads whose order stands on several rows."""
    repeated = heads.filter(pl.col("rows") > 1).with_columns(value="orderNumber")
    return make_findings(repeated, "orderNumber", ONE_ROW)


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
