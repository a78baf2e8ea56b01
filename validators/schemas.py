"""Finds the rows on which a check does not hold, by a Pandera schema made of the checks.

Column statistics, then one pass of fast checks say which checks may fail at all. Those are asked in full,
and what fails becomes the schema, before which only the orders come in which it fails. A good chunk costs no more
than the statistics and that pass, where Pandera would spend a millisecond on each check.
"""

from collections.abc import Mapping, Sequence

import pandera.backends.polars.builtin_checks  # noqa: F401 - Pandera would import it when the first check fails
import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from validators.cast import dtype, null_columns
from validators.checks import Check, fast_checks, raw, unproven
from validators.column_stats import ColumnStats
from validators.findings import NONE, make_findings
from validators.order_model import MEMBERS, Member


def add_missing_columns(frame: pl.DataFrame, members: Sequence[Member]) -> pl.DataFrame:
    """Add the members that the batch has no column for, as nulls: a rule may look at any of them."""
    there = frozenset(frame.columns)
    return frame.with_columns(null_columns(tuple(member for member in members if member.path not in there)))


def find_failures(
    frame: pl.DataFrame, checks: Sequence[Check], stats: Mapping[str, ColumnStats]
) -> pl.DataFrame:
    """Findings, one for each row and check that does not hold; `frame` has `order`, `row_number`, perhaps `item`.

    `stats` is the statistics of all columns that were delivered says, before they were cast.
    """
    doubtful = _doubtful(frame, checks, stats)
    failing, frame = _failing(frame, doubtful) if doubtful else ([], frame)
    if not failing:
        return NONE
    # Pandera runs no check of a column that is not there, such as the items' for a head without any.
    elsewhere = {check.column for check in failing} - set(frame.columns)
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype(MEMBERS[name])).alias(name) for name in sorted(elsewhere)
    )
    cases = _failure_cases(frame, failing)
    found = []
    for check in failing:
        here = cases.filter(column=check.column, check=check.name)["index"]
        written = raw(check.column) if raw(check.column) in frame.columns else check.column
        rows = frame[here].with_columns(value=written)
        found.append(make_findings(rows, check.column, check.name, check.severity))
    return pl.concat(found)


def _doubtful(frame: pl.DataFrame, checks: Sequence[Check], stats: Mapping[str, ColumnStats]) -> list[Check]:
    """The checks that neither statistics nor the fast check prove on every row."""
    unsure = unproven(checks, stats)
    sure = frame.select(fast_checks(unsure)).row(0) if unsure else ()
    return [check for check, is_sure in zip(unsure, sure, strict=True) if not is_sure]


def _failing(frame: pl.DataFrame, checks: list[Check]) -> tuple[list[Check], pl.DataFrame]:
    """Those that do not hold on every row; and of the frame the orders in which one fails: no check looks beyond its own."""
    held = frame.select(check.holds.fill_null(value=True).alias(str(at)) for at, check in enumerate(checks))
    failing = [check for at, check in enumerate(checks) if not held[str(at)].all()]
    fails = held.select(~pl.all_horizontal(pl.all())).to_series()
    orders = frame["order"].filter(fails).unique()
    return failing, frame.filter(pl.col("order").is_in(orders.implode()))


def _failure_cases(frame: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Pandera's own table: `column`, `check`, `index`."""
    try:
        pandera_schema(frame, checks).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
        return cases.select("column", "check", "index")
    raise AssertionError("the checks failed in one pass and held in the other")


def pandera_schema(frame: pl.DataFrame, checks: Sequence[Check]) -> pa.DataFrameSchema:
    """The checks as a Pandera schema, each hung on the column to mend."""
    names = dict.fromkeys(check.column for check in checks)
    return pa.DataFrameSchema(
        {
            name: pa.Column(
                frame.schema[name],
                checks=[_pandera_check(check) for check in checks if check.column == name],
                nullable=True,
            )
            for name in names
        }
    )


def _pandera_check(check: Check) -> pa.Check:
    return pa.Check(
        lambda data: data.lazyframe.select(check.holds.fill_null(value=True)),
        name=check.name,
        error=check.name,
        ignore_na=False,
    )
