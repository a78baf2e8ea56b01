"""Reads the rows that a finished batch kept of its rejected orders, as they came."""

from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg

from flows.sources.cell_faults import HINTS
from validators.findings import FAULT_PLACE, FAULT_SEPARATOR, HINT_SEPARATOR

# Rows, and characters of theirs, that the server hands over at a time; of the first ones nobody knows how long they are.
FETCH, FETCHED, FIRST = 50_000, 16 << 20, 1_000

FAULTS = (
    *("has_every_cell", "holds_no_row"),
    *("is_json_object", "has_each_member_once", "has_json_type", "has_whole_characters"),
)
"""What a reader of the file itself has seen, and nobody sees in the cells that were kept of it."""

_ROWS = """
select r.row_number, r.line, r.cells::text, f.faults, f.hints, c.columns, c.checks
from rejected_rows r
left join (select row_number,
                  string_agg(concat_ws(%(place)s, check_name, column_name, item), %(fault)s
                             order by check_name, column_name, item, hint) as faults,
                  string_agg(hint, %(hint)s order by check_name, column_name, item, hint) as hints
           from findings where batch_id = %(id)s and check_name = any(%(faults)s) group by row_number) f
using (row_number)
left join (select row_number, array_agg(column_name order by check_name, column_name) as columns,
                  array_agg(check_name order by check_name, column_name) as checks
           from findings where batch_id = %(id)s and check_name = any(%(cell_faults)s) group by row_number) c
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
    """Rows of `row_number, line, cells, fault, fault_hint`, columns and checks of cells' faults, some at a time, by their place in the file."""
    between = {"fault": FAULT_SEPARATOR, "hint": HINT_SEPARATOR, "place": FAULT_PLACE}
    asked = {"id": batch_id, "faults": list(FAULTS), "cell_faults": list(HINTS), **between}
    yield from _stream(db, _ROWS, asked, 2)


_KEEPERS = """
select batch_id, header, nested, file from batches
where batch_id = any(%s) and source = %s and header is not null"""

_KEPT = """
select row_number, item, first_row, cells::text from rejected_rows
where batch_id = %s and row_number = any(%s) order by row_number, item"""

_CUT = ("is_one_row", "fits_order")
"""What is mended by taking rows of an order out, or into another one, perhaps in another file."""

_ORDERS = """
select k.first_row, k.row_number, f.row_number is null
from rejected_rows k join batches b using (batch_id)
left join (select distinct row_number from findings where batch_id = %(id)s and severity = 'error') f
 on f.row_number = k.row_number
where k.batch_id = %(id)s and b.source = %(source)s and not b.nested and k.first_row in
 (select first_row from rejected_rows where batch_id = %(id)s and row_number = any(%(rows)s)
  except select first_row from findings where batch_id = %(id)s and check_name = any(%(cut)s))"""

_ERRORS = """
select first_row, row_number, item, column_name, check_name, count > 1 from findings
where batch_id = %s and severity = 'error' and (column_name is null or column_name = any(%s))
and first_row in (select unnest(%s::bigint[]))"""

_MISSING = """
select count(*) from unnest(%s::text[], %s::bigint[]) as asked(batch, number)
where not exists (select from rejected_rows r join batches b using (batch_id)
                  where r.batch_id = batch and r.row_number = number and b.source = %s)"""

_OTHER_SOURCE = "select source from batches where batch_id = any(%s) and source <> %s order by source limit 1"


def find_other_source(db: psycopg.Connection, batch_ids: list[str], source: str) -> str | None:
    """A source other than this one that has sent one of these batches; None where there is none."""
    row = db.execute(_OTHER_SOURCE, (batch_ids, source)).fetchone()
    return str(row[0]) if row else None


def find_keepers(
    db: psycopg.Connection, batch_ids: list[str], source: str
) -> dict[str, tuple[tuple[str, ...], bool, str]]:
    """Header, whether it is nested, and file, of those of these batches that are this source's."""
    found = db.execute(_KEEPERS, (batch_ids, source))
    return {batch_id: (tuple(header), bool(nested), file) for batch_id, header, nested, file in found}


def find_rows_of_orders(
    db: psycopg.Connection, batch_id: str, source: str, numbers: list[int]
) -> list[tuple[Any, ...]]:
    """Every kept row of the flat orders that these rows are of, and that were whole: the order's first row, the row, and whether nothing is wrong on it."""
    asked = {"id": batch_id, "source": source, "rows": numbers, "cut": list(_CUT)}
    return _ask_by_hash(db, _ORDERS, asked)


def stream_rows(db: psycopg.Connection, batch_id: str, numbers: list[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of `row_number, item, first_row, cells` of these numbers, some at a time."""
    yield from _stream(db, _KEPT, (batch_id, numbers), 3)


def find_errors(
    db: psycopg.Connection, batch_id: str, first_rows: list[int], columns: list[str]
) -> list[tuple[Any, ...]]:
    """All errors on orders that begin at these rows, and in these columns or none: see kept_errors.ERRORS."""
    return _ask_by_hash(db, _ERRORS, (batch_id, columns, first_rows))


def _ask_by_hash(
    db: psycopg.Connection, query: LiteralString, asked: tuple[Any, ...] | dict[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows of a query that joins many with many.

    Of tables that were just filled the server has no statistics: it would look for each row among all others.
    """
    with db.transaction():
        db.execute("set local enable_nestloop = off")
        return db.execute(query, asked).fetchall()


def count_missing(db: psycopg.Connection, batches: list[str], numbers: list[int], source: str) -> int:
    """How many of these rows, each of its batch, are kept of no batch of this source."""
    row = db.execute(_MISSING, (batches, numbers, source)).fetchone()
    return int(row[0]) if row else 0


def _stream(
    db: psycopg.Connection, query: LiteralString, of: tuple[Any, ...] | dict[str, Any], cells: int
) -> Iterator[list[tuple[Any, ...]]]:
    with db.transaction(), db.cursor(name="kept") as cursor:
        cursor.execute(query, of)
        fetch = FIRST
        while rows := cursor.fetchmany(fetch):
            fetch = min(FETCH, FETCHED * len(rows) // sum(len(row[cells]) for row in rows) + 1)
            yield rows
