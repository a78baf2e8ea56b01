"""From the rows that a finished batch kept of its rejected orders to a table of them, under their first row numbers."""

from collections.abc import Iterator

import polars as pl

from flows.database import connected
from flows.model import BatchError
from flows.rows import Table
from flows.settings import Settings

# Rows, and characters of theirs, that the server hands over at a time; of the first ones nobody knows how long they are.
FETCH, FETCHED, FIRST = 50_000, 16 << 20, 1_000

_ROWS = """
select r.row_number, r.line, r.cells::text, f.check_name, f.hint
from rejected_rows r
left join findings f on f.batch_id = r.batch_id and f.row_number = r.row_number and f.check_name = 'has_every_cell'
where r.batch_id = %s order by r.row_number, r.item"""

_BATCH = """
select header, nested, coalesce(sum(octet_length(cells::text)), 0), count(distinct row_number)
from batches b left join rejected_rows r using (batch_id) where batch_id = %s group by b.batch_id"""

_SCHEMA = {
    "row_number": pl.Int64,
    "line": pl.Int64,
    "cells": pl.String,
    "fault": pl.String,
    "fault_hint": pl.String,
}


class KeptTable(Table):
    """The rejected orders' rows of a batch, as they came; see rows.Table."""

    def __init__(self, settings: Settings, batch_id: str) -> None:
        """Look the batch up; raises BatchError when it has no rows."""
        self._settings, self._batch_id = settings, batch_id
        with connected(settings) as db:
            row = db.execute(_BATCH, (batch_id,)).fetchone()
        if row is None or row[0] is None:
            raise BatchError("has_kept_rows", "The batch never had rows: there is nothing to import again.")
        self.header, self.nested = tuple(row[0]), bool(row[1])
        self.size, self.records = int(row[2]), int(row[3])

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See rows.Table."""
        with connected(self._settings) as db, db.transaction(), db.cursor(name="kept") as cursor:
            cursor.execute(_ROWS, (self._batch_id,))
            fetch = FIRST
            while rows := cursor.fetchmany(fetch):
                fetch = min(FETCH, FETCHED * len(rows) // sum(len(row[2]) for row in rows) + 1)
                frame = self._apart(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
                yield (
                    frame.select(*columns, "row_number", "line", "fault", "fault_hint") if columns else frame
                )

    def _apart(self, rows: pl.DataFrame) -> pl.DataFrame:
        cells = rows["cells"].str.json_decode(pl.List(pl.String))
        width = max(len(self.header), int(str(cells.list.len().max() or 0)))
        return rows.drop("cells").with_columns(
            cells.list.get(at, null_on_oob=True).alias(str(at)) for at in range(width)
        )
