"""Opens a batch: its rows as a table, how its columns map to ours, and the chunks of whole orders that it is cut into."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.batch import Batch
from flows.errors import printable
from flows.formats import HAS_OUR_NAMES
from flows.frames import Chunk, OversizedOrder, TableForm
from flows.intake.snapshot import unpack
from flows.pipeline.chunking import bearable_chunks, chunk_rows_of, cut_chunks
from flows.pipeline.concurrency import prefetch
from flows.progress import notify
from flows.readers import open_table
from flows.readers.kept_cells import KeptLookup
from flows.readers.kept_references import count_unkept, find_places, find_sender
from flows.readers.rejected_rows import RejectedRows
from flows.readers.ruled_table import apply_rules
from flows.readers.second_header import refuse_other_order
from flows.readers.table import Table, no_rows
from flows.settings import Settings
from flows.sources.column_mapping import ColumnMapping
from flows.sources.fit_header import map_columns
from flows.sources.source import Source
from flows.sources.tell import find_header_warnings

UNHELD = (
    "This is a fix file. {} could not be held against the rejected rows that were kept: whether a spreadsheet has changed"
    " their order numbers, ids or codes was not checked."
)

OTHERS = (
    "This is a fix file of the source {0}, and its orders are of {1} now: sent as {0} too, they are there twice. Whether a"
    " spreadsheet has changed their order numbers, ids or codes was not checked."
)


@dataclass(frozen=True, kw_only=True)
class OpenBatch:
    """What all chunks of a batch are processed by; `key` is that of the order ids, `work` a folder for rows put aside.

    `rules` are the settings of its source that hold for it.
    `kept` is where to ask what was kept of the rows of a fix file; None of other files, and without a database.
    """

    file: str
    source: str
    rules: Source
    key: bytes
    work: Path
    table: Table
    mapping: ColumnMapping
    runs: pl.DataFrame
    kept: KeptLookup | None = None

    def chunk_rows(self, most_rows: int) -> int:
        """How many rows a chunk of it should have, so many at most."""
        return chunk_rows_of(self.table, self.runs, most_rows)

    def bounded(self, settings: Settings, rows: int) -> Settings:
        """The settings, with fewer of its chunks at a time where so many rows make them large."""
        return settings.within(bearable_chunks(self.table, self.runs, rows))

    def form(self) -> TableForm:
        """What is kept of the table; a fix file's names are those of the first file."""
        return TableForm(header=self.mapping.header, nested=self.table.nested)

    def general_findings(self) -> pl.DataFrame:
        """The findings on the batch as a whole."""
        return find_header_warnings(self.mapping, self.table.preamble + 1)

    def notes(self) -> tuple[str, ...]:
        """What is true of the batch beside what becomes of its rows."""
        return (*self.table.notes, *self._notes_on_fix_file())

    def _notes_on_fix_file(self) -> tuple[str, ...]:
        if not self.mapping.is_fix_file:
            return ()
        if self.kept is None:
            return (UNHELD.format("Without a database its rows"),)
        sender = find_sender(self.kept.came, self.source, self.kept.settings)
        if sender is not None:
            return (OTHERS.format(printable(sender), self.source),)
        missing = count_unkept(self.table, self.source, self.kept.settings)
        return (UNHELD.format(f"Of its rows {missing:,}"),) if missing else ()

    @contextmanager
    def chunks(self, rows: int, done: Collection[int] = ()) -> Iterator[Iterator[Chunk | OversizedOrder]]:
        """The chunks of about so many rows, but for those that are done, of which it is told; one is read ahead."""
        with prefetch(self._cut(rows)) as found:
            yield _not_in(done, found, self.file)

    def _cut(self, rows: int) -> Iterator[Chunk | OversizedOrder]:
        """The chunks; where nothing stands below the header, one for the rows above it, which are counted too."""
        if self.runs.is_empty() and self.table.preamble:
            yield Chunk(number=1, rows=no_rows(self.table), share=1.0)
        yield from cut_chunks(self.table, self.runs, rows, self.work)


def open_batch(batch: Batch, source: Source, settings: Settings, key: bytes) -> OpenBatch:
    """Open a batch that is written so; raises BatchError when it cannot be read."""
    own = batch if batch.replay_of else replace(batch, format=source.format_of(batch.file))
    rules = source.of_our_names() if own.format in HAS_OUR_NAMES else source
    if batch.replay_of:
        table: Table = RejectedRows(settings, batch.replay_of)
    else:
        table = open_table(unpack(own, source.encoding), rules)
    mapping = map_columns(table.header, rules)
    table = apply_rules(table, mapping)
    runs = table.runs(mapping.order_number)
    refuse_other_order(table, runs, mapping.place_of("orderNumber"))
    return OpenBatch(
        file=batch.file,
        source=batch.source,
        rules=source,
        key=key,
        work=batch.path.parent,
        table=table,
        mapping=mapping,
        runs=runs,
        kept=_look_up_kept(batch, source, settings, table) if mapping.is_fix_file else None,
    )


def _look_up_kept(batch: Batch, rules: Source, settings: Settings, table: Table) -> KeptLookup:
    return KeptLookup(
        settings=settings, source=batch.source, rules=rules, header=table.header, came=find_places(table)
    )


def _not_in(
    done: Collection[int], found: Iterator[Chunk | OversizedOrder], file: str
) -> Iterator[Chunk | OversizedOrder]:
    for chunk in found:
        if chunk.number in done:
            notify(file, 0, chunk.share)
        else:
            yield chunk
