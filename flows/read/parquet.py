"""From a Parquet file to frames of its flat form: text as a CSV would hold it, exact to the last digit.

Flat files come as text or as real types; nested ones, a row an order, with structs and lists. A type that
cannot hold the member exactly (money in floats, postal codes in integers) refuses the batch by the column's name.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.model import BatchError, Layout
from flows.read.nested import flat, leaves, unfolded
from validators.model import MEMBERS, METADATA, Kind

BATCH_ROWS = 50_000

# What the two libraries raise for a file that they cannot read; a panic of Polars' is no Exception.
UNREADABLE = (pa.ArrowException, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)

_NUMBER = "\0"  # the rows' numbers, under a name that no file has


class ParquetTable:
    """A Parquet file; see rows.Table. Its first row is row 1."""

    def __init__(self, path: Path, layout: Layout) -> None:
        """Look at the file's own schema; raises BatchError when it is no Parquet or a column's type will not do."""
        self._path = path
        empty = _empty(path)
        self._names = empty.columns
        self.nested = isinstance(empty.schema.get("items"), pl.List)
        schema = _unfolded_schema(empty)
        members = {theirs.strip().lower(): ours.strip().lower() for theirs, ours in layout.columns.items()}
        for name, dtype in schema.items():
            key = name.strip().lower()
            _refuse_type(name, dtype, _kind(members.get(key, key)))
        self.header = tuple(schema)

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See rows.Table; raises BatchError when the file is damaged further on.

        All columns are decoded, whichever are wanted: what is damaged must show before the first chunk is loaded.
        """
        seen = 0
        only = self._columns(columns)
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    numbers = pl.int_range(seen + 1, seen + 1 + batch.num_rows, dtype=pl.Int64)
                    frame = _frame(pa.Table.from_batches([batch]).select(only)).with_columns(
                        numbers.alias(_NUMBER)
                    )
                    seen += batch.num_rows
                    rows = self._numbered(flat(frame))
                    if rows["row_number"].n_unique() != batch.num_rows:
                        raise damaged()
                    yield rows
        except UNREADABLE:
            raise damaged() from None

    def _columns(self, columns: list[str] | None) -> list[str]:
        """Which of the file's own columns hold these; of a file with structs, the whole is as good."""
        if columns is None or self._names != list(self.header):
            return self._names
        return [self.header[int(at)] for at in columns]

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(
            *(
                _text(name, frame.schema[name]).alias(str(at))
                for at, name in enumerate(self.header)
                if name in frame.columns
            ),
            row_number=_NUMBER,
            line=pl.lit(None, dtype=pl.Int64),
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )


def _unfolded_schema(empty: pl.DataFrame) -> pl.Schema:
    try:
        return unfolded(empty).schema
    except pl.exceptions.DuplicateError:
        raise BatchError(
            "has_each_column_once", "A column stands beside a struct that holds it too."
        ) from None


def damaged() -> BatchError:
    """What the sender of a Parquet file is told that cannot be read."""
    return BatchError("is_parquet", "The Parquet file is cut short or damaged. Send the whole file again.")


def _empty(path: Path) -> pl.DataFrame:
    """The file's columns without a row."""
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            twice = [name for name, times in Counter(schema.names).items() if times > 1]
            if twice:
                raise BatchError(
                    "has_each_column_once", f"These columns stand twice in the file: {', '.join(twice)}."
                )
            _refuse_foreign(schema)
            return _frame(schema.empty_table())
    except (*UNREADABLE, ValueError):
        raise damaged() from None


def _refuse_foreign(schema: pa.Schema) -> None:
    """Raise BatchError for a column of a type that Polars has no place for, such as a time in a zone of its own."""
    for field in schema:
        try:
            _frame(pa.schema([field]).empty_table())
        except UNREADABLE:
            raise BatchError(
                "has_exact_types", f"Column {field.name} is stored as {field.type}; store it as text."
            ) from None


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame


def _kind(name: str) -> Kind | None:
    """What a column holds, by its name in lower case; None for one that is in no order, and may be of any type."""
    if name.startswith(METADATA):
        return "text"
    return _KINDS.get(name)


def _refuse_type(name: str, dtype: pl.DataType, kind: Kind | None) -> None:
    """Raise BatchError unless values of this type are the member exactly."""
    if kind is None or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return
    if kind == "json" and any(leaf.is_float() for leaf in leaves(dtype)):
        raise BatchError(
            "has_exact_types",
            f"Column {name} holds floats, which are not exact; store its numbers as decimals.",
        )
    exact = isinstance(dtype, pl.Decimal) or dtype.is_integer()
    fits = {
        "text": False,
        "json": dtype.is_nested(),
        "integer": exact,
        "decimal": exact,
        "boolean": dtype == pl.Boolean,
    }
    if not fits[kind]:
        raise BatchError(
            "has_exact_types", f"Column {name} is stored as {dtype}; store it as {_BETTER[kind]}."
        )


_KINDS: dict[str, Kind] = {path.lower(): member.kind for path, member in MEMBERS.items()}
_BETTER = {
    "text": "text (a number has lost its leading zeros)",
    "json": "JSON text",
    "integer": "integer or text",
    "decimal": "decimal or text (a float is not exact)",
    "boolean": "boolean or text",
}


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Binary:
        return column.bin.encode("base64")
    if dtype == pl.Duration:
        return column.dt.to_string()
    return column.cast(pl.String) if dtype != pl.String else column
