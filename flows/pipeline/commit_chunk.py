"""From a chunk to a committed chunk, whatever other runs and the server do meanwhile."""

from dataclasses import dataclass

import polars as pl
import psycopg

from flows.collide import settle_ids
from flows.judge import Judged
from flows.known import known_orders
from flows.load import load
from flows.model import Batch, MachineError
from flows.prove import Proof
from flows.reap import end_stopped
from flows.rows import REFUSED, Said, Settled
from flows.spill import Spill
from flows.storable import unstorable

# An order's number or id taken by another batch between our question and our COPY is asked for again;
# more than a few times in a row is no coincidence.
MOST_RACES = 20


@dataclass(frozen=True, kw_only=True)
class Committer:
    """What all chunks of a batch are committed by."""

    batch: Batch
    proof: Proof
    spill: Spill

    def commit(self, db: psycopg.Connection, judged: Judged) -> tuple[int, float]:
        """Commit the chunk, and keep its answers for the report; how many rows it has, and which part of all that is."""
        settled, at = _commit(db, self.batch, judged, self.proof)
        if at:
            self.spill.put(judged.number, settled.answers, at)
        return settled.counts.rows_read, judged.share


def _commit(db: psycopg.Connection, batch: Batch, judged: Judged, proof: Proof) -> tuple[Settled, str | None]:
    """Commit the chunk, once more when another batch was faster with one of its orders or ids; when that was."""
    assembled, refused = judged.assembled, REFUSED.to_frame()
    for _ in range(MOST_RACES):
        said = Said(known=known_orders(db, batch.source, assembled), refused=refused)
        settled = judged.settled(assembled, said)
        try:
            return settled, load(db, batch, settled, proof)
        except psycopg.errors.UniqueViolation:
            assembled = settle_ids(db, batch.source, assembled, judged.key)
        except psycopg.errors.LockNotAvailable:
            end_stopped(db)
        except (psycopg.DataError, psycopg.IntegrityError):
            refused = pl.concat([refused, unstorable(db, batch.batch_id, settled.create)])
    raise MachineError(
        f"Chunk {judged.number} of {batch.file} lost every race with other batches; run it again."
    )
