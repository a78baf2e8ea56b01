"""Skips rows and whole orders that are none of ours, counted by the rule that says so; and reads of some rows no items."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from flows.sources.column_mapping import ColumnMapping
from flows.sources.conditions import first_that_holds, holds_any
from flows.sources.orders import ORDER_KEY, SKIPPED, mark_skipped
from validators.group_rows import IDLE, IS_SKIPPED
from validators.order_model import ITEM

_ORDER_RULE = "rule of the order"


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """`rows`: how many rows each rule has skipped, the rule in words. `whole`: the numbers of the rows of skipped orders."""

    rows: dict[str, int] = field(default_factory=dict)
    whole: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.Int64))


def skip(rows: pl.DataFrame, mapping: ColumnMapping) -> tuple[pl.DataFrame, Skipped]:
    """The rows of orders of ours, skipped ones among them, whose head cells count for their order; and what was skipped."""
    source = mapping.source
    if not (source.skip_rows or source.skip_orders):
        return rows, Skipped()
    own = pl.col(SKIPPED) if SKIPPED in rows.columns else pl.lit(None, dtype=pl.Int32)
    rows = rows.with_columns(
        own.alias(SKIPPED),
        first_that_holds(source.skip_orders, mapping.places).min().over(ORDER_KEY).alias(_ORDER_RULE),
    )
    all_of_it = pl.col(SKIPPED).is_not_null().all().over(ORDER_KEY)
    rows = rows.with_columns(whole=pl.col(_ORDER_RULE).is_not_null() | all_of_it)
    out = rows.filter(pl.col(SKIPPED).is_not_null() | pl.col("whole"))
    # Of a nested file a row is skipped when all its lines are.
    both = rows.group_by("row_number").agg(gone=(pl.col(SKIPPED).is_not_null() | pl.col("whole")).all())
    gone = both.filter("gone")["row_number"]
    counted = out.filter(pl.col("row_number").is_in(gone.implode())).unique("row_number", keep="first")
    whole = rows.filter("whole")["row_number"].unique()
    left = rows.filter(~pl.col("whole")).drop("whole", _ORDER_RULE)
    return left, Skipped(rows=_by_rule(counted, mapping), whole=whole)


def count_skipped(parts: Iterator[pl.DataFrame], mapping: ColumnMapping) -> tuple[dict[str, int], bool]:
    """The same of an order whose rows come in parts: how many rows each rule has skipped, and whether that is the order."""
    source = mapping.source
    if not (source.skip_rows or source.skip_orders):
        return {}, False
    of_rows, of_order, left = Counter[str](), set[int](), 0
    for part in parts:
        marked = mark_skipped(part, mapping)
        own = marked[SKIPPED] if SKIPPED in marked.columns else pl.repeat(None, part.height, eager=True)
        rows = marked.select("row_number", own=own).group_by("row_number").agg(
            gone=pl.col("own").is_not_null().all(), own=pl.col("own").drop_nulls().first()
        )  # fmt: skip
        gone = rows.filter("gone")["own"].value_counts()
        of_rows.update({source.skip_rows[n - 1].described(): count for n, count in gone.iter_rows()})
        left += rows.filter(~pl.col("gone")).height
        of_order |= set(
            marked.select(first_that_holds(source.skip_orders, mapping.places)).to_series().drop_nulls()
        )
    if of_order and left:
        of_rows[source.skip_orders[min(of_order) - 1].described()] += left
    return dict(sorted(of_rows.items())), bool(of_order) or not left


def _by_rule(rows: pl.DataFrame, mapping: ColumnMapping) -> dict[str, int]:
    """How many rows each rule has skipped; a row's own rule before that of its order."""
    source = mapping.source
    counted: dict[str, int] = {}
    of_rows = rows.filter(pl.col(SKIPPED).is_not_null())[SKIPPED].value_counts(sort=True)
    of_orders = rows.filter(pl.col(SKIPPED).is_null())[_ORDER_RULE].value_counts(sort=True)
    for table, rules in ((of_rows, source.skip_rows), (of_orders, source.skip_orders)):
        for number, count in table.iter_rows():
            words = rules[number - 1].described()
            counted[words] = counted.get(words, 0) + count
    return dict(sorted(counted.items()))


def mark_unread(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows with IDLE where their item cells are not read, and IS_SKIPPED; as they are without such a rule."""
    conditions = mapping.source.head_only
    if not conditions and SKIPPED not in rows.columns:
        return rows
    skipped = pl.col(SKIPPED).is_not_null() if SKIPPED in rows.columns else pl.lit(value=False)
    return rows.with_columns(
        (holds_any(conditions, mapping.places) | skipped).alias(IDLE), skipped.alias(IS_SKIPPED)
    )


def head_only(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without the item cells that are not read."""
    if IDLE not in rows.columns:
        return rows
    items = [member.path for member in ITEM if member.path in rows.columns]
    return rows.with_columns(pl.when(~pl.col(IDLE)).then(pl.col(name)).alias(name) for name in items)
