"""Says of kept cells what was wrong with them when their rows were rejected."""

import polars as pl
import psycopg

from flows.database.rejected_rows import find_errors
from flows.sources.becomes import members_of_columns
from flows.sources.column_mapping import ColumnMapping
from validators.findings import shorten
from validators.group_rows import GROUP
from validators.kept_cells import AS_IT_WAS, KEPT_ROWS, ONE_ROW, SAME_ORDER, WATCHED
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

OWN_NAMES = ["column_name", "member", GROUP]
"""A name under which errors are told, a member that is made of the column, and the member's group, 0 without one."""

_OF_ORDER = (ONE_ROW, KEPT_ROWS, "has_all_its_rows", "fits_order", "is_new", "is_storable")
"""Errors on an order's number that are of the order, and told on its first row."""

_SWALLOWED = "holds_no_row"


def with_states(db: psycopg.Connection, cells: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Cells of one batch (`batch, row, item_number, first_row, column_name, group, kept, nested`), cleaned, with the `state` of each.

    `own` are other names that errors may be told on (see OWN_NAMES).
    """
    if cells.is_empty():
        return cells.with_columns(state=pl.lit(SOUND, dtype=pl.Int32), taken=pl.lit(value=False))
    firsts = cells["first_row"].unique().to_list()
    found = find_errors(db, cells["batch"][0], firsts, [*WATCHED, *own["column_name"].unique()])
    errors = _on_members(pl.DataFrame(found, schema=ERRORS, orient="row"), own)
    at = _of_item(pl.col("item_number"), nested=cells["nested"][0])
    marked = cells.with_columns(normalize(cells.select("kept")), at=at)
    for number, (marks, by) in enumerate(_marks(errors, nested=cells["nested"][0])):
        marked = marked.join(
            marks.rename({"mark": f"mark{number}"}), on=by, how="left", maintain_order="left"
        )
    gravest = pl.max_horizontal(pl.col("^mark[0-9]$").fill_null(SOUND))
    return marked.with_columns(state=gravest, taken=gravest == TAKEN)


def own_names(mapping: ColumnMapping) -> pl.DataFrame:
    """Each watched member by all names under which errors on its column may be told (see OWN_NAMES): the sender's, another's."""
    becomes = members_of_columns(mapping).with_columns(pl.col(GROUP).fill_null(0))
    watched = becomes.filter(pl.col("column_name").is_in(WATCHED)).rename({"column_name": "member"})
    own = pl.Series("column_name", [shorten(mapping.own_name(at)) for at in watched["at"]], dtype=pl.String)
    shared = watched.join(becomes.filter(pl.col(GROUP) == 0).select("at", "column_name"), on="at")
    return pl.concat(each.select(OWN_NAMES) for each in (watched.with_columns(own), shared)).unique()


def _on_members(errors: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """The errors, those on a column of several names once on each member that is made of it."""
    told = errors.join(own, on="column_name", how="left")
    return told.with_columns(
        column_name=pl.coalesce("member", "column_name"), **{GROUP: pl.col(GROUP).fill_null(0)}
    ).drop("member")


def _of_item(item: pl.Expr, *, nested: bool) -> pl.Expr:
    """The item that a cell is of, or its group, where a row has several."""
    of_nested = pl.col("column_name").str.starts_with("items.") & nested
    return pl.when(of_nested).then(item).otherwise(GROUP)


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
