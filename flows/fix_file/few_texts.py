"""Changes those of many texts in which something is found: to look for it is cheaper by far than to change it."""

from collections.abc import Callable

import polars as pl


def change_few(texts: pl.Series, pattern: str, change: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The texts, changed where the pattern is found in them; the others are not looked at again."""
    at = texts.str.contains(pattern).arg_true()
    changed = texts.gather(at).to_frame("text").select(change(pl.col("text"))).to_series()
    return texts.clone().scatter(at, changed)
