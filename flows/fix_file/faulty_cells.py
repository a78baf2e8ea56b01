"""Finds the cells of a fix file that findings are on."""

from typing import NamedTuple

import polars as pl

from flows.fix_file.form import FixFile


class Mark(NamedTuple):
    """What is wrong with a cell."""

    is_error: bool
    hints: str


def find_marks(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> dict[int, dict[int, Mark]]:
    """By the place of each row, and of each of the sender's own columns, what is wrong there."""
    columns = [(name, at) for at, names in enumerate(file.names) for name in names]
    places = pl.DataFrame(columns, schema={"column_name": pl.String, "at": pl.Int64}, orient="row").unique()
    numbered = rows.select("row_number", "item", number=pl.int_range(pl.len(), dtype=pl.Int64))
    on_items = numbered.with_columns(several=pl.len().over("row_number") > 1)  # of a nested file
    found = (
        findings.rename({"item": "of_item"})
        .join(places, on="column_name")
        .join(on_items, on="row_number")
        .filter(
            ~pl.col("several") | (pl.col("of_item").is_null()) | (pl.col("of_item") == pl.col("item") + 1)
        )
    )
    each = found.group_by("number", "at", maintain_order=True).agg(
        (pl.col("severity") == "error").any(),
        pl.format("{}: {}", "check_name", "hint").unique(maintain_order=True).str.join("\n"),
    )
    marks: dict[int, dict[int, Mark]] = {}
    for number, at, is_error, hints in each.iter_rows():
        marks.setdefault(number, {})[at] = Mark(is_error, hints)
    return marks
