"""Finds the rows on which a check does not hold, by a Pandera schema made of the checks.

Column statistics, then one pass of fast checks say which checks may fail at all. Those are asked in full,
and what fails becomes the schema, before which only the orders come in which it fails. A good chunk costs no more
than the statistics and that pass, where Pandera would spend a millisecond on each check. Pandera says which checks
fail; on which rows, the pass has said already, and in a fortieth of the memory that its own table takes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandera.backends.polars.builtin_checks  # noqa: F401 - Pandera would import it when the first check fails
import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from validators.cast import dtype, null_columns
from validators.checks import Check, fast_checks, raw, unproven
from validators.column_stats import ColumnStats
from validators.findings import NONE, fold, make_findings, refuse_too_many
from validators.order_model import MEMBERS, Member


def add_missing_columns(frame: pl.DataFrame, members: Sequence[Member]) -> pl.DataFrame:
    """Add the members that the batch has no column for, as nulls: a rule may look at any of them."""
    there = frozenset(frame.columns)
    return frame.with_columns(null_columns(tuple(member for member in members if member.path not in there)))


def find_failures(
    frame: pl.DataFrame, checks: Sequence[Check], stats: Mapping[str, ColumnStats]
) -> pl.DataFrame:
    """Findings, one for each row and check that does not hold; `frame` has `order`, `row_number`, perhaps `item`.

    `stats` are the statistics of all columns that were delivered, before they were cast.
    Raises TooManyFindingsError when they are more than are made at a time.
    """
    failing = _failing(frame, _doubtful(frame, checks, stats))
    if not failing:
        return NONE
    refuse_too_many(sum(int(fails.sum()) for fails in failing.values()), frame["order"])
    # Pandera runs no check of a column that is not there, such as the items' for a head without any.
    elsewhere = {check.column for check in failing} - set(frame.columns)
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype(MEMBERS[name])).alias(name) for name in sorted(elsewhere)
    )
    _validate(frame, failing)
    return pl.concat(_findings(frame, check, fails) for check, fails in failing.items())


def find_failing(
    frame: pl.DataFrame, checks: Sequence[Check], stats: Mapping[str, ColumnStats]
) -> dict[Check, pl.Series]:
    """The checks that do not hold on every row, and on which rows each of them fails; each is of one value alone.

    So Pandera is asked of one row for each of them.
    """
    failing = _failing(frame, _doubtful(frame, checks, stats))
    if failing:
        one_each = sorted({int(fails.arg_max() or 0) for fails in failing.values()})
        _validate(frame[one_each], {check: fails[one_each] for check, fails in failing.items()})
    return failing


def _doubtful(frame: pl.DataFrame, checks: Sequence[Check], stats: Mapping[str, ColumnStats]) -> list[Check]:
    """The checks that neither statistics nor the fast check prove on every row."""
    unsure = unproven(checks, stats)
    sure = frame.select(fast_checks(unsure)).row(0) if unsure else ()
    return [check for check, is_sure in zip(unsure, sure, strict=True) if not is_sure]


def _failing(frame: pl.DataFrame, checks: list[Check]) -> dict[Check, pl.Series]:
    """Those that do not hold on every row, and on which rows each of them fails."""
    if not checks:
        return {}
    fails = frame.select(
        (~check.holds.fill_null(value=True)).alias(str(at)) for at, check in enumerate(checks)
    )
    return {check: fails[str(at)] for at, check in enumerate(checks) if fails[str(at)].any()}


def _validate(frame: pl.DataFrame, failing: Mapping[Check, pl.Series]) -> None:
    """Let Pandera check the orders in which a check fails: no check looks beyond its own."""
    fails = pl.DataFrame(list(failing.values())).select(pl.any_horizontal(pl.all())).to_series()
    orders = frame["order"].filter(fails).unique()
    concerned = frame.filter(pl.col("order").is_in(orders.implode()))
    try:
        pandera_schema(concerned, list(failing)).validate(concerned, lazy=True)
    except SchemaErrors as errors:
        told = {(case["column"], case["check"]) for case in errors.failure_cases.iter_rows(named=True)}
        if told == {(check.column, check.name) for check in failing}:
            return
    raise AssertionError("the checks failed in one pass and held in the other")


def _findings(frame: pl.DataFrame, check: Check, fails: pl.Series) -> pl.DataFrame:
    written = raw(check.column) if raw(check.column) in frame.columns else check.column
    where = [name for name in ("order", "row_number", "item") if name in frame.columns]
    hint = check.own_hint() if check.own_hint else pl.lit(None, dtype=pl.String)
    rows = frame.filter(fails).select(*where, value=written, hint=hint)
    return fold(make_findings(rows, check.column, check.name, check.severity))


def pandera_schema(frame: pl.DataFrame, checks: Sequence[Check]) -> pa.DataFrameSchema:
    """The checks as a Pandera schema, each hung on the column to mend."""
    names = dict.fromkeys(check.column for check in checks)
    return pa.DataFrameSchema(
        {
            name: pa.Column(
                frame.schema[name],
                checks=[pandera_check(check, n_failure_cases=1) for check in checks if check.column == name],
                nullable=True,
            )
            for name in names
        }
    )


def pandera_check(check: Check, **words: Any) -> pa.Check:
    """The check as Pandera's; `words` are further ones of its."""
    return pa.Check(
        lambda data: data.lazyframe.select(check.holds.fill_null(value=True)),
        name=check.name,
        error=check.name,
        description=check.hint,
        ignore_na=False,
        **words,
    )
