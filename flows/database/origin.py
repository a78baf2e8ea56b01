"""Reads where a batch is from and when it was worked on, for its report."""

import psycopg

from flows.database.column_names import format_timestamp
from flows.frames import Origin

# A report is written before its batch is finished, and has to be the same when it is written again: the end is that
# of the last chunk, which is committed by then; of a batch that came to no report at its end it is the end itself.
_ENDED = "case when status in ('refused', 'failed') then finished_at else max(committed_at) end"


def find_origin(db: psycopg.Connection, batch_id: str) -> Origin:
    """Of a batch that is entered in the ledger."""
    query = (
        f"select sha256, {format_timestamp('started_at')}, {format_timestamp(_ENDED)}, replay_of"  # noqa: S608
        " from batches left join batch_chunks using (batch_id) where batch_id = %s group by batches.batch_id"
    )
    row = db.execute(query, (batch_id,)).fetchone()
    assert row  # noqa: S101 - whoever asks has found it
    return Origin(sha256=row[0], started_at=row[1], ended_at=row[2], replay_of=row[3])
