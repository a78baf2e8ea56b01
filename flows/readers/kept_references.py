"""Holds what the rows of a fix file say of the batch that they were rejected of against what the database keeps."""

from collections.abc import Iterator

import polars as pl
import psycopg

from flows.database.connection import connect
from flows.database.rejected_rows import count_missing, find_other_source, find_rows_of_orders
from flows.fix_file import BATCH, JSON_BATCH, ROW
from flows.readers.row_references import read_references
from flows.readers.table import Table
from flows.settings import Settings
from validators.kept_cells import ABSENT, PLACE

_ASKED_BY = (BATCH, JSON_BATCH, ROW)


def find_sender(came: pl.DataFrame, source: str, settings: Settings) -> str | None:
    """The other source that rows of these places (see find_places) were rejected of; None where there is none."""
    with connect(settings) as db:
        return find_other_source(db, came["batch"].drop_nulls().unique().to_list(), source)


def count_unkept(table: Table, source: str, settings: Settings) -> int:
    """How many rows of the table say that they were rejected, of which nothing is kept."""
    missing = 0
    with connect(settings) as db:
        for rows in _read_all(table):
            asked = rows.filter(pl.col("row").is_not_null() | pl.col("told"))
            batches, numbers = (asked[name].to_list() for name in PLACE)
            missing += count_missing(db, batches, numbers, source)
    return missing


def find_places(table: Table) -> pl.DataFrame:
    """Every place at which a row of the table says that it is kept, by halves too."""
    none = pl.DataFrame(schema=PLACE)
    return pl.concat([none, *(rows.select(list(PLACE)) for rows in _read_all(table))]).unique()


def find_absent(db: psycopg.Connection, asked: pl.DataFrame, came: pl.DataFrame, source: str) -> pl.DataFrame:
    """Of these rows (`row_number`, and where each is kept) those of whose order sound rows are kept that did not come."""
    found = [ABSENT.to_frame()]
    for (batch,), rows in asked.group_by("batch"):
        kept = pl.DataFrame(
            find_rows_of_orders(db, str(batch), source, rows["row"].to_list()),
            schema=_OF_ORDERS,
            orient="row",
        )
        gone = kept.filter("sound").join(came.filter(batch=batch), on="row", how="anti")
        orders = gone.group_by("first_row").agg(absent=pl.col("row").sort())
        found.append(rows.join(kept.join(orders, on="first_row"), on="row").select(ABSENT.names()))
    return pl.concat(found)


_OF_ORDERS = {"first_row": pl.Int64, "row": pl.Int64, "sound": pl.Boolean}


def _read_all(table: Table) -> Iterator[pl.DataFrame]:
    """Where the rows say that they are kept, some at a time."""
    columns = [str(at) for at, name in enumerate(table.header) if name.strip().lower() in _ASKED_BY]
    for frame in table.frames(columns):
        yield read_references(frame, table.header)
