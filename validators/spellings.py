"""Brings the spellings of one value to one text, by which two cells are compared; what is stored is what was written.

`5.0` and `5.00` are one number, `true` and `TRUE` one boolean, and JSON is the same in whatever order its members stand.
"""

import polars as pl

from validators import formats
from validators.json_spelling import plain_json
from validators.order_model import MEMBERS


def one_spelling(cells: pl.Series, column: str) -> pl.Series:
    """The cells of a column in the one spelling of their values; a text, and what has not its member's form, as it is."""
    kind = MEMBERS[column].kind if column in MEMBERS else "text"
    cell = pl.col(cells.name)
    if kind == "boolean":
        lower = cell.str.to_lowercase()
        truth = pl.when(lower.is_in(formats.TRUE)).then(pl.lit("true"))
        return (
            cells.to_frame()
            .select(truth.when(lower.is_in(formats.FALSE)).then(pl.lit("false")).otherwise(cell))
            .to_series()
        )
    if kind in ("integer", "decimal"):
        return (
            cells.to_frame()
            .select(pl.when(formats.DECIMAL.holds(cell)).then(_number(cell)).otherwise(cell))
            .to_series()
        )
    if kind == "json":
        return pl.Series(
            cells.name, [plain_json(text) for text in cells], dtype=pl.String
        )  # few: those that differ
    return cells


def _number(cell: pl.Expr) -> pl.Expr:
    """A number without zeros that say nothing."""
    bare = cell.str.replace(r"^(-?)0+([0-9])", "${1}${2}")
    return (
        pl.when(bare.str.contains(".", literal=True))
        .then(bare.str.strip_chars_end("0").str.strip_chars_end("."))
        .otherwise(bare)
    )
