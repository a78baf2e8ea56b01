"""Reads how the batches of the same orders follow each other, and which rejected orders were created since."""

from typing import Any

import psycopg

from flows.database.column_names import format_timestamp
from flows.story import Round, Story

MOST_STEPS = 20
"""That are followed from a batch to another round: nobody mends a file more often, and hostile ids may make circles."""

MOST_ROUNDS = 100
"""That are told; who puts the fix files of many days into one makes one story of all."""

MOST_OPEN = 50
"""Numbers of open orders that are told; results.csv has all that were rejected."""

# A fix file says in its rows which batch they are of: only what is a batch of the same source is believed.
_LINKS = """
with recursive said(later, earlier) as (
  select batch_id, unnest(mends) from batch_chunks where mends is not null
  union select batch_id, replay_of from batches where replay_of is not null),
link(later, earlier) as materialized (
  select later, earlier from said join batches l on l.batch_id = later join batches e on e.batch_id = earlier
  where later <> earlier and l.source = %(source)s and e.source = %(source)s),
"""
_EARLIER = f"""{_LINKS}
direct as (select distinct earlier from link where later = %(id)s)
select earlier from direct order by 1"""  # noqa: S608

_FAMILY = f"""{_LINKS}
family(batch_id, far) as (select %(id)s::text, 0
  union select case when later = batch_id then earlier else later end, far + 1
  from link join family on batch_id in (later, earlier) where far < {MOST_STEPS})
"""  # noqa: S608
_ROUNDS = f"""{_FAMILY}
select b.batch_id, b.file, {format_timestamp("b.finished_at")},
  (select coalesce(sum(orders_created), 0)::bigint from batch_chunks c where c.batch_id = b.batch_id),
  (select coalesce(sum(orders_rejected), 0)::bigint from batch_chunks c where c.batch_id = b.batch_id)
from (select distinct batch_id from family) f join batches b using (batch_id)
order by b.started_at, b.batch_id limit {MOST_ROUNDS}"""  # noqa: S608

# An order that was stored before the batch by none of its rounds, and came with other values, is open: nobody has taken
# what it says.
_SINCE = f"""{_FAMILY}
select count(o.order_key), count(*) filter (where o.order_key is null), count(*) filter (where r.order_number is null),
  coalesce((array_agg(r.order_number order by r.first_row) filter (where o.order_key is null and r.order_number is not null))[:%(most)s], '{{}}')
from order_results r left join orders o on o.source = %(source)s and o.order_number = r.order_number
  and o.batch_id <> r.batch_id and (o.created_at >= r.answered_at or o.batch_id in (select batch_id from family))
where r.batch_id = %(id)s and r.outcome = 'rejected'"""  # noqa: S608


def find_mended(db: psycopg.Connection, batch_id: str, source: str) -> tuple[str, ...]:
    """Ids of the batches whose rejected orders these are."""
    rows = db.execute(_EARLIER, {"id": batch_id, "source": source}).fetchall()
    return tuple(row[0] for row in rows)


def read_story(db: psycopg.Connection, batch_id: str, source: str) -> Story:
    """The batch's rounds, and what became of its rejected orders."""
    of: dict[str, Any] = {"id": batch_id, "source": source, "most": MOST_OPEN}
    names = Round.__dataclass_fields__
    rounds = tuple(Round(**dict(zip(names, row, strict=True))) for row in db.execute(_ROUNDS, of).fetchall())
    since = db.execute(_SINCE, of).fetchone()
    created, still, nameless, numbers = since or (0, 0, 0, [])
    return Story(rounds=rounds, created=created, open=still, nameless=nameless, numbers=tuple(numbers))
