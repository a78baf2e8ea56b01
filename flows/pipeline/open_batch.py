"""Opens a batch: its rows as a table, how its columns map to ours, and the chunks of whole orders that it is cut into."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.batch import Batch
from flows.frames import Chunk, TableForm
from flows.intake.snapshot import unpack
from flows.pipeline.chunking import chunk_rows_of, cut_chunks
from flows.pipeline.concurrency import prefetch
from flows.progress import notify
from flows.readers import open_table
from flows.readers.rejected_rows import RejectedRows
from flows.readers.ruled_table import apply_rules
from flows.readers.table import Table, no_rows
from flows.settings import Settings
from flows.sources.column_mapping import ColumnMapping, map_columns
from flows.sources.tell import find_header_warnings


@dataclass(frozen=True, kw_only=True)
class OpenBatch:
    """What all chunks of a batch are processed by; `key` is that of the order ids, `work` a folder for rows put aside."""

    file: str
    source: str
    key: bytes
    work: Path
    table: Table
    mapping: ColumnMapping
    runs: pl.DataFrame

    def form(self, most_rows: int) -> TableForm:
        """What is kept of the table, in chunks of so many rows at most; a fix file's names are those of the first file."""
        rows = chunk_rows_of(self.table, self.runs, most_rows)
        return TableForm(header=self.mapping.header, nested=self.table.nested, chunk_rows=rows)

    def general_findings(self) -> pl.DataFrame:
        """The findings on the batch as a whole."""
        return find_header_warnings(self.mapping, self.table.preamble + 1)

    @contextmanager
    def chunks(self, rows: int, done: Collection[int] = ()) -> Iterator[Iterator[Chunk]]:
        """The chunks of about so many rows, but for those that are done, of which it is told; one is read ahead."""
        with prefetch(self._cut(rows)) as found:
            yield _not_in(done, found, self.file)

    def _cut(self, rows: int) -> Iterator[Chunk]:
        """The chunks; where nothing stands below the header, one for the rows above it, which are counted too."""
        if self.runs.is_empty() and self.table.preamble:
            yield Chunk(number=1, rows=no_rows(self.table), share=1.0)
        yield from cut_chunks(self.table, self.runs, rows, self.work)


def open_batch(batch: Batch, settings: Settings, key: bytes) -> OpenBatch:
    """Open a batch; raises BatchError when it cannot be read, or its source may not send."""
    source = settings.source(batch.source)
    if batch.replay_of:
        table: Table = RejectedRows(settings, batch.replay_of)
    else:
        own = replace(batch, format=settings.format_of(batch.source, batch.file))
        table = open_table(unpack(own, source.encoding), source)
    mapping = map_columns(table.header, source)
    table = apply_rules(table, mapping)
    return OpenBatch(
        file=batch.file,
        source=batch.source,
        key=key,
        work=batch.path.parent,
        table=table,
        mapping=mapping,
        runs=table.runs(mapping.order_number),
    )


def _not_in(done: Collection[int], found: Iterator[Chunk], file: str) -> Iterator[Chunk]:
    for chunk in found:
        if chunk.number in done:
            notify(file, 0, chunk.share)
        else:
            yield chunk
