"""Says of kept cells what was wrong with them when their rows were rejected."""

import polars as pl
import psycopg

from flows.database.rejected_rows import find_errors
from validators.kept_cells import AS_IT_WAS, ONE_ROW, SAME_ORDER, WATCHED
from validators.normalize import normalize

SOUND, TAKEN, WRONG, EARLIER = range(4)
"""A cell to hold against; an order number that nothing is wrong with but that another order has it; a cell that had to
be mended; and one of which the row before it must say what it was. The greatest is what it is."""

ERRORS = {
    "first_row": pl.Int64,
    "row": pl.Int64,
    "at": pl.Int64,
    "column_name": pl.String,
    "check_name": pl.String,
    "of_several": pl.Boolean,
}
"""Of each error the order's first row, its row, the item, column and check, and whether it stands for others too."""

_OF_ORDER = (ONE_ROW, "has_all_its_rows", "fits_order", "is_new", "is_storable")
"""Errors on an order's number that are of the order, and told on its first row."""

_SWALLOWED = "holds_no_row"


def with_states(db: psycopg.Connection, cells: pl.DataFrame, own: list[tuple[str, str]]) -> pl.DataFrame:
    """Cells of one batch (`batch, row, item, first_row, column_name, kept, nested`), cleaned, with the `state` of each.

    `own` are the sender's own columns that errors may be told on, each with a member that it is, wholly or in part.
    """
    if cells.is_empty():
        return cells.with_columns(state=pl.lit(SOUND, dtype=pl.Int32), taken=pl.lit(value=False))
    firsts = cells["first_row"].unique().to_list()
    found = find_errors(db, cells["batch"][0], firsts, [*WATCHED, *(name for name, _ in own)])
    errors = _on_members(pl.DataFrame(found, schema=ERRORS, orient="row"), own)
    at = _of_item(pl.col("item") + 1, nested=cells["nested"][0])
    marked = cells.with_columns(normalize(cells.select("kept")), at=at)
    for number, (marks, by) in enumerate(_marks(errors, nested=cells["nested"][0])):
        marked = marked.join(
            marks.rename({"mark": f"mark{number}"}), on=by, how="left", maintain_order="left"
        )
    gravest = pl.max_horizontal(pl.col("^mark[0-9]$").fill_null(SOUND))
    return marked.with_columns(state=gravest, taken=gravest == TAKEN)


def _on_members(errors: pl.DataFrame, own: list[tuple[str, str]]) -> pl.DataFrame:
    """The errors, those on the sender's own columns once on each member that is made of the column."""
    members = pl.DataFrame(own, schema={"column_name": pl.String, "member": pl.String}, orient="row").unique()
    told = errors.join(members, on="column_name", how="left")
    return told.with_columns(column_name=pl.coalesce("member", "column_name")).drop("member")


def _of_item(item: pl.Expr, *, nested: bool) -> pl.Expr:
    """The item that a cell is of, where a row has several."""
    return pl.when(pl.col("column_name").str.starts_with("items.") & nested).then(item).otherwise(0)


def _marks(errors: pl.DataFrame, *, nested: bool) -> list[tuple[pl.DataFrame, list[str]]]:
    """How grave the errors are, each with the columns by which they are told: of cells, of whole orders, of whole rows."""
    column, check = pl.col("column_name"), pl.col("check_name")
    altered, of_order = check.is_in((SAME_ORDER, AS_IT_WAS)), check.is_in(_OF_ORDER)
    of_row = column.is_null() | (check == _SWALLOWED)
    rated = errors.with_columns(
        at=_of_item(pl.col("at"), nested=nested),
        mark=pl.when(altered | of_row).then(EARLIER).when(of_order).then(TAKEN).otherwise(WRONG),
        whole=pl.col("of_several") | of_order,
        of_row=of_row,
    )
    of_cells = rated.filter(~pl.col("of_row"))
    return [
        (_gravest(of_cells, ["row", "column_name", "at"]), ["row", "column_name", "at"]),
        (_gravest(of_cells.filter("whole"), ["first_row", "column_name"]), ["first_row", "column_name"]),
        (_gravest(rated.filter("of_row"), ["row"]), ["row"]),
        (_gravest(rated.filter(pl.col("of_row") & pl.col("of_several")), ["first_row"]), ["first_row"]),
    ]


def _gravest(errors: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return errors.group_by(by).agg(pl.col("mark").max())
