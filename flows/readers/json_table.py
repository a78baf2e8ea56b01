"""Reads a JSON file as frames of its flat form: a row an order, as in a nested Parquet, numbered by its line or its place."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import polars as pl

from flows.errors import BatchError
from flows.readers.json_part_file import read_rows
from flows.readers.json_records import read_entries, read_lines
from flows.readers.json_spool import FAULT, HINT, NUMBER, Spooled, spool_orders
from flows.readers.nested_rows import flatten_in_parts, row_sizes
from flows.readers.record_limits import RecordLimits, rows_at_once
from flows.readers.table import Table
from flows.sources.names import our_name
from flows.sources.source import Source
from validators.findings import shorten
from validators.order_model import MEMBERS, REQUIRED

ROWS = 16_384
"""Flat rows that are handed over at a time."""

MOST_NAMED = 5


class JsonTable(Table):
    """The orders of a JSON; see table.Table."""

    nested = True

    def __init__(self, orders: Spooled, source: Source) -> None:
        """A table of these orders; raises BatchError when nothing in it is one."""
        seen = {*orders.heads, *(f"items.{name}" for name in orders.items)}
        _refuse_others(orders, [*orders.heads])
        ours = [path for path in MEMBERS if path in seen]
        others = [name for name in orders.heads if name not in MEMBERS]
        of_items = [name for name in (f"items.{name}" for name in orders.items) if name not in MEMBERS]
        self.header = (*ours, *others, *of_items, *_missing({*seen}, source))
        self.size, self.records = 0, orders.records
        self._parts = orders.parts

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; raises BatchError when rows are too long."""
        size, room = 0, RecordLimits()
        at_once = rows_at_once(len(self.header), ROWS)
        for part in self._parts:
            for flat in _flat_rows(part, at_once):
                frame = self._numbered(flat)
                sizes = row_sizes(frame)
                size += int(sizes.sum())
                room.take_all(sizes.to_numpy())
                service = ["row_number", "line", "fault", "fault_hint"]
                yield frame.select(*columns, *service) if columns else frame
        self.size = size

    def _numbered(self, flat: pl.DataFrame) -> pl.DataFrame:
        there, absent = set(flat.columns), pl.lit(None, dtype=pl.String)
        return flat.select(
            *(
                (pl.col(name) if name in there else absent).alias(str(at))
                for at, name in enumerate(self.header)
            ),
            row_number=NUMBER,
            line=pl.lit(None, dtype=pl.Int64),
            fault=FAULT,
            fault_hint=HINT,
        )


def _flat_rows(part: Path, at_once: int) -> Iterator[pl.DataFrame]:
    for rows in read_rows(part):
        for _, flat in flatten_in_parts(rows, at_once):
            yield from flat.iter_slices(
                at_once
            )  # of an order's items there were fewer columns when they were written


def open_lines(path: Path, source: Source) -> Table:
    """A JSON Lines file as a table: an order's row is its line."""
    return _open(path, source, read_lines)


def open_list(path: Path, source: Source) -> Table:
    """A JSON with a list of orders as a table, an order's row its place in it from 1; or with one order."""
    return _open(path, source, read_entries)


def _open(path: Path, source: Source, read: Callable[[Path], Iterable[bytes]]) -> Table:
    return JsonTable(spool_orders(read(path), path.with_name("orders")), source)


def _refuse_others(orders: Spooled, names: list[str]) -> None:
    """Raise BatchError where no record is JSON, or none has a member of an order."""
    if orders.unread and not names and not orders.items:
        raise BatchError("is_json", f"No order can be read. The first one: {orders.first_hint}")
    if names and not orders.items and not any(map(our_name, names)):
        told = ", ".join(shorten(name) for name in names[:MOST_NAMED])
        raise BatchError(
            "holds_orders",
            f"No order stands in the file: its members are {told}. It must be an order, or a list of orders, each with"
            " members such as orderNumber and toAddress.",
        )


def _missing(seen: set[str], source: Source) -> Iterator[str]:
    """A column of each group that every order needs, where none is in the file: that it is missing is told of each order."""
    given = seen | source.defaults.keys() | source.if_blank.keys()
    return (group[0] for group in REQUIRED if not given & set(group))
