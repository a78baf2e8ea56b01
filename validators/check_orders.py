"""Checks rows of whole orders: their heads, their items, and every finding.

This is the table of contents of what is true of an order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from validators.cast import cast
from validators.checks import HEAD_VALUES, ITEM_VALUES, raw
from validators.column_stats import UNKNOWN, ColumnStats
from validators.failures import add_missing_columns, find_failures
from validators.findings import (
    AT_ONCE,
    FAULT_SEPARATOR,
    FINDINGS,
    FOUND,
    HINT_SEPARATOR,
    NONE,
    TooManyFindingsError,
    fold,
    limit,
    make_findings,
    refuse_too_many,
    rows_of,
    shorten,
    shortened,
)
from validators.group_rows import (
    BECOMES,
    DISAGREES,
    GROUP,
    IS_SKIPPED,
    GroupedRows,
    group_rows,
    number_orders,
)
from validators.hints import missing_rows_hint
from validators.item_rules import CROSSES_BORDER, ITEM_RULES, crosses_border
from validators.json_columns import read_lists
from validators.kept_cells import ONE_ROW, KeptCells, find_altered, find_merged
from validators.mend import space_postal_codes
from validators.normalize import normalize, normalize_with_stats
from validators.order_model import HEAD, ITEM, MEMBERS
from validators.order_rules import HEAD_RULES, ITEM_COUNT, ITEM_PRICED, ITEM_SUM
from validators.wide_findings import find_in_wide
from validators.wide_metadata import join_wide, set_apart


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What came of a chunk's rows; `order` numbers its orders from 0 in all four frames. A part has some of them.

    heads: a row an order: `order`, `row_number` (its first), `rows` (their count), `rejected`, and its members.
    items: a row an item: `order`, `row_number`, `item` (from 1), and its members.
    rows: `row_number` and `order` of every row that was given.
    findings: a thousand an order at most; some stand for more cells than their own, see `count`.
    wrong_rows: the numbers of all rows in which an error is.
    plain: the text members that are plain in every order; see ColumnStats.
    """

    heads: pl.DataFrame
    items: pl.DataFrame
    rows: pl.DataFrame
    findings: pl.DataFrame
    wrong_rows: pl.Series
    plain: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class RowFacts:
    """What else is known of the rows that are checked.

    found: what is wrong with single cells by their source's own rules: `row_number, at, column_name, check_name, value,
    hint, count`. becomes: which members the cells at a place are (see BECOMES); of what such a cell is, nothing else is
    told. kept: what was kept of rows that were rejected before, and come back.
    nameless: rows of the file without an order number: `above`, the numbered row above them, `first`, `last`, how many
    `rows`.
    """

    found: pl.DataFrame | None = None
    becomes: pl.DataFrame = field(default_factory=BECOMES.to_frame)
    kept: KeptCells | None = None
    nameless: pl.DataFrame | None = None


def check_orders(rows: pl.DataFrame, *, nested: bool = False, facts: RowFacts | None = None) -> Checked:
    """Check rows of whole orders: text columns named by member, `row_number`, `fault` and `fault_hint` (null when none).

    `nested` says that a row holds a whole order, so that an order number may stand on one row only.
    """
    return join_parts(list(check_in_parts(rows, nested=nested, facts=facts)))


def check_in_parts(
    rows: pl.DataFrame, *, nested: bool = False, facts: RowFacts | None = None
) -> Iterator[Checked]:
    """The same in parts of some orders each, one where few are wrong, so that the findings of each take little memory."""
    yield from _check_parts(number_orders(rows), nested, facts or RowFacts())


def join_parts(parts: list[Checked]) -> Checked:
    """One of them all."""
    if len(parts) == 1:
        return parts[0]
    return Checked(
        # Whether lists were read is seen by a column of their names.
        heads=pl.concat((part.heads for part in parts), how="diagonal"),
        items=pl.concat(part.items for part in parts),
        rows=pl.concat(part.rows for part in parts),
        findings=pl.concat(part.findings for part in parts),
        wrong_rows=pl.concat(part.wrong_rows for part in parts),
        plain=frozenset.intersection(*(part.plain for part in parts)),
    )


