"""Reads a Parquet file as frames of its flat form: text as a CSV would hold it, exact to the last digit.

Flat files come as text or as real types; nested ones, a row an order, with structs and lists.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import BatchError
from flows.readers.csv_header import refuse_wide
from flows.readers.nested_rows import flatten_in_parts, row_sizes
from flows.readers.parquet_sandbox import BATCH_ROWS, batches, read_in_sandbox, refusal
from flows.readers.parquet_schema import convert, refuse_inexact, stand_in, used_columns, with_texts
from flows.readers.parquet_seam import refuse_joined
from flows.readers.parquet_types import as_text, unfold
from flows.readers.record_limits import RecordLimits
from flows.readers.table import Table
from flows.sandbox import Verdict
from flows.sources.map_header import read_header_by
from flows.sources.source import Source
from flows.sources.steps_of_rows import decimal_signs
from validators.order_model import MEMBERS

# What the two libraries raise for a file that they cannot read; a panic of Polars' is no Exception.
UNREADABLE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)

_NUMBER = "\0"  # the rows' numbers, under a name that no file has


class ParquetTable(Table):
    """A Parquet file; see table.Table. Its first row is row 1."""

    def __init__(self, path: Path, source: Source) -> None:
        """Look at the file's own schema; raises BatchError when it cannot be read, or a column's type will not do."""
        refuse_joined(path)
        read_in_sandbox(path)
        self._path = path
        own = _own_schema(path)
        self._schema = stand_in(own)
        empty = _frame(self._schema.empty_table())
        self.nested = isinstance(empty.schema.get("items"), pl.List)
        unfolded = _unfolded_schema(empty)
        self.header = tuple(unfolded)
        mapping = read_header_by(self.header, source)
        refuse_inexact(unfolded, own, mapping, path)
        self._schema = with_texts(self._schema, used_columns(mapping))
        self._integers = {
            at for at, members in mapping.columns.items() if any(_is_integer(member) for member in members)
        }
        self._signs = decimal_signs(mapping)
        self.size = 0
        self.records = pq.read_metadata(path).num_rows  # which the trial has found to be true

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See table.Table; raises BatchError when rows are too long.

        All columns are read, whichever are wanted: what is wrong must show before the first chunk is loaded.
        """
        seen, size, room = 0, 0, RecordLimits()
        service = ["row_number", "line", "fault", "fault_hint"]
        try:
            for batch in batches(self._path, BATCH_ROWS):
                numbers = pl.int_range(seen + 1, seen + 1 + batch.num_rows, dtype=pl.Int64)
                seen += batch.num_rows
                rows = _frame(convert(batch, self._schema)).with_columns(numbers.alias(_NUMBER))
                for orders, flat in flatten_in_parts(rows, BATCH_ROWS):
                    frame = self._numbered(flat)
                    if frame["row_number"].n_unique() != orders:
                        raise refusal(Verdict.DAMAGED)
                    sizes = row_sizes(frame)
                    size += int(sizes.sum())
                    room.take_all(sizes.to_numpy())
                    yield frame.select(*columns, *service) if columns else frame
            self.size = size
        except UNREADABLE:
            raise refusal(Verdict.DAMAGED) from None

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(
            *(self._text(frame, name, at).alias(str(at)) for at, name in enumerate(self.header)),
            row_number=_NUMBER,
            line=pl.lit(None, dtype=pl.Int64),
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )

    def _text(self, frame: pl.DataFrame, name: str, at: int) -> pl.Expr:
        """The cells of a column; a number as its source writes numbers."""
        kind = frame.schema[name]
        text = as_text(name, kind, is_integer=at in self._integers)
        return (
            text.str.replace(".", self._signs[at], literal=True)
            if at in self._signs and kind.is_numeric()
            else text
        )


def _own_schema(path: Path) -> pa.Schema:
    """The file's own columns."""
    try:
        with pq.ParquetFile(path) as file:
            refuse_wide(file.metadata.num_columns)
            schema = file.schema_arrow
    except (*UNREADABLE, ValueError):
        raise refusal(Verdict.DAMAGED) from None
    twice = [name for name, times in Counter(schema.names).items() if times > 1]
    if twice:
        raise BatchError(
            "has_each_column_once", f"These columns stand twice in the file: {', '.join(twice)}."
        )
    return schema


def _is_integer(member: str) -> bool:
    return member in MEMBERS and MEMBERS[member].kind == "integer"


def _unfolded_schema(empty: pl.DataFrame) -> pl.Schema:
    try:
        return unfold(empty).schema
    except pl.exceptions.DuplicateError:
        raise BatchError(
            "has_each_column_once", "A column stands beside a struct that holds it too."
        ) from None


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame
