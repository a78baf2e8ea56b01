"""Finds what is wrong in `metadata.<name>` columns that are many: in as many steps as there are checks, not columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from validators import characters
from validators.failures import find_failing
from validators.findings import FOUND, MOST_FINDINGS, NONE, OTHER_ROWS, limit, refuse_too_many, shorten
from validators.group_rows import DISAGREES, disagreement_hint
from validators.json_columns import MAX_NAME, NAMES, entry_member, names_in_cell
from validators.order_model import METADATA
from validators.value_checks import value_checks
from validators.wide_metadata import Block, WideMetadata

_CHECKS = value_checks((entry_member("value"),))
_LONG, _CONTROL, _TWICE = "fits_length", "has_no_control_characters", "is_once_in_order"
_CHECK = pl.Enum(sorted((DISAGREES, _LONG, _CONTROL, _TWICE)))


@dataclass(frozen=True, kw_only=True)
class _Fault:
    """A check that does not hold, and of which of these cells."""

    cells: pl.DataFrame
    check: str
    fails: pl.Series


def find_in_wide(wide: WideMetadata, heads: pl.DataFrame) -> pl.DataFrame:
    """Findings on these cells, a thousand an order; `heads` have the names in their JSON cells.

    Raises TooManyFindingsError when they are more than are made at a time.
    """
    twice = _names_twice(wide, heads)
    wrong = [fault for block in wide.blocks for fault in _faults(wide, block, twice)]
    if not wrong:
        return NONE
    each = pl.concat(fault.cells["row"].filter(fault.fails).value_counts() for fault in wrong)
    of_rows = each.group_by("row").agg(pl.col("count").sum()).sort("row")
    of_rows = of_rows.with_columns(wide.rows["order"].gather(of_rows["row"]))
    of_orders = of_rows.group_by("order").agg(pl.col("count").sum().clip(upper_bound=MOST_FINDINGS))
    refuse_too_many(int(of_orders["count"].sum()), of_orders["order"])
    late = of_rows.filter(pl.col("count").cum_sum().over("order") - pl.col("count") >= MOST_FINDINGS)["row"]
    found = pl.concat(each for fault in wrong for each in _findings(wide, fault, late))
    found = limit(found.sort("order", "row_number", "column_name", "check_name"))
    found = found.rechunk()  # Polars 2.1 panics where it formats columns of which a chunk is empty
    shown = pl.Series([shorten(name) for name in wide.columns], dtype=pl.String)
    hint = pl.when(check_name=DISAGREES).then(disagreement_hint())
    told = found.with_columns(
        column_name=shown.gather(found["column_name"]), hint=hint, value=None, item=None
    )
    return told.select(FOUND.names()).cast(dict(FOUND))  # type: ignore[arg-type]


def _findings(wide: WideMetadata, fault: _Fault, late: pl.Series) -> Iterator[pl.DataFrame]:
    """Findings with as little to them as can be, a thousand of an order and a row more: those of late rows one a column."""
    cells, row_numbers = fault.cells.filter(fault.fails), wide.rows["row_number"]
    firsts = fault.cells["row"].gather(cells["first"])
    placed = cells.select(
        wide.rows["order"].gather(cells["row"]),
        row_numbers.gather(cells["row"]),
        row_numbers.gather(firsts).alias("at"),
        column_name="name",
        is_late=pl.col("row").is_in(late.implode()),
    )
    row, of_late = pl.col("row_number"), placed.filter("is_late")
    of_columns = of_late.group_by("order", "column_name", maintain_order=True)
    others = of_columns.agg(row.first(), pl.col("at").first(), count=pl.len(), others=row.slice(1))
    alone = placed.filter(~pl.col("is_late")).with_columns(count=pl.lit(1), others=pl.lit(None))
    for found in (alone, others):
        yield found.select(
            *("order", "row_number", "at", "column_name"),
            pl.col("count").cast(pl.Int32),
            pl.col("others").cast(pl.List(pl.Int64)).alias(OTHER_ROWS),
            check_name=pl.lit(fault.check, dtype=_CHECK),
            severity=pl.lit("error", dtype=pl.Enum(["error"])),
        )


def _names_twice(wide: WideMetadata, heads: pl.DataFrame) -> pl.DataFrame | None:
    """The columns whose names the JSON cell of an order has too."""
    if NAMES not in heads.columns:
        return None
    in_cells = heads.select("order", names_in_cell(heads).alias("column")).explode("column").drop_nulls()
    names = [name.removeprefix(METADATA) for name in wide.columns]
    places = pl.DataFrame({"column": names, "name": pl.int_range(len(names), dtype=pl.UInt32, eager=True)})
    return in_cells.join(places, on="column").select("order", "name", twice=True).unique()


def _faults(wide: WideMetadata, block: Block, twice: pl.DataFrame | None) -> Iterator[_Fault]:
    """Checks that do not hold, and of which cells; a name's are of all cells below it."""
    cells, names = block.cells, [name.removeprefix(METADATA) for name in wide.columns]
    orders = wide.rows["order"].gather(cells["row"])
    of_values = find_failing(cells.with_columns(orders), _CHECKS, block.stats)
    fails = {check.name: wrong for check, wrong in of_values.items()}
    of_names = {
        _LONG: pl.Series([len(name) > MAX_NAME for name in names]),
        _CONTROL: pl.Series([bool(re.search(characters.CONTROL, name)) for name in names]),
    }
    for check, wrong in of_names.items():
        if wrong.any():
            of_name = wrong.gather(cells["name"])
            fails[check] = fails[check] | of_name if check in fails else of_name
    differs = cells["value"] != cells["value"].gather(cells["first"])
    fails[DISAGREES] = differs
    if twice is not None:
        both = cells.select(orders, "name").join(
            twice, on=["order", "name"], how="left", maintain_order="left"
        )
        fails[_TWICE] = both["twice"].fill_null(value=False) & ~differs
    yield from (_Fault(cells=cells, check=check, fails=each) for check, each in fails.items() if each.any())
