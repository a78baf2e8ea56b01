"""From cells as delivered to cells as they count: trimmed, in Unicode's NFC, blank means absent, and so does JSON's null.

These are the only changes that are ever made to a text.
"""

import polars as pl

from validators.model import MEMBERS


def clean(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows and columns; every text trimmed and normalised, the blank ones null."""
    trimmed = rows.with_columns(pl.col(pl.String).str.strip_chars())
    cells = [name for name in trimmed.columns if name in MEMBERS and MEMBERS[name].kind == "json"]
    text = [name for name, dtype in trimmed.schema.items() if dtype == pl.String]
    return (
        trimmed.with_columns(
            *(pl.col(name).str.normalize("NFC") for name in _beyond_ascii(trimmed, text)),
        )
        .with_columns(
            pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)),
        )
        .with_columns(pl.when(pl.col(name) != "null").then(pl.col(name)).alias(name) for name in cells)
    )


def _beyond_ascii(rows: pl.DataFrame, columns: list[str]) -> list[str]:
    """Columns that NFC could change at all: ASCII is its own normal form, and normalising is slow."""
    sums = rows.select(
        (pl.col(name).str.len_bytes().sum() != pl.col(name).str.len_chars().sum()).alias(name)
        for name in columns
    )
    return [name for name in columns if sums.item(0, name)]
