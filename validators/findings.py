"""Makes findings of rows that fail a check: the values that every check answers with, and how many an order may have."""

import polars as pl

from validators.formats import Severity
from validators.order_model import is_personal

FINDINGS = pl.Schema(
    {
        "order": pl.UInt32,  # the order's number within its chunk
        "row_number": pl.Int64,
        "item": pl.Int32,  # the item's number within its order, null for a finding on the head
        "column_name": pl.String,
        "check_name": pl.String,
        "severity": pl.String,
        "value": pl.String,  # null where the column is personal
        "hint": pl.String,
        "count": pl.Int32,  # how many cells, or entries of a list in a cell, it stands for
    }
)
"""One finding a row. A hint of its own stands here only where it says more than the check's."""

MOST_FINDINGS = 1000
"""Of an order; beyond it, cells in which the same is wrong share a finding."""

LONGEST_SHOWN = 80
"""Characters of a value that are told, the sign of a cut among them; who wants more has the row."""

AT_ONCE = 100_000
"""Findings that are made at a time: a hundred bytes each, in a few copies."""

OTHER_ROWS = "other rows"
"""While findings are made: the rows of the other cells that one stands for."""

FOUND = pl.Schema(FINDINGS | {OTHER_ROWS: pl.List(pl.Int64)})
"""Findings while they are made."""

NONE = FOUND.to_frame()

_KIND = ["column_name", "check_name", "severity"]


class TooManyFindingsError(Exception):
    """So many cells of several orders are wrong that no memory should hold all that is to be told of them at once."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count


def refuse_too_many(count: int, orders: pl.Series) -> None:
    """Raise TooManyFindingsError when there are more than are made at a time; those of one order always are."""
    if count > AT_ONCE and orders.n_unique() > 1:
        raise TooManyFindingsError(count)


FAULT_SEPARATOR, HINT_SEPARATOR = " ", "\n"
"""Between the checks that a reader's `fault` names, when there are several on a row, and between their hints."""


def make_findings(rows: pl.DataFrame, column: str, check: str, severity: Severity = "error") -> pl.DataFrame:
    """One finding a row of `rows`: its `order`, `row_number` and, where it has them, `item`, `value`, `hint` and `count`."""
    if rows.is_empty():
        return NONE
    told = {
        "column_name": pl.lit(shorten(column)),
        "check_name": pl.lit(check),
        "severity": pl.lit(severity),
    }
    if is_personal(column):
        told["value"] = pl.lit(None)
    there = set(rows.columns)
    absent = {"count": pl.lit(1)}
    found = rows.select(
        told.get(name, pl.col(name) if name in there else absent.get(name, pl.lit(None)))
        .cast(dtype)
        .alias(name)
        for name, dtype in FOUND.items()
    )
    return found.with_columns(value=shortened(pl.col("value")))


def shorten(text: str) -> str:
    """A text as it is shown."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def shortened(text: pl.Expr) -> pl.Expr:
    """Texts as they are shown."""
    cut = text.str.slice(0, LONGEST_SHOWN - 1) + "…"
    return pl.when(text.str.len_chars() > LONGEST_SHOWN).then(cut).otherwise(text)


def fold(found: pl.DataFrame) -> pl.DataFrame:
    """Of each check on a column of an order the first thousand findings, and the others as one; they come in the order of rows."""
    if found.height <= MOST_FINDINGS:
        return found
    alone = found.select(pl.int_range(pl.len()).over("order", *_KIND) < MOST_FINDINGS).to_series()
    return _fold_others(found, alone, ["order", *_KIND])


def limit(found: pl.DataFrame) -> pl.DataFrame:
    """A thousand findings an order: the first, and of all others one a check on a column; they come in their order.

    Where the checks and columns are more than a thousand themselves, the others are one a check.
    """
    for by in (["order", *_KIND], ["order", "check_name", "severity"]):
        if found.height > MOST_FINDINGS and found["order"].value_counts()["count"].max() > MOST_FINDINGS:  # type: ignore[operator]
            found = _fold_others(found, found.select(_is_alone(by)).to_series(), by)
    return found


def _is_alone(by: list[str]) -> pl.Expr:
    """Whether a finding and all before it leave room for one of each kind that comes after it."""
    last = pl.struct(by).is_last_distinct().cast(pl.Int64)
    to_come = last.sum().over("order") - last.cum_sum().over("order")
    return pl.int_range(1, pl.len() + 1).over("order") + to_come <= MOST_FINDINGS


def _fold_others(found: pl.DataFrame, alone: pl.Series, by: list[str]) -> pl.DataFrame:
    if alone.all():
        return found
    rest = found.filter(~alone).group_by(by, maintain_order=True).agg(
        pl.exclude("count", OTHER_ROWS, *by).first(),
        pl.col("count").sum(),
        pl.concat_list(
            pl.col("row_number").slice(1).implode(), pl.col(OTHER_ROWS).list.explode(keep_nulls=False, empty_as_null=False).implode()
        ).first().alias(OTHER_ROWS),
    )  # fmt: skip
    return pl.concat([found.filter(alone), rest.select(found.columns)])


def rows_of(found: pl.DataFrame) -> pl.Series:
    """The rows in which these findings are, each once."""
    others = found[OTHER_ROWS].drop_nulls().list.explode()
    return pl.concat([found["row_number"], others.drop_nulls()]).unique()
