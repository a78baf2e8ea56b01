"""Normalizes cells: trimmed, in Unicode's NFC; blank, or of nothing that anybody sees, means absent, and so does JSON's null.

A text of nothing but characters that nobody sees is blank.

These are the only changes that are ever made to a text.
"""

import polars as pl

from validators import characters
from validators.column_stats import ColumnStats, compute_stats
from validators.order_model import HEAD

_JSON = frozenset(member.path for member in HEAD if member.kind == "json")


def normalize(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows and columns; every text trimmed and normalised, the blank ones null."""
    return normalize_with_stats(rows)[0]


def normalize_with_stats(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, ColumnStats]]:
    """The clean rows, and what the statistics of their text columns are; of plain ones nothing has to change."""
    stats = compute_stats(rows)
    odd = [name for name, column in stats.items() if not column.is_plain]
    if odd:
        rows = rows.with_columns(_normalize_odd(rows.select(odd)))
        stats |= compute_stats(rows.select(odd))
    lists = [name for name in stats if name in _JSON]
    return rows.with_columns(pl.col(lists).replace("null", None)) if lists else rows, stats


def is_blank(cell: pl.Expr) -> pl.Expr:
    """Whether a cell is absent, or nothing can be seen in it."""
    return cell.is_null() | cell.str.contains(characters.BLANK)


def _normalize_odd(rows: pl.DataFrame) -> pl.DataFrame:
    trimmed = rows.select(pl.all().str.strip_chars())
    beyond = pl.col(_beyond_ascii(trimmed))
    normal = trimmed.with_columns(
        pl.when(~beyond.str.contains(characters.BLANK)).then(beyond.str.normalize("NFC"))
    )
    return normal.select(pl.when(pl.all() != "").then(pl.all()))


def _beyond_ascii(rows: pl.DataFrame) -> list[str]:
    """Columns that NFC could change at all: ASCII is its own normal form, and normalising is slow."""
    beyond = rows.select(pl.all().str.len_bytes().sum() != pl.all().str.len_chars().sum())
    return [name for name in rows.columns if beyond.item(0, name)]
