"""Rejects an order that no memory holds, and hands its rows on for the fix file a few at a time.

It has one finding, that its rows (its items, where a row is an order) are too many; nothing else is looked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from flows.fix_file.restore import restore_cells
from flows.frames import FINDINGS, RESULTS, Answers, Assembled, ChunkResult, OversizedOrder, StoredState
from flows.pipeline.open_batch import OpenBatch
from flows.pipeline.outcomes import as_they_came, without_nul
from flows.results import Counts
from flows.sources.orders import order_numbers
from flows.sources.skip import count_skipped
from flows.spool import Spool
from validators.normalize import normalize

FEW = 20_000
"""Rows whose cells are made JSON at a time."""

NONE_CREATED = Assembled(
    orders=pl.DataFrame(schema={"order": pl.UInt32, "order_number": pl.String}),
    items=pl.DataFrame(schema={"order": pl.UInt32}),
)


@dataclass(frozen=True, kw_only=True)
class ProcessedOversizedOrder:
    """What is to be written of it, whatever the database knows; see process_chunk.ProcessedChunk."""

    number: int
    share: float
    key: bytes
    result: ChunkResult
    assembled: Assembled = NONE_CREATED
    found: Spool = field(default_factory=Spool)

    def decide(self, _: Assembled, __: StoredState) -> ChunkResult:
        """Answer the order."""
        return self.result


def reject_oversized(opened: OpenBatch, order: OversizedOrder) -> ProcessedOversizedOrder:
    """Answer it with the one finding; its rows are read once to be counted, and again when they are written.

    Where its source's rules skip all of its rows there is no answer.
    """
    first = next(_parts(opened, order))
    rows, items = _count(order)
    skipped, is_whole = count_skipped(_parts(opened, order), opened.mapping)
    above = (
        {"rows above the header": opened.table.preamble}
        if order.number == 1 and opened.table.preamble
        else {}
    )
    preamble, gone = sum(above.values()), sum(skipped.values())
    told = _tell(opened, first, items if opened.table.nested else rows, order.most)
    told = told.clear() if is_whole else told
    result = ChunkResult(
        number=order.number,
        create=NONE_CREATED,
        answers=Answers(
            results=without_nul(_result(told, rows - gone)),
            findings=_spooled(without_nul(told.select(FINDINGS.names()))),
            rejected=as_they_came(first.clear(), told),
            further=None if is_whole else partial(_kept_rows, opened, order),
        ),
        counts=Counts(
            rows_read=rows + preamble,
            rows_rejected=told.height,
            rows_held_back=rows - gone - told.height,
            rows_skipped=gone + preamble,
            orders_rejected=told.height,
            errors=told.height,
        ),
        skipped=above | skipped,
        mends=opened.kept.name_batches(first) if opened.kept else (),
    )
    return ProcessedOversizedOrder(number=order.number, share=order.share, key=opened.key, result=result)


def _spooled(findings: pl.DataFrame) -> Spool:
    spool = Spool()
    spool.put(findings)
    return spool


def _parts(opened: OpenBatch, order: OversizedOrder) -> Iterator[pl.DataFrame]:
    """Its rows as they were sent, a few at a time."""
    restore = opened.mapping.is_fix_file and not opened.table.is_restored
    for part in order.parts():
        for few in part.iter_slices(FEW):
            yield restore_cells(few) if restore else few


def _count(order: OversizedOrder) -> tuple[int, int]:
    """How many rows it has, and how many items when each row of a part is one; of a nested table a row has several."""
    rows, items, last = 0, 0, None
    for part in order.parts():
        numbers = part["row_number"]
        rows += numbers.n_unique() - (numbers[0] == last)
        items, last = items + numbers.len(), numbers[-1]
    return rows, items


def _tell(opened: OpenBatch, first: pl.DataFrame, many: int, most: int) -> pl.DataFrame:
    """The finding, on the order's first row."""
    numbers = (
        normalize(order_numbers(first, opened.mapping).alias("number").to_frame()).to_series().drop_nulls()
    )
    what = "items" if opened.table.nested else "rows"
    told = {
        "first_row": first["row_number"][0],
        "line": first["line"][0],
        "row_number": first["row_number"][0],
        "column_name": "orderNumber",
        "check_name": "fits_order",
        "severity": "error",
        "value": numbers[0] if numbers.len() else None,
        "count": 1,
        "hint": f"This order has {many:,} {what}; at most {most:,} can be one order: send it as several.",
    }
    return pl.DataFrame([told], schema=dict(FINDINGS))


def _result(told: pl.DataFrame, rows: int) -> pl.DataFrame:
    answer = told.select(
        "first_row", order_number="value", outcome=pl.lit("rejected"), code=400, rows=rows, order_id=None
    )
    return answer.cast({name: dtype for name, dtype in RESULTS.items() if name != "at"})


def _kept_rows(opened: OpenBatch, order: OversizedOrder) -> Iterator[pl.DataFrame]:
    """All its rows, to be kept as they came; the items of a nested row are counted on from part to part."""
    first_row = None
    last, items = None, 0
    for rows in _parts(opened, order):
        first_row = rows["row_number"][0] if first_row is None else first_row
        kept = as_they_came(rows, rows.select("row_number", first_row=pl.lit(first_row, dtype=pl.Int64)))
        begun = pl.when(pl.col("row_number") == last).then(items).otherwise(0) if last is not None else 0
        kept = kept.with_columns(item=(pl.col("item") + begun).cast(pl.Int32))
        yield kept
        last, items = kept["row_number"][-1], int(kept["item"][-1]) + 1
