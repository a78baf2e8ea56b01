"""Processes a chunk's rows: mapped to our columns, checked, assembled; then its orders' outcomes are decided."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from flows.errors import MachineError
from flows.fix_file.restore import restore_cells
from flows.frames import Answers, Assembled, Chunk, ChunkResult, OversizedOrder, StoredState
from flows.pipeline.assemble import assemble
from flows.pipeline.concurrency import make_concurrently
from flows.pipeline.open_batch import OpenBatch
from flows.pipeline.outcomes import CheckedRows, decide_outcomes, find_odd_rows
from flows.pipeline.oversized_order import ProcessedOversizedOrder, reject_oversized
from flows.results import Counts
from flows.settings import Settings
from flows.sources.becomes import members_of_columns
from flows.sources.column_mapping import ColumnMapping
from flows.sources.expand import name_own_columns
from flows.sources.map_rows import MappedRows, map_rows
from flows.spool import Spool
from validators.check_orders import RowFacts, check_in_parts
from validators.checked import Checked, join_parts


@dataclass(frozen=True, kw_only=True)
class ProcessedChunk:
    """A chunk after its checks; what the database knows is asked when its outcomes are decided. `key` is that of the ids.

    `found` holds the findings, which `checked` has not; `preamble` is how many rows above the header are counted with it.
    """

    number: int
    share: float
    key: bytes
    checked: Checked
    found: Spool
    assembled: Assembled
    mapping: ColumnMapping | None = None
    mapped: MappedRows
    preamble: int = 0
    mends: tuple[str, ...] = ()

    def decide(self, assembled: Assembled, stored: StoredState) -> ChunkResult:
        """Answer every order; `assembled` are ours, some perhaps with other ids by now.

        Raises MachineError when the counts do not come out: then nothing of the chunk is to be written.
        """
        rows = CheckedRows(checked=self.checked, found=self.found, delivered=self.mapped.kept)
        result = decide_outcomes(rows, assembled, stored, self.found.beside(f"told.{self.number}"))
        is_plain = self.mapping is None or self.mapping.is_plain
        return replace(
            result,
            number=self.number,
            counts=self._count(result.counts),
            answers=self._name_columns(result.answers),
            skipped=self._skipped(),
            odd_rows=result.odd_rows if is_plain else find_odd_rows(result),
            mends=self.mends,
        )

    def _count(self, of_orders: Counts) -> Counts:
        """The counts, with the rows that are of no order."""
        nothing = self.mapped.blank + self.mapped.skipped.whole.len() + self.preamble
        counts = replace(
            of_orders,
            rows_read=of_orders.rows_read + nothing,
            rows_blank=self.mapped.blank,
            rows_skipped=sum(self._skipped().values()),
        )
        if not counts.is_balanced():
            raise MachineError("Rows of the file do not add up; this is a fault of ours, please report it.")
        return counts

    def _name_columns(self, answers: Answers) -> Answers:
        """The answers, whose findings on items that were expanded stand on the columns that the sender knows."""
        if self.mapping is None or not (self.mapping.groups or self.mapping.item_cells):
            return answers
        named = self.found.beside(f"named.{self.number}")
        for part in answers.findings:
            named.put(name_own_columns(part, self.checked.items, self.mapping))
        answers.findings.drop()
        return replace(answers, findings=named)

    def _skipped(self) -> dict[str, int]:
        above = {"rows above the header": self.preamble} if self.preamble else {}
        return above | self.mapped.skipped.rows


Processed = ProcessedChunk | ProcessedOversizedOrder


@contextmanager
def process_chunks(
    opened: OpenBatch, rows: int, settings: Settings, done: Collection[int] = ()
) -> Iterator[Iterator[Processed]]:
    """The batch's chunks of about so many rows, but for those that are done; some are processed at a time."""
    with (
        opened.chunks(rows, done) as chunks,
        make_concurrently(partial(process_chunk, opened), chunks, settings.chunks_at_once) as processed,
    ):
        yield processed


def process_chunk(opened: OpenBatch, chunk: Chunk | OversizedOrder) -> Processed:
    """Map, check and assemble the orders of a chunk."""
    if isinstance(chunk, OversizedOrder):
        return reject_oversized(opened, chunk)
    restore = opened.mapping.is_fix_file and not opened.table.is_restored
    sent = restore_cells(chunk.rows) if restore else chunk.rows
    mapped = map_rows(sent, opened.mapping)
    kept = opened.kept.find(sent, mapped.rows.columns, opened.mapping) if opened.kept else None
    facts = RowFacts(
        found=mapped.findings,
        becomes=members_of_columns(opened.mapping),
        kept=kept,
        nameless=opened.table.nameless,
    )
    found = Spool(opened.work, f"found.{chunk.number}")
    checked = _check(mapped.rows, opened.table.nested, facts, found)
    return ProcessedChunk(
        number=chunk.number,
        share=chunk.share,
        key=opened.key,
        checked=checked,
        found=found,
        assembled=assemble(checked, opened.source, opened.key),
        mapping=opened.mapping,
        mapped=mapped,
        preamble=opened.table.preamble if chunk.number == 1 else 0,
        mends=opened.kept.name_batches(sent) if opened.kept else (),
    )


def _check(rows: pl.DataFrame, nested: bool, facts: RowFacts, found: Spool) -> Checked:
    """Check the rows; the findings are put aside, some at a time."""
    parts = []
    for part in check_in_parts(rows, nested=nested, facts=facts):
        found.put(part.findings)
        parts.append(replace(part, findings=part.findings.clear()))
    return join_parts(parts)
