"""Reads of rows that came back in a fix file where each says that it is kept: the batch, and its row there."""

import polars as pl

from flows.fix_file import BATCH, ROW

_ID, _NUMBER = "^[0-9a-f]{20}$", "^[0-9]{1,18}$"


def read_references(rows: pl.DataFrame, header: tuple[str, ...]) -> pl.DataFrame:
    """Where each row says that it is kept; null where it says nothing that can be. `told`: whether it says anything."""
    at = {name.strip().lower(): pl.col(str(place)) for place, name in enumerate(header)}
    batch, number = (at.get(name, pl.lit(None, dtype=pl.String)).str.strip_chars() for name in (BATCH, ROW))
    return rows.select(
        "row_number",
        batch=pl.when(batch.str.contains(_ID)).then(batch),
        row=pl.when(number.str.contains(_NUMBER)).then(number).cast(pl.Int64, strict=False),
        told=(number != "").fill_null(value=False),
    )
