"""Reads what is committed of a batch, for its report: sorted by the server, streamed from a file.

COPY writes them out in a third of the time that a cursor takes; from the file they are read in pieces.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

import polars as pl
import psycopg
from psycopg import sql

from flows.database.column_names import KEY_BLOCK, format_timestamp
from flows.frames import FINDINGS, REJECTED, RESULTS
from flows.sources.mapping_table import MappingLine, describe_kept
from flows.sources.tell import IS_THERE

# Rows that are rendered at a time, and bytes of theirs. A stream of Polars would read far ahead.
FETCH, FETCHED = 50_000, 16 << 20

# A batch of 400,000 orders is sorted in memory; the server's default would write it to disk.
WORK_MEMORY = "64MB"

# The orders of a batch are found by the blocks of keys that its chunks took, a block at a time; "offset 0" and the
# setting above keep the planner, which may not know yet how large the tables have grown, from looking each one up.
# A created order's rows are its items, one each, and the rows without an item that were told so; of a nested
# file an order is one row.
_RESULTS = f"""
with chunk as materialized (select first_key from batch_chunks where batch_id = %(id)s and orders_created > 0),
idle as (select first_row, sum(count) as rows from findings
         where batch_id = %(id)s and check_name = 'names_an_item' group by first_row),
odd as (select key::bigint as first_row, value::int as rows from batch_chunks, json_each_text(odd_rows)
        where batch_id = %(id)s and odd_rows is not null)
select o.first_row, o.order_number, 'created', 200, coalesce(w.rows, case when b.nested then 1 else o.rows + coalesce(idle.rows, 0) end),
       o.order_id, {format_timestamp("o.created_at")}
from chunk c
cross join lateral (
  select * from (select order_key, count(*) as rows from order_items
                 where order_key >= c.first_key and order_key < c.first_key + {KEY_BLOCK} group by order_key) i
  join (select * from orders where order_key >= c.first_key and order_key < c.first_key + {KEY_BLOCK} offset 0) o
  using (order_key)) o
join batches b on b.batch_id = %(id)s
left join idle on idle.first_row = o.first_row
left join odd w on w.first_row = o.first_row
where o.batch_id = %(id)s
union all
select first_row, order_number, outcome, code, rows, order_id, {format_timestamp("answered_at")}
from order_results where batch_id = %(id)s
order by 1"""  # noqa: S608

# By code point, as the dry run sorts, whatever the database's own language.
_ORDER = ", ".join(f'{name} collate "C"' if dtype == pl.String else name for name, dtype in FINDINGS.items())


class Answers(TypedDict):
    """The streams of a ReportInput."""

    results: Callable[[], Iterator[pl.DataFrame]]
    findings: Callable[[str], Iterator[pl.DataFrame]]
    rejected: Callable[[], Iterator[pl.DataFrame]]


@contextmanager
def view_once(db: psycopg.Connection) -> Iterator[None]:
    """A transaction with one view of what is committed; for as long as it takes to read, and not to render."""
    with db.transaction():
        db.execute("set transaction isolation level repeatable read, read only")
        yield


class General(TypedDict):
    """What is told of a batch as a whole: see frames.ReportInput."""

    header: tuple[str, ...]
    general: pl.DataFrame
    mapping: tuple[MappingLine, ...]
    skipped: Mapping[str, int]


def read_general(db: psycopg.Connection, batch_id: str, source: str) -> General:
    """The batch's own columns and what becomes of them, the findings on it as a whole, and the rows that were skipped."""
    row = db.execute("select header, settings from batches where batch_id = %s", (batch_id,)).fetchone()
    columns = ", ".join(FINDINGS.names())
    general = f"select {columns} from findings where batch_id = %s and chunk_no is null order by {_ORDER}"  # noqa: S608
    found = pl.DataFrame(db.execute(general, (batch_id,)).fetchall(), schema=FINDINGS, orient="row")
    header = tuple(row[0]) if row and row[0] else ()
    absent = found.filter(pl.col("check_name") == IS_THERE)["column_name"]
    return General(
        header=header,
        general=found,
        mapping=tuple(describe_kept(header, source, row and row[1], absent)),
        skipped=_sum_skipped(db, {"id": batch_id}),
    )


def copy_answers(db: psycopg.Connection, batch_id: str, work: Path) -> Answers:
    """What is committed of a batch, copied into files of `work`: rendering may take minutes, and no session waits for it."""
    of = {"id": batch_id}
    db.execute(
        "select set_config('work_mem', %s, true), set_config('enable_nestloop', 'off', true)", (WORK_MEMORY,)
    )
    columns = ", ".join(FINDINGS.names())
    findings = f"select {columns} from findings where batch_id = %(id)s and chunk_no is not null order by {{}}, {_ORDER}"  # noqa: S608
    rejected = (
        "select row_number, item, first_row, line, cells::text from rejected_rows"
        " where batch_id = %(id)s order by 1, 2"
    )

    def copied(name: str, query: str, schema: pl.Schema) -> Callable[[], Iterator[pl.DataFrame]]:
        path = work / f"{name}.copied"
        cuts = _copy_out(db, psycopg.ClientCursor(db).mogrify(query, of), path)
        return partial(_read, path, cuts, schema)

    by = {
        name: copied(f"findings.{name}", findings.format(name), FINDINGS)
        for name in ("first_row", "row_number")
    }
    return Answers(
        results=copied("results", _RESULTS, RESULTS),
        findings=lambda name: by[name](),
        rejected=copied("rejected", rejected, REJECTED),
    )


def _sum_skipped(db: psycopg.Connection, of: dict[str, str | None]) -> dict[str, int]:
    """How many rows each rule has skipped in all chunks."""
    query = (
        "select key, sum(value::bigint)::bigint from batch_chunks, json_each_text(skipped)"
        " where batch_id = %(id)s and skipped is not null group by key order by key"
    )
    return dict(db.execute(query, of).fetchall())


def _copy_out(db: psycopg.Connection, query: str, path: Path) -> list[int]:
    """Write the rows out as CSV; the places between which some of them stand, from the first byte to the end."""
    cuts, size, rows = [0], 0, 0
    statement = sql.SQL("copy ({}) to stdout (format csv)").format(sql.SQL(query))
    with path.open("wb") as file, db.cursor().copy(statement) as copy:
        for row in copy:  # the server sends each on its own
            file.write(row)
            size, rows = size + len(row), rows + 1
            if rows == FETCH or size - cuts[-1] > FETCHED:
                cuts.append(size)
                rows = 0
    return cuts if size == cuts[-1] else [*cuts, size]


def _read(path: Path, cuts: list[int], schema: pl.Schema) -> Iterator[pl.DataFrame]:
    """What stands between the cuts, a frame each."""
    with path.open("rb") as file:
        for start, end in pairwise(cuts):
            yield pl.read_csv(file.read(end - start), has_header=False, schema=schema)
