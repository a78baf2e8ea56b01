"""Looks up what was kept of the rows of a fix file that came back, of the very rows that are asked for.

A row that came back several times is held against the row before; a cell that was wrong then only for not being what it
had been, against the one before that, and so on. A batch can name only those that were there before it: it has an end.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import polars as pl
import psycopg

from flows.database.connection import connect
from flows.database.rejected_rows import find_keepers, stream_rows
from flows.errors import BatchError
from flows.formats import HAS_OUR_NAMES, kept_format_of
from flows.readers.kept_errors import EARLIER, TAKEN, own_names, with_states
from flows.readers.kept_items import Counted, count_items
from flows.readers.kept_references import find_absent
from flows.readers.row_references import read_references
from flows.readers.spread_cells import EARLIER_ROW, spread_cells
from flows.settings import Settings
from flows.sources.becomes import members_of_columns
from flows.sources.column_mapping import ColumnMapping
from flows.sources.fit_header import map_columns
from flows.sources.source import Source
from validators.group_rows import GROUP
from validators.kept_cells import CELLS, ORIGINS, PLACE, PLACES, WATCHED, KeptCells

MOST_BATCHES = 100
"""That a chunk of a fix file is said to mend: who puts the files of more days together is not told of all."""

_CELL = [*PLACE, "column_name", GROUP]
_ROWS = {"row": pl.Int64, "item": pl.Int64, "first_row": pl.Int64, "cells": pl.String}


@dataclass(frozen=True, kw_only=True)
class KeptLookup:
    """Where to ask: the database of `settings`, of one source with its `rules`; `header` is that of the file that came back.

    `came` are the places at which its rows are kept.
    """

    settings: Settings
    source: str
    rules: Source
    header: tuple[str, ...]
    came: pl.DataFrame

    def find(self, rows: pl.DataFrame, columns: list[str], mapping: ColumnMapping) -> KeptCells:
        """What was kept of these rows, as delivered and to be mapped so, in those of the columns that are watched."""
        asked = read_references(rows, self.header).drop_nulls().unique("row_number")
        if asked.is_empty():
            return KeptCells()
        with connect(self.settings) as db:
            found = self._follow(db, asked, _watched(mapping, columns))
            return replace(found, absent=find_absent(db, asked, self.came, self.source))

    def name_batches(self, rows: pl.DataFrame) -> tuple[str, ...]:
        """The batches that the rows say they come from: their ids, some at most."""
        told = read_references(rows, self.header)["batch"].drop_nulls().unique().sort()
        return tuple(told.head(MOST_BATCHES))

    def _follow(self, db: psycopg.Connection, asked: pl.DataFrame, columns: pl.DataFrame) -> KeptCells:
        places, cells, origins = [], [CELLS.to_frame()], [ORIGINS.to_frame()]
        open_places = asked.join(columns, how="cross").select(PLACES.names())
        while asked.height:
            kept = pl.concat([_KEPT.to_frame(), *self._kept(db, asked.select(list(PLACE)).unique())])
            asked, of_nested = _step(asked, kept)
            cells.append(
                kept.filter((pl.col("state") <= TAKEN) & pl.col("kept").is_not_null()).select(CELLS.names())
            )
            moved = kept.filter(state=EARLIER).unique(_CELL)
            places.append(open_places.join(moved, on=_CELL, how="anti"))
            open_places = _earlier(open_places.join(moved, on=_CELL)).select(PLACES.names())
            origins.append(of_nested)
        return KeptCells(
            places=pl.concat(places), cells=pl.concat(cells).unique(), origins=pl.concat(origins)
        )

    def _kept(self, db: psycopg.Connection, places: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """A row for each cell (see _KEPT) that is kept at these places."""
        keepers = find_keepers(db, places["batch"].unique().to_list(), self.source)
        for batch, (header, nested, file) in keepers.items():
            rules = self.rules.of_our_names() if kept_format_of(file) in HAS_OUR_NAMES else self.rules
            numbers = places.filter(batch=batch)["row"].to_list()
            counted = Counted()
            for rows in stream_rows(db, batch, numbers):
                frame = pl.DataFrame(rows, schema=_ROWS, orient="row").with_columns(
                    batch=pl.lit(batch), nested=pl.lit(nested)
                )
                found = _KEPT.to_frame()
                with suppress(BatchError):  # by the source's present settings it is no table of orders
                    mapping = map_columns(header, rules)
                    cells, counted = count_items(spread_cells(frame, mapping), counted)
                    found = with_states(db, cells, own_names(mapping)).select(_KEPT.names())
                yield found


def _watched(mapping: ColumnMapping, columns: list[str]) -> pl.DataFrame:
    """The watched ones of these columns, with the groups that they are of."""
    watched = pl.Series([name for name in WATCHED if name in columns], dtype=pl.String)
    becomes = members_of_columns(mapping).select("column_name", pl.col(GROUP).fill_null(0)).unique()
    each = watched.alias("column_name").to_frame().join(becomes, on="column_name", how="left")
    return each.with_columns(pl.col(GROUP).fill_null(0))  # one that a default gives is of no column


_KEPT = pl.Schema(
    {
        **CELLS,
        "state": pl.Int32(),
        "nested": pl.Boolean(),
        "earlier_batch": pl.String(),
        "earlier_row": pl.Int64(),
    }
)


def _step(asked: pl.DataFrame, kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is to be asked for next, and the rows that are parts of a nested file's."""
    found = asked.join(kept.unique(list(PLACE)).drop("column_name", "kept"), on=list(PLACE))
    return (
        _earlier(found.filter(~pl.col("nested"))).select(asked.columns).drop_nulls(list(PLACE)),
        found.filter("nested").select(ORIGINS.names()),
    )


def _earlier(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, at the place that the kept row says it came from."""
    return rows.drop(list(PLACE)).rename(EARLIER_ROW)
