"""Turns a source's conditions into expressions over a row's cells, as they came."""

from collections.abc import Mapping, Sequence
from functools import reduce

import polars as pl

from flows.sources.names import canonical
from flows.sources.source import Condition


def holds(condition: Condition, places: Mapping[str, int]) -> pl.Expr:
    """Whether it holds on a row; never where a column that it names is not in the file."""
    if condition.parts:
        return reduce(lambda one, other: one & other, (holds(part, places) for part in condition.parts))
    place = places.get(canonical(condition.column))
    if place is None:
        return pl.lit(value=False)
    cell = pl.col(str(place)).fill_null("").str.strip_chars()
    if condition.texts is not None:
        return cell.is_in(list(condition.texts))
    return (cell == "") if condition.blank else (cell != "")


def holds_any(conditions: Sequence[Condition], places: Mapping[str, int]) -> pl.Expr:
    """Whether one of them holds on a row."""
    return pl.any_horizontal(pl.lit(value=False), *(holds(condition, places) for condition in conditions))


def first_that_holds(conditions: Sequence[Condition], places: Mapping[str, int]) -> pl.Expr:
    """The number, from 1, of the first that holds on a row; null where none does."""
    rules = (
        pl.when(holds(condition, places)).then(pl.lit(number, dtype=pl.Int32))
        for number, condition in enumerate(conditions, start=1)
    )
    return pl.coalesce(*rules, pl.lit(None, dtype=pl.Int32))
