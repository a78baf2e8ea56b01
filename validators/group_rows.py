"""Groups flat rows into orders: rows of one order number are one order, its head has one value a column.

A head column's value is the one that is not blank, on whichever row of the order it stands; of several spellings
of it the first is kept. Orders are numbered in the order of their first rows; a row without an order number is an order of its own.
"""

from dataclasses import dataclass

import polars as pl

from validators.column_stats import ColumnStats
from validators.findings import NONE, fold, make_findings, refuse_too_many
from validators.normalize import normalize, normalize_with_stats
from validators.order_model import ITEM
from validators.spellings import one_spelling

ITEM_COLUMNS = tuple(member.path for member in ITEM)
NOT_OF_HEAD = {*ITEM_COLUMNS, "fault", "fault_hint"}

IDLE, IS_SKIPPED, GROUP = "idle", "is skipped", "group"
"""Columns that rows may have: of which no items are read, and nobody is told so; that are not counted; an item's group or cell."""

BECOMES = pl.Schema({"at": pl.Int32(), "column_name": pl.String(), GROUP: pl.Int32()})
"""What becomes of a sender's column, by its place: a member; of the items of one group alone, or null."""

DISAGREES = "agrees_in_order"
NO_ITEM = "names_an_item"
BLANK_ITEM = "holds_no_blank_entry"


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
    """Take rows, as `number_orders` gives them, apart; heads and items are cleaned.

    Raises TooManyFindingsError when the findings are more than are made at a time.
    """
    heads, of_heads, disagreements = _heads(rows)
    items, of_items, idle = _items(rows)
    return GroupedRows(
        rows=rows,
        heads=heads,
        items=items,
        findings=pl.concat([NONE, *disagreements, *_without_item(idle, items)]),
        stats=of_heads | of_items,
    )


def number_orders(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort the rows (text columns named by member, `row_number`) by their order's first row, and number the orders from 0."""
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
    others = [_others(cleaned, heads, name) for name in torn]
    refuse_too_many(sum(int(other.sum()) for other in others), heads["order"])
    told = [_disagreements(cleaned, heads, name, other) for name, other in zip(torn, others, strict=True)]
    return heads, stats | of_torn, told


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


def _others(rows: pl.DataFrame, heads: pl.DataFrame, name: str) -> pl.Series:
    """Whether a row's value is not its order's, in no spelling of it."""
    head = heads[name].gather(rows["order"])
    other = (rows[name] != head).fill_null(value=False)
    if other.any():
        differs = one_spelling(rows[name].filter(other), name) != one_spelling(head.filter(other), name)
        other = other.scatter(other.arg_true().filter(~differs), values=False) if not differs.all() else other
    return other


def _disagreements(rows: pl.DataFrame, heads: pl.DataFrame, name: str, others: pl.Series) -> pl.DataFrame:
    """A finding on each of the other rows, naming that row and the one that it contradicts."""
    theirs = rows.select("order", "row_number", value=name)
    other = theirs.filter(others).unique(["order", "row_number"], keep="first", maintain_order=True)
    if other.is_empty():
        return make_findings(other, name, DISAGREES)
    head = heads[name].gather(rows["order"])
    first = theirs.filter(rows[name] == head).unique("order", keep="first").select("order", at="row_number")
    told = other.join(first, on="order").with_columns(hint=disagreement_hint())
    return fold(make_findings(told, name, DISAGREES))


def disagreement_hint() -> pl.Expr:
    """The hint for a row that contradicts the row `at`."""
    return pl.format(
        "Row {} and row {} of this order say different things here: write one value, or leave it blank on all rows but one.",
        "at",
        "row_number",
    )


def _items(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, ColumnStats], pl.DataFrame]:
    """Rows with at least one item cell, with `item`, their number within the order from 1; and the other rows."""
    columns = [name for name in ITEM_COLUMNS if name in rows.columns]
    further = [name for name in (GROUP, IDLE) if name in rows.columns]
    named = pl.any_horizontal(pl.col(name).is_not_null() for name in columns)
    items, stats = normalize_with_stats(rows.select("order", "row_number", *further, *columns))
    is_named = items.select(named).to_series() if columns else pl.zeros(rows.height, pl.Boolean, eager=True)
    told = ~is_named & ~items[IDLE] if IDLE in further else ~is_named
    idle = items.filter(told).select("order", "row_number")
    items = items.filter(is_named).drop(IDLE, strict=False)
    at = pl.int_range(pl.len(), dtype=pl.Int32)
    begins = pl.when(pl.col("order").ne_missing(pl.col("order").shift(1))).then(at).forward_fill()
    return items.with_columns(item=at - begins + 1), stats, idle  # they stand in order


def _without_item(idle: pl.DataFrame, items: pl.DataFrame) -> list[pl.DataFrame]:
    """A warning for each row without an item; of a nested order, for the blank entries of its list."""
    if idle.is_empty():
        return []
    cells = idle.group_by("order", "row_number", maintain_order=True).agg(count=pl.len())
    in_list = pl.col("row_number").is_in(items["row_number"].implode()) | (pl.col("count") > 1)
    found = []
    for name, rows in ((BLANK_ITEM, cells.filter(in_list)), (NO_ITEM, cells.filter(~in_list))):
        found.append(fold(make_findings(rows, "items.itemId", name, severity="warning")))
    return found
