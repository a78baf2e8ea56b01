"""A table whose source's rules say which order a row is of: numbers filled down or made by steps, rows that are skipped."""

from collections.abc import Iterator

import polars as pl

from flows.fix_file.restore import restore_cells
from flows.readers.nameless_rows import NamelessRows
from flows.readers.order_runs import find_runs, hash_numbers
from flows.readers.table import Table
from flows.sources.cell_faults import CELL_FAULTS
from flows.sources.column_mapping import ColumnMapping
from flows.sources.conditions import holds_any
from flows.sources.orders import (
    SKIPPED,
    fill_down,
    mark_skipped,
    number_columns,
    order_numbers,
)

_NUMBER = "number"
"""The order number of a row, as its source's rules make it."""


class RuledTable(Table):
    """Another table's rows with the rules applied that come before an order's rows are known."""

    def __init__(self, table: Table, mapping: ColumnMapping) -> None:
        self.header, self.nested, self.is_restored = table.header, table.nested, True
        self._fills = bool(mapping.source.fill_down) and not mapping.is_fix_file
        self._restores = mapping.is_fix_file and not table.is_restored
        self.records, self.preamble, self.notes = table.records, table.preamble, table.notes
        self._table, self._mapping = table, mapping

    @property
    def size(self) -> int:  # type: ignore[override]
        """See table.Table."""
        return self._table.size

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; with the column SKIPPED where there are rules of that kind."""
        frames = self._table.frames(self._read(columns))
        sent = map(restore_cells, frames) if self._restores else frames  # a rule sees cells as they came
        marked = (mark_skipped(frame, self._mapping) for frame in sent)
        filled = fill_down(marked, self._mapping) if self._fills else marked
        service = ["row_number", "line", "fault", "fault_hint", CELL_FAULTS, SKIPPED]
        for frame in filled:
            there = [name for name in service if name in frame.columns]
            yield frame.select(*columns, *there) if columns else frame

    def runs(self, order_number: str | None) -> pl.DataFrame:  # noqa: ARG002 - of another table's
        """See table.Table; by the numbers that the rules make, whichever columns they come from."""
        mapping = self._mapping
        if not number_columns(mapping):
            return super().runs(None)
        numbered = (
            frame.with_columns(order_numbers(frame, mapping).alias(_NUMBER)) for frame in self.frames()
        )
        if self.nested:  # the rows of an order have one number, of which there is always one
            return find_runs(hash_numbers(frame[_NUMBER], frame["row_number"]) for frame in numbered)
        place = mapping.place_of("orderNumber")
        name = "" if place is None else mapping.header[place].strip().lower()
        nameless = NamelessRows(column=_NUMBER, name=name)
        runs = find_runs(nameless.keys(self._without_skipped_orders(numbered)))
        self.nameless = nameless.found()
        return runs

    def _without_skipped_orders(self, frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The frames, the rows of `skip_orders` marked as those of `skip_rows` are.

        For one rule holds of both (R22): what the source skips does not count, so a row without a number below it may be
        of the nearest order above that is one of ours; and one that says itself that it is skipped is nobody's. Any row
        of an order may say so, also one that comes later: all are looked at before.
        """
        rules, places = self._mapping.source.skip_orders, self._mapping.places
        if not rules:
            yield from frames
            return
        skipped = self._skipped_orders()
        for rows in frames:
            own = pl.col(SKIPPED) if SKIPPED in rows.columns else pl.lit(None, dtype=pl.Int32)
            gone = holds_any(rules, places) | pl.lit(hash_numbers(rows[_NUMBER]).is_in(skipped.implode()))
            yield rows.with_columns(pl.when(gone).then(pl.coalesce(own, 1)).otherwise(own).alias(SKIPPED))

    def _skipped_orders(self) -> pl.Series:
        """The keys of the orders of which a row says that they are skipped."""
        keys = [pl.Series([], dtype=pl.UInt64)]
        for rows in self.frames():
            saying = rows.filter(holds_any(self._mapping.source.skip_orders, self._mapping.places))
            if saying.height:
                keys.append(hash_numbers(order_numbers(saying, self._mapping)).drop_nulls().unique())
        return pl.concat(keys).unique()

    def _read(self, columns: list[str] | None) -> list[str] | None:
        """The columns that have to be read for these: those that a rule looks at too, and all where numbers are filled down."""
        if columns is None or self._fills:
            return None
        looked_at = (name for rule in self._mapping.source.skip_rows for name in rule.columns())
        places = {str(at) for name in looked_at if (at := self._mapping.place(name)) is not None}
        return sorted({*columns, *places}, key=int)


def apply_rules(table: Table, mapping: ColumnMapping) -> Table:
    """The table, with the rules of its source where these matter before orders are known."""
    source = mapping.source
    makes_numbers = mapping.order_number is None and bool(number_columns(mapping))
    fills = source.fill_down and not mapping.is_fix_file
    is_ruled = fills or source.skip_rows or source.skip_orders or makes_numbers
    return RuledTable(table, mapping) if is_ruled else table