def _check_parts(rows: pl.DataFrame, nested: bool, facts: RowFacts) -> Iterator[Checked]:
    try:
        yield _check(rows, nested, facts)
    except TooManyFindingsError as many:
        first, orders = int(rows["order"][0]), rows["order"].n_unique()
        parts = min(orders, 2 * many.count // AT_ONCE)  # two at least
        place = (pl.col("order").cast(pl.Int64) - first) * parts // orders
        placed = rows.with_columns(place.alias("part"))
        for part in placed.partition_by("part", maintain_order=True, include_key=False):
            yield from _check_parts(part, nested, facts)


def _check(rows: pl.DataFrame, nested: bool, facts: RowFacts) -> Checked:
    first = rows["order"].first()
    if not first:
        return _check_from_0(rows, nested, facts)
    # Facts of a head are looked up by its number, so each part begins with 0.
    part = _check_from_0(rows.with_columns(pl.col("order") - first), nested, facts)
    number = pl.col("order") + first
    frames = {
        name: getattr(part, name).with_columns(number) for name in ("heads", "items", "rows", "findings")
    }
    return replace(part, **frames)


def _check_from_0(rows: pl.DataFrame, nested: bool, facts: RowFacts) -> Checked:
    rows, wide = set_apart(rows)
    parts = group_rows(rows)
    items = add_missing_columns(cast(parts.items, ITEM), ITEM)
    heads, of_values = _read_values(parts.heads, parts.stats)
    of_wide = find_in_wide(wide, heads) if wide else NONE
    heads, of_counts = join_wide(wide, heads) if wide else (heads, NONE)
    heads = _with_item_facts(heads, items)
    items = _with_head_facts(items, heads)
    of_cells = pl.concat(
        [
            parts.findings,
            of_wide,
            *([find_altered(parts.rows, parts.items, facts.kept, facts.becomes)] if facts.kept else []),
            _where_they_stand(pl.concat([of_values, of_counts]), parts, _torn(parts.findings, of_wide)),
            find_failures(heads, HEAD_RULES, parts.stats),
            find_failures(items, [*ITEM_VALUES, *ITEM_RULES], parts.stats),
        ]
    )
    found = pl.concat(
        [
            _of_rows(parts.rows),
            *([_of_repeats(heads)] if nested else []),
            *([find_merged(parts.rows, facts.kept)] if facts.kept else []),
            *_of_missing_rows(parts, facts.nameless),
            *_but_for_wrong_cells(of_cells, parts, facts),
        ]
    ).sort("row_number", "item", "column_name", "check_name", nulls_last=False)
    found = _but_for_headers(found)
    errors = found.filter(severity="error")
    rejected = errors["order"].unique()
    return Checked(
        heads=heads.with_columns(rejected=pl.col("order").is_in(rejected.implode())),
        items=items,
        rows=parts.rows.select("row_number", "order", *(n for n in (IS_SKIPPED,) if n in parts.rows.columns)),
        findings=limit(found).select(FINDINGS.names()),
        wrong_rows=rows_of(errors),
        # A mended postal code is plain too; lists are written anew.
        plain=frozenset(name for name, column in parts.stats.items() if column.is_plain and name in _TEXT),
    )


_TEXT = frozenset(path for path, member in MEMBERS.items() if member.kind == "text")


def _but_for_headers(found: pl.DataFrame) -> pl.DataFrame:
    """A header that stands among the rows is no data: nothing else is wrong with it."""
    headers = found.filter(check_name="is_no_header")["row_number"]
    if headers.is_empty():
        return found
    return found.filter(
        ~pl.col("row_number").is_in(headers.implode()) | (pl.col("check_name") == "is_no_header")
    )


def _read_values(heads: pl.DataFrame, stats: Mapping[str, ColumnStats]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The heads typed, mended and their lists read; and what is wrong with each value alone."""
    heads, mended = space_postal_codes(add_missing_columns(cast(heads, HEAD), HEAD))
    stats = {**stats, **dict.fromkeys(mended["column_name"], UNKNOWN)}
    heads, in_lists = read_lists(heads, stats)
    return heads, pl.concat([mended, in_lists, find_failures(heads, HEAD_VALUES, stats)])


def _with_item_facts(heads: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Add what rules on heads need to know of the items."""
    price, quantity = pl.col("items.unitPrice"), pl.col("items.quantity")
    sound = quantity.is_between(*MEMBERS["items.quantity"].bounds) & (price >= 0)
    both = sound.fill_null(value=False).all()  # a quantity or price that is wrong already makes no sum wrong
    facts = items.group_by("order").agg(
        pl.len().alias(ITEM_COUNT),
        pl.col(raw("items.unitPrice")).is_not_null().any().alias(ITEM_PRICED),
        pl.when(both).then((quantity * price).sum()).alias(ITEM_SUM),
    )
    return heads.join(facts, on="order", how="left", maintain_order="left").with_columns(
        pl.col(ITEM_COUNT).fill_null(0), pl.col(ITEM_PRICED).fill_null(value=False)
    )


def _with_head_facts(items: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Add what rules on items need to know of their order's head."""
    return items.with_columns(crosses_border(heads).gather(items["order"]).alias(CROSSES_BORDER))


def _of_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Findings on rows that are not data, or not whole; the reader saw them."""
    # A row of several items stands here once for each of them.
    bad = rows.filter(pl.col("fault").is_not_null()).unique("row_number", keep="first", maintain_order=True)
    bad = bad.with_columns(
        pl.col("fault").str.split(FAULT_SEPARATOR), hint=pl.col("fault_hint").str.split(HINT_SEPARATOR)
    )
    bad = bad.explode("fault", "hint")
    found = make_findings(bad, "", "").with_columns(
        check_name=bad["fault"], column_name=pl.lit(None, dtype=pl.String)
    )
    return fold(found)


def _but_for_wrong_cells(found: pl.DataFrame, parts: GroupedRows, facts: RowFacts) -> list[pl.DataFrame]:
    """What their source's own rules have found of cells, and of the findings those that are not on the same cells."""
    if facts.found is None or facts.found.is_empty():
        return [found]
    orders = parts.rows.select("row_number", "order").unique("row_number")
    told = facts.found.join(orders, on="row_number", how="inner").with_columns(
        column_name=shortened(pl.col("column_name")),
        severity=pl.lit("error"),
        value=shortened(pl.col("value")),
    )
    there = [name for name in FINDINGS.names() if name in told.columns]
    of_sources = told.select(there).cast({n: FINDINGS[n] for n in there})
    return [
        pl.concat([NONE, of_sources], how="diagonal"),
        _on_other_cells(found, told, facts.becomes, parts.items),
    ]


def _on_other_cells(
    found: pl.DataFrame, wrong: pl.DataFrame, becomes: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """The findings on what none of the wrong cells has become."""
    members = becomes.with_columns(column_name=shortened(pl.col("column_name")))
    silent = wrong.select("row_number", "at").join(members, on="at").unique()
    of_rows, of_groups = (silent.filter(pl.col(GROUP).is_null() == each) for each in (True, False))
    others = found.join(of_rows, on=["row_number", "column_name"], how="anti", maintain_order="left")
    if of_groups.is_empty():
        return others
    groups = items.select("row_number", "item", GROUP)
    return (
        others.join(groups, on=["row_number", "item"], how="left", maintain_order="left")
        .join(of_groups, on=["row_number", "column_name", GROUP], how="anti", maintain_order="left")
        .drop(GROUP)
    )


def _of_repeats(heads: pl.DataFrame) -> pl.DataFrame:
    repeated = heads.filter(pl.col("rows") > 1).with_columns(value="orderNumber")
    return make_findings(repeated, "orderNumber", ONE_ROW)


def _of_missing_rows(parts: GroupedRows, nameless: pl.DataFrame | None) -> list[pl.DataFrame]:
    """A finding on each order below one of whose rows there are some without a number."""
    if nameless is None or nameless.is_empty():
        return []
    rows = parts.rows.select("order", above="row_number").unique("above")
    here = nameless.filter(pl.col("above").is_between(rows["above"].min(), rows["above"].max()))
    places = here.cast(pl.Int64).join(rows, on="above")
    each = places.group_by("order").agg(pl.col("first").min(), pl.col("last").max(), pl.col("rows").sum())
    told = parts.heads.select("order", "row_number", value="orderNumber").join(each, on="order")
    return [make_findings(told.with_columns(hint=missing_rows_hint()), "orderNumber", "has_all_its_rows")]


def _torn(*found: pl.DataFrame) -> pl.Series:
    """The orders whose rows disagree."""
    return pl.concat(each.filter(check_name=DISAGREES)["order"] for each in found).unique()


def _where_they_stand(of_heads: pl.DataFrame, parts: GroupedRows, torn: pl.Series) -> pl.DataFrame:
    """Findings on the heads' values, each once on every row where the value stands.

    Of an order whose rows disagree, each row's values are checked for themselves; of its head only what comes of
    several rows together.
    """
    if torn.is_empty():
        return _on_every_row(of_heads, parts)
    is_told = ~pl.col("order").is_in(torn.implode()) | pl.col("check_name").is_in(_OF_SEVERAL_CELLS)
    _, of_strays = _read_values(*normalize_with_stats(parts.of(torn)))
    found = pl.concat([_on_every_row(of_heads.filter(is_told), parts), of_strays])
    return found.unique(
        ["order", "row_number", "item", "column_name", "check_name", "severity"], maintain_order=True
    )


_OF_SEVERAL_CELLS = ("is_once_in_order", "fits_entries", "has_postal_space")
"""Checks of a value that look at others of its head."""


def _on_every_row(found: pl.DataFrame, parts: GroupedRows) -> pl.DataFrame:
    """Findings on heads' cells, on every row where the cell's value stands."""
    if found.is_empty():
        return found
    refuse_too_many(int(parts.heads["rows"].gather(found["order"]).sum()), found["order"])
    columns = {shorten(name): name for name in parts.rows.columns}  # a long one is cut where it is told
    groups = found.group_by("column_name", maintain_order=True)
    return pl.concat([NONE, *(_spread(group, columns.get(name), parts) for (name,), group in groups)])


def _spread(found: pl.DataFrame, column: str | None, parts: GroupedRows) -> pl.DataFrame:
    if column is None:
        return found  # metadata, of too many columns
    rows = normalize(parts.of(found["order"], ["order", "row_number", column]))
    of_head = parts.heads[column].gather(rows["order"])
    # The rows of a nested order have one number.
    stands = rows.filter(pl.col(column) == of_head).select("order", at="row_number").unique()
    return fold(
        found.join(stands.sort("at"), on="order", how="left", maintain_order="left_right")
        .with_columns(row_number=pl.coalesce("at", "row_number"))
        .select(FOUND.names())
    )
