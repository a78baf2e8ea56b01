"""Holds what the rows of a fix file say of the batch that they were rejected of against what the database keeps."""

from collections.abc import Iterator

import polars as pl

from flows.database.connection import connect
from flows.database.rejected_rows import count_missing, find_other_source
from flows.errors import BatchError, printable
from flows.fix_file import BATCH, JSON_BATCH, ROW
from flows.readers.row_references import read_references
from flows.readers.table import Table
from flows.settings import Settings
from validators.kept_cells import PLACE

_ASKED_BY = (BATCH, JSON_BATCH, ROW)


def refuse_other_source(table: Table, source: str, settings: Settings) -> None:
    """Raise BatchError where rows of the table were rejected of another source: mended for both, an order is there twice."""
    with connect(settings) as db:
        for rows in _read_all(table):
            other = find_other_source(db, rows["batch"].drop_nulls().unique().to_list(), source)
            if other is not None:
                name = printable(other)
                raise BatchError(
                    "is_its_source",
                    f"This is a fix file of the source {name}: send it as {name}, by its folder in the drop or by"
                    f" --source. If its orders are of {source} all the same, remove its column {BATCH}, or {JSON_BATCH}.",
                )


def count_unkept(table: Table, source: str, settings: Settings) -> int:
    """How many rows of the table say that they were rejected, of which nothing is kept."""
    missing = 0
    with connect(settings) as db:
        for rows in _read_all(table):
            asked = rows.filter(pl.col("row").is_not_null() | pl.col("told"))
            batches, numbers = (asked[name].to_list() for name in PLACE)
            missing += count_missing(db, batches, numbers, source)
    return missing


def _read_all(table: Table) -> Iterator[pl.DataFrame]:
    """Where the rows say that they are kept, some at a time."""
    columns = [str(at) for at, name in enumerate(table.header) if name.strip().lower() in _ASKED_BY]
    for frame in table.frames(columns):
        yield read_references(frame, table.header)
