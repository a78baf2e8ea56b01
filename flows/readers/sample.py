"""Reads the beginning of a file of any format, as it is, to draft its source's settings from."""

import re
from pathlib import Path

import polars as pl

from flows import formats
from flows.batch import Batch
from flows.errors import BatchError
from flows.readers import open_table
from flows.readers.csv_dialect import rewrite
from flows.readers.csv_form import MOST_ABOVE, CsvForm, find_csv_form, header_at
from flows.readers.csv_header import read_header
from flows.readers.parquet_sample import sample_of_parquet, trimmed
from flows.readers.table import Table
from flows.readers.workbook import WorkbookTable
from flows.sources.draft.sample import MOST_ROWS, Proven, Sample, groups_above
from flows.sources.map_header import refuse_unseen
from flows.sources.names import our_name
from flows.sources.source import Source
from flows.sources.synonyms import find_meaning

FEWEST_NAMES = 2
"""Of a header: a word among cells may be called as a column by chance."""


def read_sample(batch: Batch) -> Sample:
    """The file's first rows; raises BatchError when it cannot be read as a table."""
    if batch.format is formats.CSV:
        return _of_csv(batch)
    if batch.format is formats.PARQUET:
        return sample_of_parquet(batch)
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
        above=groups_above(form.records[form.header_at - 1], len(header)) if form.header_at else (),
    )


def _refuse_no_header(header: tuple[str, ...]) -> None:
    """Raise BatchError for a row that is no header: its cells would be told as names of columns."""
    refuse_unseen(header)
    names = [name.strip() for name in header]
    known = sum(1 for name in names if our_name(name) or find_meaning(name))
    if known < FEWEST_NAMES and any(re.search(r"^[0-9.,:/ -]+$|@", name) for name in names):
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


def _of_table(batch: Batch) -> Sample:
    """A file of any other format, by its own reader; its header is the first row."""
    first, table = _open_at_first_row(batch)
    rows = _first_rows(table)
    row = 1 if table.nested else _header_row(table.header, rows) or first
    above: tuple[str, ...] = ()
    if row > first:
        above = _above(batch, row)
        table = open_table(batch, Source(header_row=row))
        rows = _first_rows(table)
    told = Proven(key="header_row", value=row, proof=f"row {row} is the first that names columns of an order")
    return Sample(
        file=batch.file,
        header=table.header,
        header_row=row,
        rows=rows,
        form=(told,) if row > 1 else (),
        is_ours=table.nested,
        is_csv=False,
        above=groups_above(above, len(table.header)),
        stored=table.stored_numbers(MOST_ROWS) if isinstance(table, WorkbookTable) else {},
    )


def _above(batch: Batch, row: int) -> tuple[str, ...]:
    """The row above the header; nothing where it is blank."""
    try:
        return open_table(batch, Source(header_row=row - 1)).header
    except BatchError:
        return ()


def _open_at_first_row(batch: Batch) -> tuple[int, Table]:
    """The number of the first row that is not blank, and the file as a table of which it is the header."""
    for row in range(1, MOST_ABOVE):
        try:
            return row, open_table(batch, Source(header_row=row))
        except BatchError as error:
            if error.code != "has_header":
                raise
    return MOST_ABOVE, open_table(batch, Source(header_row=MOST_ABOVE))


def _first_rows(table: Table) -> pl.DataFrame:
    frames, seen = [], 0
    for frame in table.frames():
        frames.append(frame)
        seen += frame.height
        if seen > MOST_ROWS:
            break
    if not frames:
        raise BatchError("is_not_empty", "The file has no rows.")
    places = [str(at) for at in range(len(table.header))]
    return pl.concat(frames).select(*(trimmed(pl.col(at)).alias(at) for at in places), "row_number")


def _header_row(header: tuple[str, ...], rows: pl.DataFrame) -> int | None:
    """The row that is the header, counted as the table counts its rows; None where the table has taken it for that."""
    first = rows.head(MOST_ABOVE)
    records = [list(header), *([cell or "" for cell in row] for row in first.drop("row_number").iter_rows())]
    at = header_at(records)
    return int(first["row_number"][at - 1]) if at else None
