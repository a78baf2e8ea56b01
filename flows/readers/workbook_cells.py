"""Reads a workbook's cells by what their columns are: marks those that are not what their member can be.

A number is no id: its leading zeros are gone. It is no text either that has more digits than a spreadsheet keeps.
"""

import polars as pl

from flows.sandbox.workbook_cells import LONG, MOMENT, NUMBER, UNSOUND
from flows.sources.cell_faults import (
    CELL_FAULTS,
    HAS_DIGITS,
    IS_CALCULATED,
    IS_TEXT,
    CellFaults,
    must_be_text,
)
from flows.sources.column_mapping import ColumnMapping
from flows.sources.steps_of_rows import decimal_signs
from validators.order_model import MEMBERS

_TOO_LONG = "The row has cells behind the last column: put each where it belongs, and leave none there."

_CHECKS = {UNSOUND: IS_CALCULATED, LONG: HAS_DIGITS, NUMBER: IS_TEXT, MOMENT: IS_TEXT}


class WorkbookCells:
    """How the cells of a table with these columns are read."""

    def __init__(self, mapping: ColumnMapping, *, beyond: int) -> None:
        """`beyond` is how many columns there are, some of them perhaps behind all that have a name."""
        self._places, self._beyond = range(len(mapping.header)), range(len(mapping.header), beyond)
        self._signs = decimal_signs(mapping)
        self._unfit = {at: _unfit_kinds(at, mapping) for at in sorted(mapping.used)}

    def read(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as a table has them; see table.Table."""
        faults = [
            fault
            for at, kinds in self._unfit.items()
            for kind in kinds
            if (fault := self._mark(rows, at, kind)) is not None
        ]
        marked = (
            [pl.concat_list(faults).list.drop_nulls().cast(CellFaults).alias(CELL_FAULTS)] if faults else []
        )
        read = rows.select(
            *(self._text(at) for at in self._places),
            *(self._text(at) for at in self._beyond),
            "row_number",
            *marked,
            line=pl.lit(None, dtype=pl.Int64),
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )
        return self._mark_long(read) if self._beyond else read

    def _mark_long(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows, a fault on those with cells behind all columns; of these blank cells are cells, as in a CSV."""
        is_long = pl.any_horizontal(pl.col(str(at)).is_not_null() for at in self._beyond)
        cells = [str(at) for at in (*self._places, *self._beyond)]
        return rows.with_columns(
            *(pl.when(is_long).then(pl.col(name).fill_null("")).otherwise(pl.col(name)) for name in cells),
            fault=pl.when(is_long).then(pl.lit("has_every_cell")),
            fault_hint=pl.when(is_long).then(pl.lit(_TOO_LONG)),
        )

    def _text(self, at: int) -> pl.Expr:
        """The cell, null where it is blank; a number as its source writes numbers."""
        cell = pl.col(str(at))
        if at in self._signs:
            written = cell.str.replace(".", self._signs[at], literal=True)
            cell = pl.when(pl.col(f"{at} is").is_in([NUMBER, LONG])).then(written).otherwise(cell)
        return pl.when(cell != "").then(cell).alias(str(at))

    def _mark(self, rows: pl.DataFrame, at: int, kind: int) -> pl.Expr | None:
        """A fault where the cells of a column are of a kind that they must not be; None where none is."""
        is_so = pl.col(f"{at} is") == kind
        if not rows.select(is_so.any()).item():
            return None
        fault = pl.struct(
            place=pl.lit(at, dtype=pl.Int32),
            column=pl.lit(None, dtype=pl.String),
            check=pl.lit(_CHECKS[kind]),
        )
        return pl.when(is_so).then(fault)


def _unfit_kinds(at: int, mapping: ColumnMapping) -> list[int]:
    members = [member for place, member in mapping.pairs() if place == at]
    is_vouched = at in mapping.steps and mapping.steps[at].from_type is not None
    kinds = [UNSOUND, LONG]
    if any(must_be_text(member) for member in members) and not is_vouched:
        kinds.append(NUMBER)
    if any(member in MEMBERS and MEMBERS[member].code for member in members):
        kinds.append(MOMENT)
    return kinds
