"""Encodes a frame's rows for COPY, before a transaction opens, and copies them into a table.

The text format and not CSV: before PostgreSQL 18 a line `\\.` inside a quoted cell ends a CSV's COPY.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

import polars as pl
import psycopg
from psycopg import sql

from flows.errors import MachineError

_SPECIAL = r"[\\\t\n\r]"
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Rows for a table, as bytes in pieces that are gone through once, and how many rows they are."""

    table: str
    columns: list[str]
    rows: Iterable[bytes]
    count: int


def make_copy(table: str, frame: pl.DataFrame, plain: frozenset[str] = frozenset()) -> Copy:
    """The frame's rows for this table; for `plain` see `encode`."""
    return Copy(table=table, columns=frame.columns, rows=[encode(frame, plain)], count=frame.height)


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


def copy_in(db: psycopg.Connection, copy: Copy) -> None:
    """COPY the rows into their table; raises MachineError where the server says that it took fewer, as a trigger may do."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(copy.table), sql.SQL(",").join(map(sql.Identifier, copy.columns))
    )
    cursor = db.cursor()
    with cursor.copy(statement) as stream:
        for piece in copy.rows:
            stream.write(piece)
    if cursor.rowcount != copy.count:
        raise MachineError(
            f"The table {copy.table} took {cursor.rowcount} of {copy.count} rows: a trigger of the database's keeps"
            " rows out. Nothing of them is stored."
        )


def _escaped(name: str) -> pl.Expr:
    cell = pl.col(name)
    for character, escape in _ESCAPES.items():  # the backslash first
        cell = cell.str.replace_all(character, escape, literal=True)
    return cell
