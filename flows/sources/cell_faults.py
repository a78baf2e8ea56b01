"""Tells of cells that a reader has seen to be no value of their member, such as an order number stored as a number."""

import polars as pl

from flows.sources.column_mapping import ColumnMapping
from flows.sources.map_cells import CellFindings, is_read, tell_of_cells
from flows.sources.shown_errors import is_error, may_be_error
from validators.hints import OTHER_CHECKS
from validators.order_model import MEMBERS

CELL_FAULTS = "cell faults"
"""The column of a table's frames with what is wrong with single cells, null where there is nothing; not all have it."""

CellFaults = pl.List(pl.Struct({"place": pl.Int32, "column": pl.String, "check": pl.String}))
"""The cell's place in the header or, where that is null, its column as a finding has called it."""

IS_CALCULATED, IS_TEXT, HAS_DIGITS = "is_calculated", "is_stored_as_text", "has_every_digit"

HINTS = {
    check.name: check.hint for check in OTHER_CHECKS if check.name in (IS_CALCULATED, IS_TEXT, HAS_DIGITS)
}


def must_be_text(member: str) -> bool:
    """Whether a number is no value of this member: an id may have lost zeros; in a text for people 12 is a house's number."""
    return member not in MEMBERS or (MEMBERS[member].kind == "text" and not MEMBERS[member].prose)


def find_cell_faults(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """What is wrong with single cells of these rows, as a reader has seen it (see map_cells.CellFindings)."""
    faults = pl.concat([_seen_faults(rows, mapping), _shown_errors(rows, mapping)]).unique(
        maintain_order=True
    )
    found = [CellFindings.to_frame()]
    for (place, check), some in faults.partition_by(
        "place", "check", as_dict=True, maintain_order=True
    ).items():
        concerned = rows["row_number"].is_in(some["row_number"].implode()) & is_read(rows, place, mapping)
        found.append(tell_of_cells(rows.filter(concerned), place, mapping, (check, HINTS[check])))
    return pl.concat(found)


def _seen_faults(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The faults, a row each: `row_number, place, check`; those left out for which a source vouches."""
    if CELL_FAULTS not in rows.columns:
        return _FAULTS.to_frame()
    each = rows.select("row_number", fault=CELL_FAULTS).explode("fault").drop_nulls().unnest("fault")
    named = {name: _place(name, mapping) for name in each["column"].drop_nulls().unique()}
    place = pl.coalesce("place", pl.col("column").replace_strict(named, default=None, return_dtype=pl.Int32))
    faults = each.select("row_number", place.alias("place"), "check").drop_nulls()
    vouched = [at for at, steps in mapping.steps.items() if steps.from_type]
    return faults.filter(
        pl.col("place").is_in(list(mapping.used))
        & ~(pl.col("place").is_in(vouched) & (pl.col("check") == IS_TEXT))
    )


def _place(name: str, mapping: ColumnMapping) -> int | None:
    """Where the column is that a finding calls so: by our name, or by the sender's own."""
    at = mapping.place_of(name)
    return mapping.place(name) if at is None else at


def _shown_errors(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The cells in which a spreadsheet's error stands, as a CSV or a fix file has it."""
    used = rows.select(str(at) for at in sorted(mapping.used))
    may = used.select(may_be_error(pl.col(name)).any() for name in used.columns)
    suspect = [name for name in used.columns if may.item(0, name)]
    cells = rows.select("row_number", *suspect)
    long = cells.unpivot(index="row_number", variable_name="place", value_name="cell")
    errors = long.filter(is_error(pl.col("cell").cast(pl.String)))
    return errors.select("row_number", pl.col("place").cast(pl.Int32), check=pl.lit(IS_CALCULATED))


_FAULTS = pl.Schema({"row_number": pl.Int64, "place": pl.Int32, "check": pl.String})
