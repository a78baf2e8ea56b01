"""Reads the first rows of a Parquet file as they are, whatever their types, to draft its source's settings from."""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows.batch import Batch
from flows.errors import BatchError
from flows.readers.csv_header import refuse_wide
from flows.readers.parquet import UNREADABLE
from flows.readers.parquet_sandbox import batches, read_in_sandbox, refusal
from flows.readers.parquet_schema import convert, is_readable, stand_in, with_texts
from flows.readers.parquet_types import as_text, flatten
from flows.sandbox import Verdict
from flows.sources.draft.sample import Sample


def sample_of_parquet(batch: Batch) -> Sample:
    """The first rows; raises BatchError when the file cannot be read."""
    read_in_sandbox(batch.path)
    try:
        with pq.ParquetFile(batch.path) as file:
            refuse_wide(file.metadata.num_columns)
            own = file.schema_arrow
        first = next(batches(batch.path), pa.RecordBatch.from_pylist([], schema=own))
        typed = pl.from_arrow(_with_texts(first, stand_in(own)))
        if not isinstance(typed, pl.DataFrame):
            raise refusal(Verdict.DAMAGED)
        flat = flatten(typed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("\0")))
    except UNREADABLE:
        raise refusal(Verdict.DAMAGED) from None
    names = [name for name in flat.columns if name != "\0"]
    rows = flat.select(
        *(trimmed(as_text(name, flat.schema[name])).alias(str(at)) for at, name in enumerate(names)),
        row_number="\0",
    )
    return Sample(
        file=batch.file,
        header=tuple(names),
        header_row=1,
        rows=rows,
        types={at: kind for at, name in enumerate(names) if (kind := _kind(flat.schema[name]))},
        questions=tuple(
            f"column {name} is stored as {own.field(name).type}, which is not read here: what is it?"
            for name in own.names
            if not is_readable(own.field(name).type) and not pa.types.is_decimal(own.field(name).type)
        ),
        is_csv=False,
    )


def _with_texts(first: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """The rows with bytes as texts, as an import reads them in columns that it uses; as they are where they are none."""
    try:
        return convert(first, with_texts(schema, set(schema.names)))
    except BatchError:
        return convert(first, schema)


def trimmed(cell: pl.Expr) -> pl.Expr:
    """A cell without spaces around it, null where nothing stands in it."""
    text = cell.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _kind(dtype: pl.DataType) -> str | None:
    if dtype.is_integer():
        return "integer"
    return "float" if dtype.is_float() else None
