"""Opens a batch: its rows as a table, how its columns map to ours, and the chunks of whole orders that it is cut into."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.batch import Batch, Layout
from flows.frames import Chunk, TableForm
from flows.intake.snapshot import unpack
from flows.pipeline.chunking import chunk_rows_of, cut_chunks
from flows.pipeline.concurrency import prefetch
from flows.progress import notify
from flows.readers import open_table
from flows.readers.column_mapping import ColumnMapping, find_unknown_columns, map_columns
from flows.readers.rejected_rows import RejectedRows
from flows.readers.table import Table
from flows.settings import Settings


@dataclass(frozen=True, kw_only=True)
class OpenBatch:
    """What all chunks of a batch are processed by; `key` is that of the order ids, `work` a folder for rows put aside."""

    file: str
    source: str
    layout: Layout
    key: bytes
    work: Path
    table: Table
    mapping: ColumnMapping
    runs: pl.DataFrame

    def chunk_rows(self, most_rows: int) -> int:
        """How many rows a chunk of it should have, so many at most."""
        return chunk_rows_of(self.table, self.runs, most_rows)

    def form(self) -> TableForm:
        """What is kept of the table; a fix file's names are those of the first file."""
        return TableForm(header=self.mapping.header, nested=self.table.nested)

    def general_findings(self) -> pl.DataFrame:
        """The findings on the batch as a whole."""
        return find_unknown_columns(self.mapping)

    @contextmanager
    def chunks(self, rows: int, done: Collection[int] = ()) -> Iterator[Iterator[Chunk]]:
        """The chunks of about so many rows, but for those that are done, of which it is told; one is read ahead."""
        with prefetch(cut_chunks(self.table, self.runs, rows, self.work)) as found:
            yield _not_in(done, found, self.file)


def open_batch(batch: Batch, layout: Layout, settings: Settings, key: bytes) -> OpenBatch:
    """Open a batch that is written so; raises BatchError when it cannot be read."""
    if batch.replay_of:
        table: Table = RejectedRows(settings, batch.replay_of)
    else:
        table = open_table(unpack(batch), layout)
    mapping = map_columns(table.header, layout)
    return OpenBatch(
        file=batch.file,
        source=batch.source,
        layout=layout,
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
