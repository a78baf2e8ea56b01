"""Escapes a cell that a spreadsheet would take for a formula, and takes the escape off again."""

import polars as pl

_RISKY = r"^'*[=+\-@\t\r\n]"
_ESCAPED = r"^'+[=+\-@\t\r\n]"


def escape_formula(cell: pl.Expr) -> pl.Expr:
    """Put an apostrophe before what begins like a formula (or like such a text already escaped)."""
    return pl.when(cell.str.contains(_RISKY)).then(pl.lit("'") + cell).otherwise(cell)


def unescape_formula(cell: pl.Expr) -> pl.Expr:
    """Take off what `escape_formula` put before it; any other text stays."""
    return pl.when(cell.str.contains(_ESCAPED)).then(cell.str.slice(1)).otherwise(cell)
