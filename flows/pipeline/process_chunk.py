"""Processes a chunk's rows: mapped to our columns, checked, assembled; then its orders' outcomes are decided."""

from dataclasses import dataclass, replace

import polars as pl

from flows.errors import MachineError
from flows.fix_file.restore import restore_cells
from flows.frames import Assembled, Chunk, ChunkResult, StoredState
from flows.pipeline.assemble import assemble
from flows.pipeline.open_batch import OpenBatch
from flows.pipeline.outcomes import CheckedRows, decide_outcomes
from flows.readers.column_mapping import map_rows
from flows.spool import Spool
from validators.check_orders import Checked, check_in_parts, join_parts


@dataclass(frozen=True, kw_only=True)
class ProcessedChunk:
    """A chunk after its checks; what the database knows is asked when its outcomes are decided. `key` is that of the ids.

    `found` holds the findings, which `checked` has not.
    """

    number: int
    share: float
    key: bytes
    checked: Checked
    found: Spool
    assembled: Assembled
    delivered: pl.DataFrame
    blank: int

    def decide(self, assembled: Assembled, stored: StoredState) -> ChunkResult:
        """Answer every order; `assembled` are ours, some perhaps with other ids by now.

        Raises MachineError when the counts do not come out: then nothing of the chunk is to be written.
        """
        rows = CheckedRows(checked=self.checked, found=self.found, delivered=self.delivered)
        told = self.found.beside(f"told.{self.number}")
        result = decide_outcomes(rows, assembled, stored, told)
        rows_read = result.counts.rows_read + self.blank
        counts = replace(result.counts, rows_read=rows_read, rows_blank=self.blank)
        if not counts.is_balanced():
            raise MachineError("Rows of the file do not add up; this is a fault of ours, please report it.")
        return replace(result, number=self.number, counts=counts)


def process_chunk(opened: OpenBatch, chunk: Chunk) -> ProcessedChunk:
    """Map, check and assemble the orders of a chunk."""
    restore = opened.mapping.is_fix_file and not opened.table.is_restored
    sent = restore_cells(chunk.rows) if restore else chunk.rows
    rows, blank = map_rows(sent, opened.mapping)
    found = Spool(opened.work, f"found.{chunk.number}")
    checked = _check(rows, opened.table.nested, found)
    numbered = pl.col("row_number").is_in(rows["row_number"].implode())
    return ProcessedChunk(
        number=chunk.number,
        share=chunk.share,
        key=opened.key,
        checked=checked,
        found=found,
        assembled=assemble(checked, opened.source, opened.key),
        delivered=sent.filter(numbered) if blank else sent,
        blank=blank,
    )


def _check(rows: pl.DataFrame, nested: bool, found: Spool) -> Checked:
    """Check the rows; the findings are put aside, some at a time."""
    parts = []
    for part in check_in_parts(rows, nested=nested):
        found.put(part.findings)
        parts.append(replace(part, findings=part.findings.clear()))
    return join_parts(parts)
