"""Finds the cells of a fix file that findings are on."""

import polars as pl

from flows.fix_file.form import FixFile


def find_marks(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> pl.DataFrame:
    """What is wrong with cells, `row, column, error, hints`: by the place of each row, and of the sender's own columns."""
    columns = [(name, at) for at, names in enumerate(file.names) for name in names]
    places = pl.DataFrame(
        columns, schema={"column_name": pl.String, "column": pl.Int64}, orient="row"
    ).unique()
    numbered = rows.select("row_number", "item", row=pl.int_range(pl.len(), dtype=pl.Int64))
    on_items = numbered.with_columns(several=pl.len().over("row_number") > 1)  # of a nested file
    found = (
        findings.rename({"item": "of_item"})
        .join(places, on="column_name", maintain_order="left")
        .join(on_items, on="row_number", maintain_order="left")
        .filter(
            ~pl.col("several") | (pl.col("of_item").is_null()) | (pl.col("of_item") == pl.col("item") + 1)
        )
    )
    hints = pl.format("{}: {}", "check_name", "hint").unique(maintain_order=True).str.join("\n")
    marks = found.group_by("row", "column").agg(error=(pl.col("severity") == "error").any(), hints=hints)
    return marks.sort("row", "column")
