"""From cells as delivered to cells as they count: trimmed, in Unicode's NFC; blank means absent, and so does JSON's null.

These are the only changes that are ever made to a text.
"""

import polars as pl
from polars import selectors

from validators.model import HEAD

_JSON = selectors.by_name(*(member.path for member in HEAD if member.kind == "json"), require_all=False)


def clean(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows and columns; every text trimmed and normalised, the blank ones null."""
    trimmed = rows.with_columns(pl.col(pl.String).str.strip_chars())
    text = [name for name, dtype in trimmed.schema.items() if dtype == pl.String]
    normal = trimmed.with_columns(
        *(pl.col(name).str.normalize("NFC") for name in _beyond_ascii(trimmed, text)),
    )
    there = normal.with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)))
    return there.with_columns(_JSON.replace("null", None))


def _beyond_ascii(rows: pl.DataFrame, columns: list[str]) -> list[str]:
    """Columns that NFC could change at all: ASCII is its own normal form, and normalising is slow."""
    sums = rows.select(
        (pl.col(name).str.len_bytes().sum() != pl.col(name).str.len_chars().sum()).alias(name)
        for name in columns
    )
    return [name for name in columns if sums.item(0, name)]
