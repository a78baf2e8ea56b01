"""Reads what is committed of a batch, for its report: sorted by the server, streamed from a file.

COPY writes them out in a third of the time that a cursor takes; from the file they are read in pieces.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

import polars as pl
import psycopg
from psycopg import sql

from flows.batch import Result
from flows.database.column_names import KEY_BLOCK, format_timestamp
from flows.frames import FINDINGS, REJECTED, RESULTS, ReportInput

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
         where batch_id = %(id)s and check_name = 'names_an_item' group by first_row)
select o.first_row, o.order_number, 'created', 200, case when b.nested then 1 else o.rows + coalesce(idle.rows, 0) end,
       o.order_id, {format_timestamp("o.created_at")}
from chunk c
cross join lateral (
  select * from (select order_key, count(*) as rows from order_items
                 where order_key >= c.first_key and order_key < c.first_key + {KEY_BLOCK} group by order_key) i
  join (select * from orders where order_key >= c.first_key and order_key < c.first_key + {KEY_BLOCK} offset 0) o
  using (order_key)) o
join batches b on b.batch_id = %(id)s
left join idle on idle.first_row = o.first_row
where o.batch_id = %(id)s
union all
select first_row, order_number, outcome, code, rows, order_id, {format_timestamp("answered_at")}
from order_results where batch_id = %(id)s
order by 1"""  # noqa: S608

# By code point, as the dry run sorts, whatever the database's own language.
_ORDER = ", ".join(f'{name} collate "C"' if dtype == pl.String else name for name, dtype in FINDINGS.items())


def read_answers(db: psycopg.Connection, result: Result, delimiter: str, work: Path) -> ReportInput:
    """What is committed of a batch; to be used inside one transaction of `db`, which gives one view of it."""
    of = {"id": result.batch_id}
    db.execute(
        "select set_config('work_mem', %s, true), set_config('enable_nestloop', 'off', true)", (WORK_MEMORY,)
    )
    row = db.execute("select header from batches where batch_id = %(id)s", of).fetchone()
    columns = ", ".join(FINDINGS.names())
    findings = f"select {columns} from findings where batch_id = %(id)s and chunk_no is not null order by {{}}, {_ORDER}"  # noqa: S608
    general = f"select {columns} from findings where batch_id = %(id)s and chunk_no is null order by {_ORDER}"  # noqa: S608
    rejected = (
        "select row_number, item, first_row, line, cells::text from rejected_rows"
        " where batch_id = %(id)s order by 1, 2"
    )

    in_turn = Lock()  # a connection hands over one stream at a time, whoever reads them

    def stream(query: str, schema: pl.Schema) -> Iterator[pl.DataFrame]:
        with TemporaryFile(dir=work) as file:
            with in_turn:
                cuts = _copy_out(db, psycopg.ClientCursor(db).mogrify(query, of), file)
            file.seek(0)
            for start, end in pairwise(cuts):
                yield pl.read_csv(file.read(end - start), has_header=False, schema=schema)

    return ReportInput(
        result=result,
        header=tuple(row[0]) if row and row[0] else (),
        delimiter=delimiter,
        general=pl.DataFrame(db.execute(general, of).fetchall(), schema=FINDINGS, orient="row"),
        results=lambda: stream(_RESULTS, RESULTS),
        findings=lambda by: stream(findings.format(by), FINDINGS),
        rejected=lambda: stream(rejected, REJECTED),
    )


def _copy_out(db: psycopg.Connection, query: str, file: IO[bytes]) -> list[int]:
    """Write the rows out as CSV; the places between which some of them stand, from the first byte to the end."""
    cuts, size, rows = [0], 0, 0
    with db.cursor().copy(sql.SQL("copy ({}) to stdout (format csv)").format(sql.SQL(query))) as copy:
        for row in copy:  # the server sends each on its own
            file.write(row)
            size, rows = size + len(row), rows + 1
            if rows == FETCH or size - cuts[-1] > FETCHED:
                cuts.append(size)
                rows = 0
    return cuts if size == cuts[-1] else [*cuts, size]
