"""From cells as delivered to cells as they count: trimmed, in Unicode's NFC; blank means absent, and so does JSON's null.

These are the only changes that are ever made to a text.
"""

import polars as pl

from validators.glance import Glance, glances
from validators.model import HEAD

_JSON = frozenset(member.path for member in HEAD if member.kind == "json")


def clean(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows and columns; every text trimmed and normalised, the blank ones null."""
    return clean_and_glance(rows)[0]


def clean_and_glance(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Glance]]:
    """The clean rows, and what a glance at their text columns says; of plain ones nothing has to change."""
    seen = glances(rows)
    odd = [name for name, glance in seen.items() if not glance.is_plain]
    if odd:
        rows = rows.with_columns(_cleaned(rows.select(odd)))
        seen |= glances(rows.select(odd))
    lists = [name for name in seen if name in _JSON]
    return rows.with_columns(pl.col(lists).replace("null", None)) if lists else rows, seen


def _cleaned(rows: pl.DataFrame) -> pl.DataFrame:
    trimmed = rows.select(pl.all().str.strip_chars())
    normal = trimmed.with_columns(pl.col(_beyond_ascii(trimmed)).str.normalize("NFC"))
    return normal.select(pl.when(pl.all() != "").then(pl.all()))


def _beyond_ascii(rows: pl.DataFrame) -> list[str]:
    """Columns that NFC could change at all: ASCII is its own normal form, and normalising is slow."""
    beyond = rows.select(pl.all().str.len_bytes().sum() != pl.all().str.len_chars().sum())
    return [name for name in rows.columns if beyond.item(0, name)]
