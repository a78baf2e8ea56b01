"""From a Parquet file to frames of its flat form: text as a CSV would hold it, exact to the last digit.

Flat files come as text or as real types; nested ones, a row an order, with structs and lists. A type that
cannot hold the member exactly (money in floats, postal codes in integers) refuses the batch by the column's name.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.model import BatchError
from flows.read.nested import flat
from validators.model import MEMBERS, Member

BATCH_ROWS = 50_000


class ParquetTable:
    """A Parquet file; see rows.Table. Its first row is row 1."""

    def __init__(self, path: Path) -> None:
        """Look at the file's own schema; raises BatchError when it is no Parquet or a column's type will not do."""
        self._path = path
        self._schema = _schema(path)
        self.nested = any(isinstance(dtype, pl.Struct | pl.List) for dtype in self._schema.values())
        flat_schema = flat(pl.DataFrame(schema=self._schema)).schema if self.nested else self._schema
        for name, dtype in flat_schema.items():
            _refuse_type(name, dtype)
        self.header = tuple(flat_schema)

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See rows.Table; raises BatchError when the file is damaged further on."""
        seen = 0
        only = self._columns(columns)
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=only):
                    frame = _frame(pa.Table.from_batches([batch])).with_columns(
                        row_number=pl.int_range(seen + 1, seen + 1 + batch.num_rows, dtype=pl.Int64)
                    )
                    seen += batch.num_rows
                    yield self._numbered(flat(frame) if self.nested else frame)
        except (pa.ArrowException, OSError, pl.exceptions.PolarsError):
            raise damaged() from None

    def _columns(self, columns: list[str] | None) -> list[str] | None:
        """Which of the file's own columns hold these; of a nested file, the whole is as good."""
        return None if columns is None or self.nested else [self.header[int(at)] for at in columns]

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(
            *(
                _text(name, frame.schema[name]).alias(str(at))
                for at, name in enumerate(self.header)
                if name in frame.columns
            ),
            "row_number",
            line=pl.lit(None, dtype=pl.Int64),
            fault=pl.lit(None, dtype=pl.String),
            fault_hint=pl.lit(None, dtype=pl.String),
        )


def damaged() -> BatchError:
    """What the sender of a Parquet file is told that cannot be read."""
    return BatchError("is_parquet", "The Parquet file is cut short or damaged. Send the whole file again.")


def _schema(path: Path) -> pl.Schema:
    try:
        with pq.ParquetFile(path) as file:
            return _frame(file.schema_arrow.empty_table()).schema
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError):
        raise damaged() from None


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never becomes a Series
    return frame


def _refuse_type(name: str, dtype: pl.DataType) -> None:
    """Raise BatchError unless values of this type are the member exactly."""
    kind = MEMBERS.get(name, _BY_LOWER.get(name.strip().lower(), Member(path=name))).kind
    whole = dtype.is_integer()
    exact = isinstance(dtype, pl.Decimal) or whole
    fits = {"text": False, "json": False, "integer": exact, "decimal": exact, "boolean": dtype == pl.Boolean}[
        kind
    ]
    if not (fits or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        raise BatchError(
            "has_exact_types", f"Column {name} is stored as {dtype}; store it as {_BETTER[kind]}."
        )


_BY_LOWER = {path.lower(): member for path, member in MEMBERS.items()}
_BETTER = {
    "text": "text (a number has lost its leading zeros)",
    "json": "JSON text",
    "integer": "integer or text",
    "decimal": "decimal or text (a float is not exact)",
    "boolean": "boolean or text",
}


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).cast(pl.String) if dtype != pl.String else pl.col(name)
