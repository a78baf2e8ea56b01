"""Processes a chunk's rows: mapped to our columns, checked, assembled; then its orders' outcomes are decided."""

from dataclasses import dataclass, replace

import polars as pl

from flows.errors import MachineError
from flows.fix_file.restore import restore_cells
from flows.frames import Assembled, Chunk, ChunkResult, OversizedOrder, StoredState
from flows.pipeline.assemble import assemble
from flows.pipeline.open_batch import OpenBatch
from flows.pipeline.outcomes import decide_outcomes
from flows.pipeline.oversized_order import ProcessedOversizedOrder, reject_oversized
from flows.readers.column_mapping import map_rows
from validators.check_orders import Checked, check_orders


@dataclass(frozen=True, kw_only=True)
class ProcessedChunk:
    """A chunk after its checks; what the database knows is asked when its outcomes are decided. `key` is that of the ids."""

    number: int
    share: float
    key: bytes
    checked: Checked
    assembled: Assembled
    delivered: pl.DataFrame
    blank: int

    def decide(self, assembled: Assembled, stored: StoredState) -> ChunkResult:
        """Answer every order; `assembled` are ours, some perhaps with other ids by now.

        Raises MachineError when the counts do not come out: then nothing of the chunk is to be written.
        """
        result = decide_outcomes(self.checked, assembled, self.delivered, stored)
        rows_read = result.counts.rows_read + self.blank
        counts = replace(result.counts, rows_read=rows_read, rows_blank=self.blank)
        if not counts.is_balanced():
            raise MachineError("Rows of the file do not add up; this is a fault of ours, please report it.")
        return replace(result, number=self.number, counts=counts)


Processed = ProcessedChunk | ProcessedOversizedOrder


def process_chunk(opened: OpenBatch, chunk: Chunk | OversizedOrder) -> Processed:
    """Map, check and assemble the orders of a chunk."""
    if isinstance(chunk, OversizedOrder):
        return reject_oversized(opened, chunk)
    restore = opened.mapping.is_fix_file and not opened.table.is_restored
    sent = restore_cells(chunk.rows) if restore else chunk.rows
    rows, blank = map_rows(sent, opened.mapping)
    checked = check_orders(rows, nested=opened.table.nested, nameless=opened.table.nameless)
    numbered = pl.col("row_number").is_in(rows["row_number"].implode())
    return ProcessedChunk(
        number=chunk.number,
        share=chunk.share,
        key=opened.key,
        checked=checked,
        assembled=assemble(checked, opened.source, opened.key),
        delivered=sent.filter(numbered) if blank else sent,
        blank=blank,
    )
