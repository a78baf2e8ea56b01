"""Expands rows that hold several items: numbered groups of columns, and several items in one cell."""

import polars as pl

from flows.sources.becomes import members_of_columns
from flows.sources.cell_steps import HAS_FORM
from flows.sources.column_mapping import ColumnMapping
from flows.sources.map_cells import CellFindings
from flows.sources.numbers import read_number
from flows.sources.source import ItemsPattern, NumberForm
from validators.findings import shorten
from validators.group_rows import GROUP, IDLE
from validators.hints import MAX_ORDER
from validators.order_model import MEMBERS


def expand_items(rows: pl.DataFrame, mapping: ColumnMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row an item, in the order of groups and parts; a row without any stays one. And what is wrong with parts."""
    if not (mapping.groups or mapping.item_cells):
        return rows, CellFindings.to_frame()
    items = [_of_group(rows, mapping, number) for number in range(len(mapping.groups))]
    found = [CellFindings.to_frame()]
    for number, place in enumerate(mapping.item_cells, start=len(mapping.groups)):
        parts, failed = _of_cell(rows, place, number, mapping)
        items.append(parts)
        found.append(failed)
    every = pl.concat(items, how="diagonal").sort("at", "order of item", maintain_order=True)
    heads = rows.drop("^place [0-9]+$")
    both = heads.join(every, on="at", how="left", maintain_order="left_right", suffix=" of item")
    doubled = [name for name in both.columns if name.endswith(" of item") and name != "order of item"]
    both = both.with_columns(
        pl.coalesce(name, name.removesuffix(" of item")).alias(name.removesuffix(" of item"))
        for name in doubled
    )
    return both.drop(*doubled, "order of item"), pl.concat(found)


def _of_group(rows: pl.DataFrame, mapping: ColumnMapping, number: int) -> pl.DataFrame:
    """The items of one group: of the rows in which anything stands in it."""
    group = mapping.groups[number]
    cells = [
        pl.when(pl.col(f"place {at}").str.strip_chars() != "").then(pl.col(f"place {at}")).alias(member)
        for member, at in group.members.items()
    ]
    items = rows.select("at", *cells).filter(
        pl.any_horizontal(pl.col(member).is_not_null() for member in group.members)
    )
    return items.with_columns(
        pl.lit(number, dtype=pl.Int32).alias("order of item"),
        pl.lit(group.number, dtype=pl.Int32).alias(GROUP),
    )


def _of_cell(
    rows: pl.DataFrame, place: int, number: int, mapping: ColumnMapping
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The items in a cell; a part that does not match the pattern as a whole is none, and told on its column."""
    pattern = mapping.item_cells[place]
    read = rows.filter(~pl.col(IDLE)) if IDLE in rows.columns else rows
    each = (
        read.select("at", "row_number", _parts(f"place {place}", pattern.between))
        .explode("part")
        .with_columns(pl.col("part").str.strip_chars())
        .filter(pl.col("part") != "")
    )
    whole = pattern.whole(pattern.pattern)
    each = each.with_columns(ok=pl.col("part").str.contains(whole))
    taken = each.select("at", "ok", found=pl.col("part").str.extract_groups(whole)).unnest("found")
    members, sound = _members(taken, pattern, mapping.source.number)
    each = each.with_columns(ok=pl.col("ok") & sound)
    items = pl.concat([each.select("at", "ok"), members], how="horizontal").filter("ok").drop("ok")
    items = items.with_columns(
        pl.lit(number, dtype=pl.Int32).alias("order of item"),
        pl.lit(mapping.item_cell_group(place), dtype=pl.Int32).alias(GROUP),
    )
    return items, _wrong_parts(each.filter(~pl.col("ok")), place, mapping)


def _parts(column: str, between: str) -> pl.Expr:
    """The parts of each cell; one that has more than an order has rows is left whole, and so is none."""
    cell = pl.col(column)
    whole = pl.concat_list(cell)
    if not between:
        return whole.alias("part")
    is_usual = cell.str.count_matches(between, literal=True) < MAX_ORDER
    return pl.when(is_usual).then(cell.str.split(between)).otherwise(whole).alias("part")


def _members(taken: pl.DataFrame, pattern: ItemsPattern, form: NumberForm) -> tuple[pl.DataFrame, pl.Series]:
    """The members of each part, numbers in plain digits; and whether all of these have the source's form."""
    sound = pl.lit(value=True)
    columns = {}
    for name, member in pattern.members.items():
        cell = pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name).str.strip_chars())
        if MEMBERS[member].kind in ("decimal", "integer") and not form.is_plain:
            value, has_form = read_number(cell, form)
            sound &= has_form.fill_null(value=True)
            columns[member] = pl.when(has_form).then(value)
        else:
            columns[member] = cell
    return taken.select(**columns), taken.with_columns(sound=sound)["sound"]


def name_own_columns(findings: pl.DataFrame, items: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """Findings on items of numbered groups and of cells with several, on the sender's own column of that group or cell."""
    if GROUP not in items.columns or findings.is_empty():
        return findings
    placed = findings.join(
        items.select("row_number", "item", GROUP),
        on=["row_number", "item"],
        how="left",
        maintain_order="left",
    ).join(_own_columns(mapping), on=[GROUP, "column_name"], how="left", maintain_order="left")
    return placed.with_columns(column_name=pl.coalesce("own", "column_name")).drop("own", GROUP)


def _own_columns(mapping: ColumnMapping) -> pl.DataFrame:
    """The sender's own column of each member of a group."""
    of_groups = members_of_columns(mapping).filter(pl.col(GROUP).is_not_null())
    own = pl.Series("own", [shorten(mapping.own_name(at)) for at in of_groups["at"]], dtype=pl.String)
    return of_groups.drop("at").with_columns(own)


def _wrong_parts(parts: pl.DataFrame, place: int, mapping: ColumnMapping) -> pl.DataFrame:
    """One finding a cell, at its first wrong part."""
    hint = "Each part of this cell must be written as the pattern of the source's settings says; this one is not."
    return (
        parts.group_by("at", maintain_order=True)
        .agg(pl.col("row_number").first(), value=pl.col("part").first(), count=pl.len().cast(pl.Int32))
        .select(
            "row_number",
            at=pl.lit(None, dtype=pl.Int32),  # what is right in the other parts of the cell is to be checked
            column_name=pl.lit(mapping.own_name(place)),
            check_name=pl.lit(HAS_FORM),
            value="value",
            hint=pl.lit(hint),
            count="count",
        )
    )
