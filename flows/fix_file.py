"""From a text to one that no spreadsheet takes for a formula, and back again."""

import polars as pl

_RISKY = r"^'*[=+\-@\t\r\n]"
_DEFUSED = r"^'+[=+\-@\t\r\n]"


def defused(cell: pl.Expr) -> pl.Expr:
    """Put an apostrophe before what begins like a formula (or like such a text already defused)."""
    return pl.when(cell.str.contains(_RISKY)).then(pl.lit("'") + cell).otherwise(cell)


def as_it_came(cell: pl.Expr) -> pl.Expr:
    """Take off what `defused` put before it; any other text stays."""
    return pl.when(cell.str.contains(_DEFUSED)).then(cell.str.slice(1)).otherwise(cell)
