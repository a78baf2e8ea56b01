"""Lays out the sheet of a fix file: every row of every rejected order as it came, with the reasons in front."""

from collections.abc import Iterator

import polars as pl

from flows.fix_file import FIX_COLUMNS, HELD_BACK
from flows.fix_file.form import FixFile
from flows.fix_file.formulas import escape_formulas
from flows.fix_file.render import with_reasons
from flows.fix_file.restore import inert_names
from flows.fix_file.sent_cells import decode_cells, own_cells

IN_FRONT = len(FIX_COLUMNS)
"""Columns: what the fix file adds, the reasons first."""

NAMELESS = "(no name)"
"""Of a column without a name: behind all that have one cells are taken for a row's that is too long."""

LONGEST_REASONS = 8_000

CELLS = 100_000
"""That are laid out at a time: their XML is some 6 MB, and of more nothing is faster."""


def sheet_header(file: FixFile) -> pl.DataFrame:
    """The cells of its first row: the names of its columns."""
    own = (file.header[at] for at in file.kept)
    names = [*reversed(file.added), *(name if name.strip() else NAMELESS for name in own)]
    return pl.DataFrame({"row": 0, "column": range(len(names)), "text": inert_names(names)})


def sheet_cells(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> Iterator[pl.DataFrame]:
    """Its cells in their order, some rows at a time: `row, column, text` of each, all inert, and whether its row is `held` back.

    Rows and columns are counted from 0.
    """
    lines, odd = with_reasons(rows, findings, file)
    numbered = lines.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64))
    reasons = pl.col("reasons").str.slice(0, LONGEST_REASONS)
    in_front = reasons, pl.col("row_number").cast(pl.String), pl.lit(file.batch)
    own = own_cells(odd, file.kept, len(file.header))
    for part in numbered.iter_slices(max(1, CELLS // (IN_FRONT + len(file.kept)))):
        listed = decode_cells(part).select(
            "row", held=pl.col("reasons") == HELD_BACK, text=pl.concat_list(*in_front, own)
        )
        placed = listed.with_columns(column=pl.int_ranges(pl.col("text").list.len()))
        cells = placed.explode("column", "text")
        yield cells.with_columns(text=escape_formulas(cells["text"].fill_null("")))
