"""From a chunk's rows as delivered to what is to be written of it: named, checked, assembled, settled."""

from dataclasses import dataclass, replace

import polars as pl

from flows.assemble import assemble
from flows.identify import unpacked
from flows.layouts import Plan, as_sent, our_rows, plan
from flows.model import Batch, MachineError
from flows.read import read
from flows.read.kept import KeptTable
from flows.rows import Assembled, Chunk, Form, Said, Settled, Table
from flows.settings import Settings
from flows.settle import settle
from validators.order import Checked, check


def judge_of(batch: Batch, settings: Settings, key: bytes) -> "Judge":
    """Open a batch to be judged; raises BatchError when it cannot be read, or its source may not send."""
    layout = settings.layout(batch.source)
    if batch.replay_of:
        table: Table = KeptTable(settings, batch.replay_of)
    else:
        table = read(unpacked(batch), layout)
    return Judge(table=table, how=plan(table.header, layout), source=batch.source, key=key)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A chunk after its checks; what the database knows is asked when it is settled. `key` is that of the ids."""

    number: int
    share: float
    key: bytes
    checked: Checked
    assembled: Assembled
    delivered: pl.DataFrame
    blank: int

    def settled(self, assembled: Assembled, said: Said) -> Settled:
        """Answer every order; `assembled` are ours, some perhaps with other ids by now.

        Raises MachineError when the counts do not come out: then nothing of the chunk is to be written.
        """
        settled = settle(self.checked, assembled, self.delivered, said)
        rows_read = settled.counts.rows_read + self.blank
        counts = replace(settled.counts, rows_read=rows_read, rows_blank=self.blank)
        if not counts.come_out():
            raise MachineError("Rows of the file do not add up; this is a fault of ours, please report it.")
        return replace(settled, number=self.number, counts=counts)


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What all chunks of a batch are judged by."""

    table: Table
    how: Plan
    source: str
    key: bytes

    def runs(self) -> pl.DataFrame:
        """The runs of the rows, by their order numbers; see runs.RUNS."""
        return self.table.runs(self.how.order_number)

    def form(self, chunk_rows: int) -> Form:
        """The table's form, in chunks of so many rows; the names of a fix file are those of the first file."""
        return Form(header=self.how.header, nested=self.table.nested, chunk_rows=chunk_rows)

    def judge(self, chunk: Chunk) -> Judged:
        """Check and assemble the chunk's orders."""
        kept = isinstance(self.table, KeptTable)  # as they were sent already
        sent = chunk.rows if kept else as_sent(chunk.rows, self.how)
        rows, blank = our_rows(sent, self.how)
        checked = check(rows, nested=self.table.nested)
        numbered = pl.col("row_number").is_in(rows["row_number"].implode())
        return Judged(
            number=chunk.number,
            share=chunk.share,
            key=self.key,
            checked=checked,
            assembled=assemble(checked, self.source, self.key),
            delivered=sent.filter(numbered) if blank else sent,
            blank=blank,
        )
