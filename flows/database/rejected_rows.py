"""Reads the rows that a finished batch kept of its rejected orders, as they came."""

from collections.abc import Iterator
from typing import Any

import psycopg

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


def find_kept(db: psycopg.Connection, batch_id: str) -> tuple[tuple[str, ...], bool, int, int] | None:
    """The batch's header, whether it is nested, and of its kept rows the bytes and how many; None where it never had rows."""
    row = db.execute(_BATCH, (batch_id,)).fetchone()
    return None if row is None or row[0] is None else (tuple(row[0]), bool(row[1]), int(row[2]), int(row[3]))


def stream_kept(db: psycopg.Connection, batch_id: str) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of `row_number, line, cells, fault, fault_hint`, some at a time, by their place in the file."""
    with db.transaction(), db.cursor(name="kept") as cursor:
        cursor.execute(_ROWS, (batch_id,))
        fetch = FIRST
        while rows := cursor.fetchmany(fetch):
            fetch = min(FETCH, FETCHED * len(rows) // sum(len(row[2]) for row in rows) + 1)
            yield rows
