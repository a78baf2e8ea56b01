"""Commits a chunk, whatever other runs and the server do meanwhile."""

from dataclasses import dataclass

import polars as pl
import psycopg

from flows.batch import Batch
from flows.database.collisions import resolve_collisions
from flows.database.conflicts import find_known_orders
from flows.database.foreign_key import ForeignKeyCheck
from flows.database.load import Claim, load
from flows.database.stuck_sessions import terminate_stuck_sessions
from flows.database.unstorable import REFUSALS, find_unstorable, is_race
from flows.errors import MachineError
from flows.frames import REFUSED, ChunkResult, StoredState
from flows.pipeline.process_chunk import Processed
from flows.report.answers import AnswerFiles

# An order's number or id taken by another batch between our question and our COPY is asked for again;
# more than a few times in a row is no coincidence.
MOST_RACES = 20


@dataclass(frozen=True, kw_only=True)
class Committer:
    """What all chunks of a batch are committed by, under these settings; their answers are kept for the report."""

    batch: Batch
    settings: str
    check_keys: ForeignKeyCheck
    answers: AnswerFiles

    def commit(
        self, db: psycopg.Connection, chunk: Processed, *, is_first: bool = False
    ) -> tuple[int, float]:
        """Commit the chunk; how many rows it has, and which part of all that is."""
        claim = Claim(batch_id=self.batch.batch_id, settings=self.settings, is_first=is_first)
        result, at = self._commit(db, chunk, claim)
        if at and not result.answers.further:  # what memory does not hold is asked of the database again
            self.answers.put(chunk.number, result.answers, at)
        result.answers.findings.drop()
        chunk.found.drop()
        return result.counts.rows_read, chunk.share

    def _commit(
        self, db: psycopg.Connection, chunk: Processed, claim: Claim
    ) -> tuple[ChunkResult, str | None]:
        """Commit it, once more when another batch was faster with one of its orders or ids; when that was."""
        source, assembled, refused = self.batch.source, chunk.assembled, REFUSED.to_frame()
        for _ in range(MOST_RACES):
            known = find_known_orders(db, source, assembled)
            result = chunk.decide(assembled, StoredState(known=known, refused=refused))
            try:
                return result, load(db, claim, result, self.check_keys)
            except psycopg.errors.LockNotAvailable:
                terminate_stuck_sessions(db)
            except REFUSALS as error:
                if is_race(error):
                    assembled = resolve_collisions(db, source, assembled, chunk.key)
                    continue
                found = find_unstorable(db, self.batch.batch_id, result.create)
                if found.is_empty():  # it is none of the orders: a constraint on another table, say
                    raise
                refused = pl.concat([refused, found])
        raise MachineError(
            f"Chunk {chunk.number} of {self.batch.file} lost every race with other batches; run it again."
        )
