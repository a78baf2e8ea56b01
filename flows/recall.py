"""From the database to what a report is rendered from: committed rows only, streamed, sorted by the server."""

from collections.abc import Iterator
from itertools import count

import polars as pl
import psycopg

from flows.model import Result
from flows.rows import FINDINGS, REJECTED, RESULTS, Told
from flows.tables import KEY_BLOCK

# Rows that the server hands over at a time.
FETCH = 20_000

_AT = """to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""

# The orders of a batch are found by the blocks of keys that its chunks took. A created order's rows are its
# items, one each, and the rows without an item that were told so; of a nested file an order is one row.
_RESULTS = f"""
with chunk as materialized (select first_key from batch_chunks where batch_id = %(id)s and orders_created > 0),
idle as (select first_row, count(*) as rows from findings
         where batch_id = %(id)s and check_name = 'names_an_item' group by first_row)
select o.first_row, o.order_number, 'created', 200, case when b.nested then 1 else i.rows + coalesce(idle.rows, 0) end,
       o.order_id, {_AT.format("o.created_at")}
from chunk c
join orders o on o.order_key >= c.first_key and o.order_key < c.first_key + {KEY_BLOCK}
join batches b on b.batch_id = %(id)s
join lateral (select count(*) as rows from order_items where order_key = o.order_key) i on true
left join idle on idle.first_row = o.first_row
where o.batch_id = %(id)s
union all
select first_row, order_number, outcome, code, rows, order_id, {_AT.format("answered_at")}
from order_results where batch_id = %(id)s
order by 1"""  # noqa: S608

# By code point, as the dry run sorts, whatever the database's own language.
_ORDER = ", ".join(f'{name} collate "C"' if dtype == pl.String else name for name, dtype in FINDINGS.items())


def recall(db: psycopg.Connection, result: Result, delimiter: str) -> Told:
    """What is committed of a batch; to be used inside one transaction of `db`, which gives one view of it."""
    of = {"id": result.batch_id}
    row = db.execute("select header from batches where batch_id = %(id)s", of).fetchone()
    columns = ", ".join(FINDINGS.names())
    findings = f"select {columns} from findings where batch_id = %(id)s and chunk_no is not null order by {{}}, {_ORDER}"  # noqa: S608
    general = f"select {columns} from findings where batch_id = %(id)s and chunk_no is null order by {_ORDER}"  # noqa: S608
    rejected = (
        "select row_number, item, first_row, line, cells::text from rejected_rows"
        " where batch_id = %(id)s order by 1, 2"
    )
    return Told(
        result=result,
        header=tuple(row[0]) if row and row[0] else (),
        delimiter=delimiter,
        general=pl.concat([FINDINGS.to_frame(), *_stream(db, general, of, FINDINGS)]),
        results=lambda: _stream(db, _RESULTS, of, RESULTS),
        findings=lambda by: _stream(db, findings.format(by), of, FINDINGS),
        rejected=lambda: _stream(db, rejected, of, REJECTED),
    )


def _stream(
    db: psycopg.Connection, query: str, of: dict[str, str | None], schema: pl.Schema
) -> Iterator[pl.DataFrame]:
    with db.cursor(name=f"report_{next(_NUMBERS)}") as cursor:
        cursor.execute(query, of)
        while rows := cursor.fetchmany(FETCH):
            yield pl.DataFrame(rows, schema=schema, orient="row")


_NUMBERS = count()
