"""Finds a kept row's cells that are the sender's own: as many as there are, and without those of an earlier fix file."""

import re

import polars as pl

from flows.fix_file import FIX_COLUMNS, HELD_BACK, NO_CELL
from validators.order_model import MEMBERS

# How to tell an earlier fix file's cells from the sender's: a batch's id; a row's number; a column, a check and what
# it hints at.
_BATCH = "^[0-9a-f]{20}$"
_ROW = "^[0-9]+$"
_COLUMNS = "|".join(map(re.escape, MEMBERS))
_REASONS = rf"(?s)^{HELD_BACK}$|^(?:row|{_COLUMNS}|metadata\..+) [a-z]+(?:_[a-z]+)+: "


def decode_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, `cells` a list and no JSON any more: of some rows at a time, for a list takes several times the room."""
    return rows.with_columns(pl.col("cells").str.json_decode(pl.List(pl.String)))


def own_cells(odd: pl.Series, kept: list[int], width: int) -> pl.Expr:
    """Of a row's `cells` those at the kept places; of `odd` rows, with too few or too many, all that are there.

    What is missing shows, and is a finding again when it comes back as it is.
    """
    cells = pl.col("cells")
    if odd.is_empty():
        return _if_read(cells, kept)
    there = cells.list.drop_nulls()  # of an odd row: blank cells are text, a null is no cell
    own = _sent_cells(there, kept, width)
    filled = pl.concat_list(own, pl.lit([NO_CELL] * len(kept)))
    whole = filled.list.head(pl.max_horizontal(own.list.len(), len(kept)))
    is_odd = pl.col("row_number").is_in(odd.implode())
    return pl.when(is_odd).then(whole).otherwise(_if_read(cells, kept))


def _if_read(cells: pl.Expr, kept: list[int]) -> pl.Expr:
    """The cells at the kept places; of a record that could not be read there is none at all, for a blank row is never kept."""
    is_unread = cells.list.drop_nulls().list.len() == 0
    return pl.when(is_unread).then(pl.lit([NO_CELL] * len(kept))).otherwise(cells.list.gather(kept))


def _sent_cells(there: pl.Expr, kept: list[int], width: int) -> pl.Expr:
    """An odd row's cells without those of an earlier fix file; what does not look like them is kept."""
    added = width - len(kept)
    if added > 1 and kept == list(range(len(kept))):  # they stand behind all that was sent
        length = there.list.len().cast(pl.Int64)
        return there.list.head(length - _earlier_cells(there, length == width - 1, added))
    places = (there.list.get(at, null_on_oob=True) for at in range(width) if at not in kept)
    strays = (pl.when(~cell.str.contains(f"^$|{_BATCH}|{_ROW}|{_REASONS}")).then(cell) for cell in places)
    at_places = there.list.gather(kept, null_on_oob=True)
    return pl.concat_list(at_places, there.list.slice(width), *strays).list.drop_nulls()


def _earlier_cells(there: pl.Expr, lacks_one: pl.Expr, added: int) -> pl.Expr:
    """How many cells at a row's end are an earlier fix file's, which `added` so many; one without batches added two."""

    def at(place: int, form: str) -> pl.Expr:
        return there.list.get(place, null_on_oob=True).str.contains(form).fill_null(value=False)

    has_batch = added == len(FIX_COLUMNS)
    both = at(-2, _ROW) & at(-1, _REASONS)
    row_alone = lacks_one & at(-1, _ROW)  # somebody has taken the reasons away
    if not has_batch:
        return pl.when(both).then(2).when(row_alone).then(1).otherwise(0)
    whole, headless = both & at(-3, _BATCH), row_alone & at(-2, _BATCH)
    return pl.when(whole).then(3).when(both | headless).then(2).otherwise(0)
