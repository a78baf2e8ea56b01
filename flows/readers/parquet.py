"""Reads a Parquet file as frames of its flat form: text as a CSV would hold it, exact to the last digit.

Flat files come as text or as real types; nested ones, a row an order, with structs and lists.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.sources.source import Source
from flows.errors import BatchError
from flows.readers.csv_header import refuse_wide
from flows.readers.parquet_sandbox import BATCH_ROWS, Verdict, batches, read_in_sandbox, refusal
from flows.readers.parquet_types import flatten, refuse_inexact, unfold
from flows.readers.record_limits import RecordLimits
from flows.readers.table import Table

# What the two libraries raise for a file that they cannot read; a panic of Polars' is no Exception.
UNREADABLE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)

_NUMBER = "\0"  # the rows' numbers, under a name that no file has


class ParquetTable(Table):
    """A Parquet file; see table.Table. Its first row is row 1."""

    def __init__(self, path: Path, source: Source) -> None:
        """Look at the file's own schema; raises BatchError when it cannot be read, or a column's type will not do."""
        read_in_sandbox(path)
        self._path = path
        empty = _empty(path)
        self.nested = isinstance(empty.schema.get("items"), pl.List)
        schema = _unfolded_schema(empty)
        refuse_inexact(schema, source)
        self.header = tuple(schema)
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
                rows = _frame(pa.Table.from_batches([batch])).with_columns(numbers.alias(_NUMBER))
                for part in _split_long_rows(rows):
                    frame = self._numbered(flatten(part))
                    if frame["row_number"].n_unique() != part.height:
                        raise refusal(Verdict.DAMAGED)
                    sizes = _sizes(frame)
                    size += int(sizes.sum())
                    room.take_all(sizes.to_numpy())
                    yield frame.select(*columns, *service) if columns else frame
            self.size = size
        except UNREADABLE:
            raise refusal(Verdict.DAMAGED) from None

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(
            *(_text(name, frame.schema[name]).alias(str(at)) for at, name in enumerate(self.header)),
            row_number=_NUMBER,
            line=pl.lit(None, dtype=pl.Int64),
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )


def _empty(path: Path) -> pl.DataFrame:
    """The file's columns without a row."""
    try:
        with pq.ParquetFile(path) as file:
            refuse_wide(file.metadata.num_columns)
            schema = file.schema_arrow
            twice = [name for name, times in Counter(schema.names).items() if times > 1]
            if twice:
                raise BatchError(
                    "has_each_column_once", f"These columns stand twice in the file: {', '.join(twice)}."
                )
            _refuse_foreign(schema)
            return _frame(schema.empty_table())
    except (*UNREADABLE, ValueError):
        raise refusal(Verdict.DAMAGED) from None


def _refuse_foreign(schema: pa.Schema) -> None:
    """Raise BatchError for a column of a type that Polars has no place for, such as a time in a zone of its own."""
    for field in schema:
        try:
            _frame(pa.schema([field]).empty_table())
        except UNREADABLE:
            raise BatchError(
                "has_exact_types", f"Column {field.name} is stored as {field.type}; store it as text."
            ) from None


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


def _split_long_rows(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows, apart where all their items would be more rows than are handled at a time."""
    if not isinstance(rows.schema.get("items"), pl.List):
        return [rows]
    items = rows["items"].list.len().cast(pl.Int64).fill_null(1).clip(1).cum_sum()
    return rows.with_columns((items // BATCH_ROWS).alias("\1")).partition_by(
        "\1", maintain_order=True, include_key=False
    )


def _sizes(rows: pl.DataFrame) -> pl.Series:
    """What each row takes as text."""
    cells = (pl.col(name).str.len_bytes() for name in rows.columns if name.isdigit())
    return rows.select(size=pl.sum_horizontal(cells).cast(pl.Int64))["size"]


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Binary:
        return column.bin.encode("base64")
    if dtype == pl.Duration:
        return column.dt.to_string()
    return column.cast(pl.String) if dtype != pl.String else column
