"""Reads how the batches of the same orders follow each other, and which rejected orders were created since."""

from typing import Any

import psycopg

from flows.database.column_names import format_timestamp
from flows.story import Round, Story

MOST_ROUNDS = 20
"""That are followed from a batch in either direction: nobody mends a file more often, and hostile ids may make circles."""

MOST_OPEN = 50
"""Numbers of open orders that are told; results.csv has all that were rejected."""

# A fix file says in its rows which batch they are of: only what is a batch of the same source is believed.
_LINKS = """
with recursive link(later, earlier) as materialized (
  select batch_id, unnest(mends) from batch_chunks where mends is not null
  union select batch_id, replay_of from batches where replay_of is not null),
"""
_EARLIER = f"""{_LINKS}
direct as (select l.earlier from link l join batches b on b.batch_id = l.earlier
           where l.later = %(id)s and l.earlier <> l.later and b.source = %(source)s)
select earlier from direct order by 1"""  # noqa: S608
_ROUNDS = f"""{_LINKS}
before(batch_id, far) as (select %(id)s::text, 0
  union select earlier, far + 1 from link join before on later = batch_id where far < {MOST_ROUNDS}),
after(batch_id, far) as (select %(id)s::text, 0
  union select later, far + 1 from link join after on earlier = batch_id where far < {MOST_ROUNDS}),
round as (select batch_id, true as is_before from before union all select batch_id, false from after)
select distinct r.is_before, b.started_at, b.batch_id, b.file, b.status, {format_timestamp("b.finished_at")},
  (select coalesce(sum(orders_created), 0)::bigint from batch_chunks c where c.batch_id = b.batch_id),
  (select coalesce(sum(orders_rejected), 0)::bigint from batch_chunks c where c.batch_id = b.batch_id)
from round r join batches b using (batch_id)
where b.source = %(source)s and b.batch_id <> %(id)s order by 2, 3"""  # noqa: S608

# An order that was stored before the batch, and came with other values, is open: nobody has taken what it says.
_SINCE = """
select count(o.order_key), count(*) filter (where o.order_key is null), count(*) filter (where r.order_number is null),
  coalesce((array_agg(r.order_number order by r.first_row) filter (where o.order_key is null and r.order_number is not null))[:%(most)s], '{}')
from order_results r left join orders o on o.source = %(source)s and o.order_number = r.order_number
  and o.batch_id <> r.batch_id and o.created_at >= r.answered_at
where r.batch_id = %(id)s and r.outcome = 'rejected'"""


def find_mended(db: psycopg.Connection, batch_id: str, source: str) -> tuple[str, ...]:
    """Ids of the batches whose rejected orders these are."""
    rows = db.execute(_EARLIER, {"id": batch_id, "source": source}).fetchall()
    return tuple(row[0] for row in rows)


def read_story(db: psycopg.Connection, batch_id: str, source: str) -> Story:
    """The batch's other rounds, and what became of its rejected orders."""
    of: dict[str, Any] = {"id": batch_id, "source": source, "most": MOST_OPEN}
    rounds = [(row[0], _round(*row[2:])) for row in db.execute(_ROUNDS, of).fetchall()]
    since = db.execute(_SINCE, of).fetchone()
    created, still, nameless, numbers = since or (0, 0, 0, [])
    return Story(
        before=tuple(each for is_before, each in rounds if is_before),
        after=tuple(each for is_before, each in rounds if not is_before),
        created=created,
        open=still,
        nameless=nameless,
        numbers=tuple(numbers),
    )


def _round(*row: Any) -> Round:
    return Round(**dict(zip(Round.__dataclass_fields__, row, strict=True)))
