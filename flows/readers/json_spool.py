"""Decodes a JSON file once, and puts its orders aside on disk as columns of text, from which they are read at will.

This is a loop over orders in Python, of which there are few here. Of an order every value has to be looked at by itself,
for its type and its name, and what makes columns of JSON at once rounds numbers (see json_decode). An order of two or
three items takes 30 to 45 µs: half of it to decode, a third to look at it, the rest to put it aside; with all that comes
behind it a batch takes two to three times the processor time of its CSV.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from flows.errors import BatchError
from flows.memory import without_collector
from flows.readers.csv_header import MAX_COLUMNS
from flows.readers.json_cells import Cells
from flows.readers.json_decode import OrderDecoder, UnreadableError
from flows.readers.json_faults import Fault
from flows.readers.json_order import ReadOrder
from flows.readers.json_part_file import ITEMS, Row, write_rows
from flows.readers.order_runs import MAX_ROWS
from validators.findings import FAULT_SEPARATOR, HINT_SEPARATOR

UNREADABLE = "is_json_object"

PART_ORDERS, PART_BYTES = 2_000, 2 << 20
"""Orders, and bytes of them as JSON, that are decoded before they are put aside: Python's values take ten times as much."""

NUMBER, FAULT, HINT = "\1row", "\1fault", "\1hint"
"""Columns of a part beside the members, under names that no member has."""


class Spooled(NamedTuple):
    """`parts` are files in file order; `heads` and `items` the columns in them as they were first seen, items' without `items.`.

    `records` are all that there are, `unread` those that are no JSON object; `first_hint` is what is wrong with the first.
    """

    parts: list[Path]
    heads: list[str]
    items: list[str]
    records: int
    unread: int
    first_hint: str


def spool_orders(records: Iterable[bytes], folder: Path) -> Spooled:
    """Decode all records, each an order, into files of the folder; raises BatchError when they are too many or too wide."""
    folder.mkdir(exist_ok=True)
    spool = _Spool(folder)
    # Values of JSON are trees: looking for circles in them takes a fifth of the time, and finds none.
    with without_collector():
        for text in records:
            spool.add(text)
    return spool.end()


class _Spool:
    def __init__(self, folder: Path) -> None:
        self._folder, self._decoder = folder, OrderDecoder()
        self._heads: Cells = {}
        self._items: Cells = {}
        self._rows: list[Row] = []
        self._parts: list[Path] = []
        self._bytes = self._records = self._unread = 0
        self._first_hint = ""

    def add(self, text: bytes) -> None:
        """Take one record; a blank line is one too."""
        self._records += 1
        if self._records > MAX_ROWS:
            raise BatchError("fits_rows", f"The file has more than {MAX_ROWS:,} orders. Send it in several.")
        self._rows.append(self._read(text) if text.strip() else {NUMBER: self._records})
        self._bytes += len(text)
        if self._bytes > PART_BYTES or len(self._rows) >= PART_ORDERS:
            self._put_aside()

    def end(self) -> Spooled:
        """Put the rest aside."""
        self._put_aside()
        return Spooled(
            self._parts, list(self._heads), list(self._items), self._records, self._unread, self._first_hint
        )

    def _read(self, text: bytes) -> Row:
        """The row of an order."""
        try:
            order = ReadOrder(self._decoder.decode(text), is_odd=self._decoder.is_odd)
        except UnreadableError as error:
            self._first_hint = self._first_hint or f"{error}"
            self._unread += 1
            return {NUMBER: self._records, FAULT: UNREADABLE, HINT: f"{error}"}
        self._heads.update(order.head)
        for item in order.items:
            self._items.update(item)
        self._refuse_wide()
        row: Row = order.head | {NUMBER: self._records}
        if order.faults:
            row |= _faults(order.faults)
        return row | {ITEMS: order.items}

    def _refuse_wide(self) -> None:
        columns = len(self._heads) + len(self._items)
        if columns > MAX_COLUMNS:
            raise BatchError(
                "fits_columns",
                f"Its orders have more than {MAX_COLUMNS:,} different members, by order {self._records}.",
            )

    def _put_aside(self) -> None:
        text = pa.large_string()
        heads = dict.fromkeys(self._heads, text) | {NUMBER: pa.int64(), FAULT: text, HINT: text}
        self._parts.append(self._folder / f"{len(self._parts)}.arrow")
        write_rows(self._parts[-1], self._rows, heads, self._items or ("itemId",))
        self._rows, self._bytes = [], 0


def _faults(faults: list[Fault]) -> dict[str, object]:
    return {
        FAULT: FAULT_SEPARATOR.join(each.fault for each in faults),
        HINT: HINT_SEPARATOR.join(each.hint for each in faults),
    }
