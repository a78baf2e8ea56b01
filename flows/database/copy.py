"""Encodes a frame's rows for COPY, before a transaction opens, and copies them into a table.

The text format and not CSV: before PostgreSQL 18 a line `\\.` inside a quoted cell ends a CSV's COPY.
"""

from collections.abc import Iterable
from io import BytesIO

import polars as pl
import psycopg
from psycopg import sql

_SPECIAL = r"[\\\t\n\r]"
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def encode(frame: pl.DataFrame, plain: frozenset[str] = frozenset()) -> bytes:
    """The frame's rows, tab-separated, null as `\\N`. No text in it may hold a NUL, which PostgreSQL has no place for.

    Of `plain` columns it is known that nothing in them needs to be escaped.
    """
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String and name not in plain]
    special = frame.select(pl.col(text).str.contains(_SPECIAL).any())
    escaped = [_escaped(name) for name in text if special.item(0, name)]
    buffer = BytesIO()
    frame.with_columns(escaped).write_csv(
        buffer, include_header=False, separator="\t", quote_style="never", null_value="\\N"
    )
    return buffer.getvalue()


def copy_in(db: psycopg.Connection, table: str, columns: list[str], rows: bytes | Iterable[bytes]) -> None:
    """COPY rows, as `encode` writes them, perhaps in pieces, into a table."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(",").join(map(sql.Identifier, columns))
    )
    with db.cursor().copy(statement) as copy:
        for piece in [rows] if isinstance(rows, bytes) else rows:
            copy.write(piece)


def _escaped(name: str) -> pl.Expr:
    cell = pl.col(name)
    for character, escape in _ESCAPES.items():  # the backslash first
        cell = cell.str.replace_all(character, escape, literal=True)
    return cell
