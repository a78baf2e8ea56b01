"""From a chunk's rows as delivered to what is to be written of it: named, checked, assembled, settled."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from flows.assemble import assemble
from flows.layouts import Plan, our_rows
from flows.rows import Assembled, Chunk, Settled, Table
from flows.settle import settle
from validators.order import check

Known = Callable[[Assembled], pl.DataFrame]
"""Asks which of these orders are stored already, and how they differ; see rows.KNOWN."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What all chunks of a batch are judged by."""

    table: Table
    how: Plan
    source: str
    key: bytes

    def judge(
        self, chunk: Chunk, known: Known, settle_ids: Callable[[Assembled], Assembled] | None = None
    ) -> Settled:
        """Answer every order of the chunk; `settle_ids` gives orders another id where theirs are taken."""
        rows, blank = our_rows(chunk.rows, self.how)
        checked = check(rows, nested=self.table.nested)
        assembled = assemble(checked, self.source, self.key)
        if settle_ids:
            assembled = settle_ids(assembled)
        delivered = (
            chunk.rows.filter(pl.col("row_number").is_in(rows["row_number"].implode()))
            if blank
            else chunk.rows
        )
        settled = settle(checked, assembled, known(assembled), delivered)
        counts = replace(settled.counts, rows_read=settled.counts.rows_read + blank, rows_blank=blank)
        return replace(settled, counts=counts)
