"""Reads the beginning of a file of any format, as it is, to draft its source's settings from."""

import re
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from flows import formats
from flows.batch import Batch
from flows.errors import BatchError
from flows.readers import open_table
from flows.readers.csv_dialect import rewrite
from flows.readers.csv_form import CsvForm, find_csv_form
from flows.readers.csv_header import read_header, refuse_wide
from flows.readers.parquet import UNREADABLE
from flows.readers.parquet_sandbox import Verdict, batches, read_in_sandbox, refusal
from flows.readers.parquet_schema import convert, is_readable, stand_in, with_texts
from flows.readers.parquet_types import as_text, flatten
from flows.sources.column_mapping import refuse_unseen
from flows.sources.draft.sample import MOST_ROWS, Proven, Sample
from flows.sources.names import our_name
from flows.sources.source import Source
from flows.sources.synonyms import find_meaning


def read_sample(batch: Batch) -> Sample:
    """The file's first rows; raises BatchError when it cannot be read as a table."""
    if batch.format is formats.CSV:
        return _of_csv(batch)
    if batch.format is formats.PARQUET:
        return _of_parquet(batch)
    return _of_table(batch)


def _of_csv(batch: Batch) -> Sample:
    form = find_csv_form(batch.path)
    set_ = {each.key: each.value for each in form.proven}
    source = Source(
        encoding=str(set_.get("encoding", "utf-8")),
        delimiter=str(set_.get("delimiter", ",")),
        quote=str(set_.get("quote", '"')),
        header_row=form.header_at + 1,
    )
    path = rewrite(batch.path, source)  # as an import does it: what that refuses is told here
    read_header(path, source.delimiter, source.header_row)
    header = tuple(form.records[form.header_at])
    _refuse_no_header(header)
    return Sample(
        file=batch.file,
        header=header,
        header_row=form.header_at + 1,
        rows=_rows(form, len(header)),
        form=(*form.proven, *_endings(batch.file)),
        questions=form.questions,
    )


def _refuse_no_header(header: tuple[str, ...]) -> None:
    """Raise BatchError for a row that is no header: its cells would be told as names of columns."""
    refuse_unseen(header)
    names = [name.strip() for name in header]
    if not any(our_name(name) or find_meaning(name) for name in names) and any(
        re.search(r"^[0-9.,:/ -]+$|@|^[0-9]{4}-[0-9]{2}-[0-9]{2}", name) for name in names
    ):
        raise BatchError("has_header", "No row of the file names columns: send it with a header.")


def _rows(form: CsvForm, width: int) -> pl.DataFrame:
    records = form.records[form.header_at + 1 :]
    cells = [
        [record[at].strip() or None if at < len(record) else None for record in records]
        for at in range(width)
    ]
    return pl.DataFrame(
        [pl.Series(str(at), column, dtype=pl.String) for at, column in enumerate(cells)]
    ).with_columns(row_number=pl.int_range(pl.len(), dtype=pl.Int64) + form.header_at + 2)


def _endings(file: str) -> list[Proven]:
    """What the file's name ends with, where that is not the ending of a CSV."""
    plain = file.lower().removesuffix(formats.PACKED)
    ending = Path(plain).suffix
    if not ending or plain.endswith(formats.CSV.suffixes):
        return []
    return [Proven(key="files", value=[ending], proof="the ending of the file's name")]


def _of_parquet(batch: Batch) -> Sample:
    read_in_sandbox(batch.path)
    try:
        with pq.ParquetFile(batch.path) as file:
            refuse_wide(file.metadata.num_columns)
            own = file.schema_arrow
        schema = _with_texts(stand_in(own))
        first = next(batches(batch.path), pa.RecordBatch.from_pylist([], schema=own))
        typed = pl.from_arrow(convert(first, schema))
        if not isinstance(typed, pl.DataFrame):
            raise refusal(Verdict.DAMAGED)
        flat = flatten(typed.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("\0")))
    except UNREADABLE:
        raise refusal(Verdict.DAMAGED) from None
    names = [name for name in flat.columns if name != "\0"]
    rows = flat.select(
        *(_trimmed(as_text(name, flat.schema[name])).alias(str(at)) for at, name in enumerate(names)),
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


def _with_texts(schema: pa.Schema) -> pa.Schema:
    """Bytes as texts, as an import reads them in columns that it uses."""
    return with_texts(schema, set(schema.names))


def _trimmed(cell: pl.Expr) -> pl.Expr:
    text = cell.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _kind(dtype: pl.DataType) -> str | None:
    if dtype.is_integer():
        return "integer"
    return "float" if dtype.is_float() else None


def _of_table(batch: Batch) -> Sample:
    """A file of any other format, by its own reader; its header is the first row."""
    table = open_table(batch, Source())
    frames, seen = [], 0
    for frame in table.frames():
        frames.append(frame)
        seen += frame.height
        if seen > MOST_ROWS:
            break
    if not frames:
        raise BatchError("is_not_empty", "The file has no rows.")
    places = [str(at) for at in range(len(table.header))]
    rows = pl.concat(frames).select(*(_trimmed(pl.col(at)).alias(at) for at in places), "row_number")
    return Sample(
        file=batch.file,
        header=table.header,
        header_row=table.preamble + 1,
        rows=rows,
        is_ours=table.nested,
        is_csv=False,
    )
