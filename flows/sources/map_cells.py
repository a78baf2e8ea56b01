"""Maps cells to members: falls back to other columns, applies the steps of cells, joins columns, gives them our names."""

import polars as pl

from flows.sources.cell_steps import HAS_FORM
from flows.sources.column_mapping import ColumnMapping
from flows.sources.orders import ORDER_KEY, join_cells
from flows.sources.source import Fallback
from flows.sources.steps_of_rows import has_steps, step_column
from validators.group_rows import IDLE, IS_SKIPPED
from validators.order_model import is_personal

CellFindings = pl.Schema(
    {
        "row_number": pl.Int64,
        "at": pl.Int32,
        "column_name": pl.String,
        "check_name": pl.String,
        "value": pl.String,
        "hint": pl.String,
        "count": pl.Int32,
    }
)
"""What is wrong with cells by the source's own rules, a row a cell; `at` is its place, null where only a part of it is wrong."""


_SERVICE = ("at", "row_number", "fault", "fault_hint", ORDER_KEY, IDLE, IS_SKIPPED)


def fall_back(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows with other columns' cells, one for one, where all of some columns are blank: never half of the one."""
    for each in mapping.source.fallback:
        where = [place for name in each.where if (place := mapping.place(name)) is not None]
        if where:
            rows = rows.with_columns(_taken(each, _is_due(where, mapping), mapping))
    return rows


def _is_due(where: list[int], mapping: ColumnMapping) -> pl.Expr:
    """Whether all of these are blank on the row; where they are of a head, on all rows of its order."""
    blank = pl.all_horizontal(pl.col(str(at)).fill_null("").str.strip_chars() == "" for at in where)
    members = [member for at in where for member in mapping.columns.get(at, ())]
    of_items = any(member.startswith("items.") for member in members)
    return blank if of_items else blank.all().over(ORDER_KEY)


def _taken(each: Fallback, due: pl.Expr, mapping: ColumnMapping) -> list[pl.Expr]:
    pairs = [
        (mapping.place(where), mapping.place(take)) for where, take in zip(each.where, each.take, strict=True)
    ]
    return [
        pl.when(due).then(pl.col(str(take))).otherwise(pl.col(str(where))).alias(str(where))
        for where, take in pairs
        if where is not None and take is not None
    ]


def map_cells(rows: pl.DataFrame, mapping: ColumnMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows after the steps of their cells, under our names; and what is wrong with single cells (see CellFindings).

    Columns of numbered groups and of several items in a cell keep their places' names until they are expanded.
    """
    found = [CellFindings.to_frame()]
    stepped = {}
    for place in sorted(mapping.used):
        if has_steps(place, mapping):
            after = step_column(rows, place, mapping)
            stepped[str(place)] = after.cells
            if after.failed.any():
                found.append(
                    _failed(rows.filter(after.failed & is_read(rows, place, mapping)), place, mapping)
                )
    rows = rows.with_columns(**stepped)
    joined = {
        member: join_cells([_filled(rows[str(at)]) for at in places], between)
        for member, (places, between) in mapping.joins.items()
    }
    named = [pl.col(str(at)).alias(name) for at, names in mapping.columns.items() for name in names]
    kept = sorted({*mapping.item_cells, *(at for group in mapping.groups for at in group.members.values())})
    service = [name for name in _SERVICE if name in rows.columns]
    # A place keeps its name behind a mark, for a member may be called by a number too.
    places = [pl.col(str(at)).alias(f"place {at}") for at in kept]
    return rows.with_columns(**joined).select(*service, *named, *joined, *places), pl.concat(found)


def _filled(cells: pl.Series) -> pl.Series:
    trimmed = cells.str.strip_chars()
    return pl.select(pl.when(pl.lit(trimmed) != "").then(pl.lit(trimmed))).to_series()


def is_read(rows: pl.DataFrame, place: int, mapping: ColumnMapping) -> pl.Series:
    """Of which rows the cells of a column are read: an item's not of those that are no item."""
    if IDLE not in rows.columns or not _is_of_items(place, mapping):
        return pl.repeat(value=True, n=rows.height, eager=True)
    return ~rows[IDLE]


def _failed(rows: pl.DataFrame, place: int, mapping: ColumnMapping) -> pl.DataFrame:
    steps = mapping.steps.get(place)
    declared = ", ".join(steps.described()) if steps else "a number of the source's form"
    hint = (
        f"Column {mapping.own_name(place)} is declared as: {declared}. This cell is written otherwise, or does not come"
        " out exactly; it was left as it is."
    )
    return tell_of_cells(rows, place, mapping, (HAS_FORM, hint))


def tell_of_cells(
    rows: pl.DataFrame, place: int, mapping: ColumnMapping, why: tuple[str, str]
) -> pl.DataFrame:
    """A finding on the cell of a column on each of these rows (see CellFindings); `why` is the check and its hint."""
    members = mapping.columns.get(place, ())
    column = members[0] if members else mapping.own_name(place)
    # Of a column that is no member nobody knows whether its values are personal.
    hidden = any(map(is_personal, members)) or not (members or _is_of_items(place, mapping))
    value = pl.lit(None, dtype=pl.String) if hidden else pl.col(str(place))
    return rows.select(
        "row_number",
        at=pl.lit(place, dtype=pl.Int32),
        column_name=pl.lit(column),
        check_name=pl.lit(why[0]),
        value=value,
        hint=pl.lit(why[1]),
        count=pl.lit(1, dtype=pl.Int32),
    )


def _is_of_items(place: int, mapping: ColumnMapping) -> bool:
    """Whether nothing but items' members become of a column."""
    joined = [member for member, (places, _) in mapping.joins.items() if place in places]
    members = [*mapping.columns.get(place, ()), *joined]
    grouped = any(place in group.members.values() for group in mapping.groups)
    return (grouped or bool(members)) and all(member.startswith("items.") for member in members)
