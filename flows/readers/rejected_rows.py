"""Reads a finished batch's rejected orders again, from the rows that it kept, under their first row numbers."""

from collections.abc import Iterator

import polars as pl

from flows.database.connection import connect
from flows.database.rejected_rows import find_kept, stream_kept
from flows.errors import BatchError
from flows.readers.table import Table
from flows.settings import Settings
from flows.sources.cell_faults import CELL_FAULTS, CellFaults

_SCHEMA = pl.Schema(
    {
        "row_number": pl.Int64(),
        "line": pl.Int64(),
        "cells": pl.String(),
        "fault": pl.String(),
        "fault_hint": pl.String(),
        "columns": pl.List(pl.String),
        "checks": pl.List(pl.String),
    }
)


class RejectedRows(Table):
    """The rejected orders' rows of a batch, as they came; see table.Table."""

    is_restored = True

    def __init__(self, settings: Settings, batch_id: str) -> None:
        """Look the batch up; raises BatchError when it has no rows."""
        self._settings, self._batch_id = settings, batch_id
        with connect(settings) as db:
            kept = find_kept(db, batch_id)
        if kept is None:
            raise BatchError("has_kept_rows", "The batch never had rows: there is nothing to import again.")
        self.header, self.nested, self.size, self.records = kept

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table."""
        service = ["row_number", "line", "fault", "fault_hint", CELL_FAULTS]
        with connect(self._settings) as db:
            for rows in stream_kept(db, self._batch_id):
                frame = self._apart(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
                yield frame.select(*columns, *service) if columns else frame

    def _apart(self, rows: pl.DataFrame) -> pl.DataFrame:
        cells = rows["cells"].str.json_decode(pl.List(pl.String))
        width = max(len(self.header), int(str(cells.list.len().max() or 0)))
        return rows.drop("cells", "columns", "checks").with_columns(
            *(cells.list.get(at, null_on_oob=True).alias(str(at)) for at in range(width)),
            _cell_faults(rows).alias(CELL_FAULTS),
        )


def _cell_faults(rows: pl.DataFrame) -> pl.Series:
    """What a reader had seen of single cells (see sources.cell_faults), their columns as the findings call them."""
    pairs = rows.select(at=pl.int_range(pl.len()), column="columns", check="checks").explode(
        "column", "check"
    )
    fault = pl.struct(pl.lit(None, dtype=pl.Int32).alias("place"), "column", "check")
    told = pairs.group_by("at", maintain_order=True).agg(
        fault.filter(pl.col("check").is_not_null()).alias("faults")
    )
    return told["faults"].cast(CellFaults)
