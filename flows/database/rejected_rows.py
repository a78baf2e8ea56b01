"""Reads the rows that a finished batch kept of its rejected orders, as they came."""

from collections.abc import Iterator
from typing import Any

import psycopg

from validators.findings import FAULT_SEPARATOR, HINT_SEPARATOR

# Rows, and characters of theirs, that the server hands over at a time; of the first ones nobody knows how long they are.
FETCH, FETCHED, FIRST = 50_000, 16 << 20, 1_000

FAULTS = ("has_every_cell", "holds_no_row")
"""What a reader of the file itself has seen, and nobody sees in the cells that were kept of it."""

_ROWS = """
select r.row_number, r.line, r.cells::text, f.faults, f.hints
from rejected_rows r
left join (select row_number, string_agg(check_name, %(fault)s order by check_name) as faults,
                  string_agg(hint, %(hint)s order by check_name) as hints
           from findings where batch_id = %(id)s and check_name = any(%(faults)s) group by row_number) f
using (row_number)
where r.batch_id = %(id)s order by r.row_number, r.item"""

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
        asked = {"id": batch_id, "faults": list(FAULTS), "fault": FAULT_SEPARATOR, "hint": HINT_SEPARATOR}
        cursor.execute(_ROWS, asked)
        fetch = FIRST
        while rows := cursor.fetchmany(fetch):
            fetch = min(FETCH, FETCHED * len(rows) // sum(len(row[2]) for row in rows) + 1)
            yield rows
