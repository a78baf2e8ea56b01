"""Checks rows of whole orders: their heads, their items, and every finding.

This is the table of contents of what is true of an order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from validators.absent_rows import find_absent_rows
from validators.altered_cells import find_altered
from validators.cast import cast
from validators.checked import Checked, join_parts
from validators.failures import add_missing_columns, find_failures
from validators.findings import AT_ONCE, FINDINGS, NONE, TooManyFindingsError, limit, make_findings, rows_of
from validators.group_rows import BECOMES, IS_SKIPPED, GroupedRows, group_rows, number_orders
from validators.head_values import read_head_values
from validators.hints import missing_rows_hint
from validators.item_rules import ITEM_RULES
from validators.kept_cells import KeptCells
from validators.one_row import find_merged, find_repeated
from validators.order_facts import add_head_facts, add_item_facts
from validators.order_model import ITEM, MEMBERS
from validators.order_rules import HEAD_RULES
from validators.reader_faults import find_reader_faults
from validators.repeat_findings import find_torn, repeat_on_rows
from validators.value_checks import ITEM_VALUES
from validators.wide_findings import find_in_wide
from validators.wide_metadata import join_wide, set_apart
from validators.wrong_cells import add_reader_faults, add_source_faults, leave_out_unread


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
    heads, of_values = read_head_values(parts.heads, parts.stats)
    of_wide = find_in_wide(wide, heads) if wide else NONE
    heads, of_counts = join_wide(wide, heads) if wide else (heads, NONE)
    heads = add_item_facts(heads, items)
    items = add_head_facts(items, heads)
    of_checks = [
        parts.findings,
        of_wide,
        repeat_on_rows(pl.concat([of_values, of_counts]), parts, find_torn(parts.findings, of_wide)),
        find_failures(heads, HEAD_RULES, parts.stats),
        find_failures(items, [*ITEM_VALUES, *ITEM_RULES], parts.stats),
    ]
    found = leave_out_unread(_with_known(pl.concat(of_checks), parts, nested, facts))
    found = found.sort("row_number", "item", "column_name", "check_name", nulls_last=False)
    errors = found.filter(severity="error")
    return Checked(
        heads=heads.with_columns(rejected=pl.col("order").is_in(errors["order"].unique().implode())),
        items=items,
        rows=parts.rows.select("row_number", "order", *(n for n in (IS_SKIPPED,) if n in parts.rows.columns)),
        findings=limit(found).select(FINDINGS.names()),
        wrong_rows=rows_of(errors),
        # A mended postal code is plain too; lists are written anew.
        plain=frozenset(name for name, column in parts.stats.items() if column.is_plain and name in _TEXT),
    )


_TEXT = frozenset(path for path, member in MEMBERS.items() if member.kind == "text")


def _with_known(found: pl.DataFrame, parts: GroupedRows, nested: bool, facts: RowFacts) -> pl.DataFrame:
    """The findings of checks, and those that come of what else is known of the rows."""
    of_rows, of_cells = find_reader_faults(parts.rows)
    of_orders = [NONE, *_of_missing_rows(parts, facts.nameless)]
    if nested:
        of_orders.append(find_repeated(parts.heads))
    if facts.kept:
        of_orders += [find_merged(parts.rows, facts.kept), find_absent_rows(parts.rows, facts.kept)]
        found = pl.concat([found, find_altered(parts.rows, parts.items, facts.kept, facts.becomes)])
    found = add_reader_faults(found, of_cells)
    found = add_source_faults(found, facts.found, facts.becomes, parts)
    return pl.concat([of_rows, *of_orders, found])


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
