"""Groups flat rows into orders: rows of one order number are one order, its head has one value a column.

A head column's value is the one that is not blank, on whichever row of the order it stands; of several spellings
of it the first is kept. Orders are numbered in the order of their first rows; a row without an order number is an order of its own.
"""

from dataclasses import dataclass

import polars as pl

from validators.column_stats import ColumnStats
from validators.findings import make_findings
from validators.normalize import normalize, normalize_with_stats
from validators.order_model import ITEM
from validators.spellings import one_spelling

NOT_OF_HEAD = {*(member.path for member in ITEM), "fault", "fault_hint"}
ITEM_COLUMNS = tuple(member.path for member in ITEM)

IDLE, IS_SKIPPED, PLACE = "idle", "is skipped", "group"
"""Columns that rows may have: of which no items are read, and nobody is told so; that are not counted; an item's group or cell."""

DISAGREES = "agrees_in_order"
NO_ITEM = "names_an_item"


@dataclass(frozen=True, kw_only=True)
class GroupedRows:
    """`rows`: the rows as they came, sorted by order, with `order`, a number from 0; `heads`: a row an order, the n-th is order n.

    `stats`: the statistics of the text columns of heads and items.
    """

    rows: pl.DataFrame
    heads: pl.DataFrame
    items: pl.DataFrame
    findings: pl.DataFrame
    stats: dict[str, ColumnStats]

    def of(self, orders: pl.Series, columns: list[str] | None = None) -> pl.DataFrame:
        """The rows of these orders, as they came; all columns when none are named."""
        rows = self.rows.select(columns) if columns else self.rows
        return rows.filter(pl.col("order").is_in(orders.unique().implode()))


def group_rows(rows: pl.DataFrame) -> GroupedRows:
    """Take rows (text columns named by member, `row_number`) apart; heads and items are cleaned."""
    rows = _number_orders(rows)
    heads, of_heads, disagreements = _heads(rows)
    items, of_items = _items(rows)
    idle = rows.filter(~pl.col(IDLE)) if IDLE in rows.columns else rows
    idle = (
        idle.join(items, on=["row_number", "order"], how="anti")
        if items.height < rows.height
        else idle.clear()
    )
    return GroupedRows(
        rows=rows,
        heads=heads,
        items=items,
        findings=pl.concat([*disagreements, _without_item(idle)]),
        stats=of_heads | of_items,
    )


def _number_orders(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort the rows by their order's first row and number the orders."""
    keys = normalize(rows.select("orderNumber", "row_number"))
    number, row = pl.col("orderNumber"), pl.col("row_number")
    differs = number.ne_missing(number.shift(1)) | (number.is_null() & (row != row.shift(1)))
    starts = keys.select(differs.fill_null(value=True)).to_series()
    first_numbers = keys["orderNumber"].filter(starts).drop_nulls()
    if not (keys["row_number"].is_sorted() and first_numbers.is_unique().all()):
        first = pl.when(number.is_null()).then(row).otherwise(row.min().over(number))
        rows = rows.with_columns(keys.select(order=first)).sort("order", "row_number", maintain_order=True)
        starts = rows["order"] != rows["order"].shift(1, fill_value=-1)
    return rows.with_columns(order=(starts.cum_sum() - 1).cast(pl.UInt32))


def _heads(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, ColumnStats], list[pl.DataFrame]]:
    """One row an order, with `row_number` its first row and `rows` their count; and what disagrees within an order."""
    # `items.*`, blank or not, is the items' business, a fault the row's; all else that is text belongs to the head.
    columns = [name for name, dtype in rows.schema.items() if dtype == pl.String and name not in NOT_OF_HEAD]
    starts = (
        rows.with_row_index("at")
        .group_by("order", maintain_order=True)
        .agg(pl.col("at").first(), rows=_counted(rows))
    )
    firsts = rows[starts["at"]].select("order", "row_number", *columns)
    heads, stats = normalize_with_stats(firsts)
    heads = heads.with_columns(starts["rows"])
    torn = _not_repeated(rows, columns)
    if not torn:
        return heads, stats, []
    cleaned, of_torn = normalize_with_stats(rows.select("order", "row_number", *torn))
    values = cleaned.group_by("order", maintain_order=True).agg(pl.col(torn).drop_nulls().first())
    heads = heads.with_columns(values.select(torn))
    return heads, stats | of_torn, [_disagreements(cleaned, heads, name) for name in torn]


def _counted(rows: pl.DataFrame) -> pl.Expr:
    """How many rows an order has, skipped ones aside."""
    row = pl.col("row_number")
    return (row.filter(~pl.col(IS_SKIPPED)) if IS_SKIPPED in rows.columns else row).n_unique()


def _not_repeated(rows: pl.DataFrame, columns: list[str]) -> list[str]:
    """The columns in which some row has not just what the row of its order before it has, as in most files all have."""
    begins = rows.select(begins=pl.col("order") != pl.col("order").shift(1))
    same = rows.with_columns(begins).select(
        (pl.col(columns).eq_missing(pl.col(columns).shift(1)) | pl.col("begins")).all()
    )
    return [name for name in columns if not same.item(0, name)]


def _disagreements(rows: pl.DataFrame, heads: pl.DataFrame, name: str) -> pl.DataFrame:
    """A finding on each row whose value is not its order's, naming that row and the one that it contradicts."""
    head = heads[name].gather(rows["order"])
    theirs = rows.select("order", "row_number", value=name).with_columns(head.alias("head"))
    other = theirs.filter(pl.col("value") != pl.col("head"))
    if other.height:
        other = other.filter(one_spelling(other["value"], name) != one_spelling(other["head"], name))
    if other.is_empty():
        return make_findings(other, name, DISAGREES)
    first = (
        theirs.filter(pl.col("value") == pl.col("head"))
        .unique("order", keep="first")
        .select("order", at="row_number")
    )
    hint = pl.format(
        "Row {} and row {} of this order say different things here: write one value, or leave it blank on all rows but one.",
        "at",
        "row_number",
    )
    return make_findings(other.join(first, on="order").with_columns(hint=hint), name, DISAGREES)


def _items(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, ColumnStats]]:
    """Rows with at least one item cell, with `item`, their number within the order from 1."""
    columns = [name for name in ITEM_COLUMNS if name in rows.columns]
    further = [PLACE] if PLACE in rows.columns else []
    named = (
        pl.any_horizontal(pl.col(name).is_not_null() for name in columns) if columns else pl.lit(value=False)
    )
    items, stats = normalize_with_stats(rows.select("order", "row_number", *further, *columns))
    items = items.filter(named)
    at = pl.int_range(pl.len(), dtype=pl.Int32)
    begins = pl.when(pl.col("order").ne_missing(pl.col("order").shift(1))).then(at).forward_fill()
    return items.with_columns(item=at - begins + 1), stats  # they stand in order


def _without_item(idle: pl.DataFrame) -> pl.DataFrame:
    return make_findings(idle, "items.itemId", NO_ITEM, severity="warning")
