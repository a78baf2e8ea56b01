"""Commits a chunk, whatever other runs and the server do meanwhile."""

from dataclasses import dataclass

import polars as pl
import psycopg

from flows.batch import Batch
from flows.database.collisions import resolve_collisions
from flows.database.conflicts import find_known_orders
from flows.database.foreign_key import ForeignKeyCheck
from flows.database.load import load
from flows.database.stuck_sessions import terminate_stuck_sessions
from flows.database.unstorable import find_unstorable
from flows.errors import MachineError
from flows.frames import REFUSED, ChunkResult, StoredState
from flows.pipeline.process_chunk import ProcessedChunk
from flows.report.answers import AnswerFiles

# An order's number or id taken by another batch between our question and our COPY is asked for again;
# more than a few times in a row is no coincidence.
MOST_RACES = 20


@dataclass(frozen=True, kw_only=True)
class Committer:
    """What all chunks of a batch are committed by; their answers are kept for the report."""

    batch: Batch
    check_keys: ForeignKeyCheck
    answers: AnswerFiles

    def commit(self, db: psycopg.Connection, chunk: ProcessedChunk) -> tuple[int, float]:
        """Commit the chunk; how many rows it has, and which part of all that is."""
        result, at = self._commit(db, chunk)
        if at:
            self.answers.put(chunk.number, result.answers, at)
        result.answers.findings.drop()
        chunk.found.drop()
        return result.counts.rows_read, chunk.share

    def _commit(self, db: psycopg.Connection, chunk: ProcessedChunk) -> tuple[ChunkResult, str | None]:
        """Commit it, once more when another batch was faster with one of its orders or ids; when that was."""
        source, assembled, refused = self.batch.source, chunk.assembled, REFUSED.to_frame()
        for _ in range(MOST_RACES):
            known = find_known_orders(db, source, assembled)
            result = chunk.decide(assembled, StoredState(known=known, refused=refused))
            try:
                return result, load(db, self.batch, result, self.check_keys)
            except psycopg.errors.UniqueViolation:
                assembled = resolve_collisions(db, source, assembled, chunk.key)
            except psycopg.errors.LockNotAvailable:
                terminate_stuck_sessions(db)
            except (psycopg.DataError, psycopg.IntegrityError):
                refused = pl.concat([refused, find_unstorable(db, self.batch.batch_id, result.create)])
        raise MachineError(
            f"Chunk {chunk.number} of {self.batch.file} lost every race with other batches; run it again."
        )
