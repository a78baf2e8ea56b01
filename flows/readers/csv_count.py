"""Counts a CSV's records in two more ways, and whether each has as many fields as the header.

This reads the bytes a second and a third way, independent of the reader that will be trusted with the cells: by
their marks, of which every quote has to stand where one may, and by Arrow's parser, which counts the fields.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv

from flows.readers.csv_header import Header, not_utf8
from flows.readers.csv_quotes import CR, LF, QuoteScan, scan_quotes
from flows.readers.mapped_text import MappedText
from flows.readers.order_runs import RUNS, find_runs, hash_numbers

# Arrow holds a block in memory; a record longer than one is left to the slow reader.
BLOCK = 4 << 20

# Blocks whose order numbers are looked at together: ten thousand rows each, and few enough calls.
BLOCKS = 8


@dataclass(frozen=True, kw_only=True)
class Count:
    """`is_equal`: whether each record has as many fields as the header.

    `long_records`: `record` (from 0) of those that take several lines, `extra` lines that they and all before add.
    `crowded`: those of them that may have as many delimiters as two rows; all that have are among them.
    `cuts`: places in the file between which some records stand, each with how many are before it.
    `runs`: those of the order numbers (see order_runs.RUNS); None where blank lines have shifted them, or no column has any.
    """

    records: int
    is_equal: bool
    long_records: pl.DataFrame
    crowded: pl.Series
    cuts: tuple[tuple[int, int], ...]
    runs: pl.DataFrame | None


def count_records(path: Path, header: Header, order_number: str | None = None) -> Count | None:
    """Count them, and look at the column of the order numbers, where there is one.

    None where a quote is stray or not closed: then nobody can say what a record is.
    Raises BatchError when the bytes are not UTF-8, or records are too long.
    """
    start = _find_body(path, header)
    text = MappedText(path, start)
    try:
        runs, marks = _count_both_ways(text, header, order_number or "0")
    except UnicodeError:
        raise not_utf8(path) from None
    if marks is None:
        return None
    cuts = tuple((start + at, before) for at, before in marks.cuts)
    return Count(
        records=marks.records,
        is_equal=runs is not None and runs["rows"].sum() == marks.records - marks.blank,
        long_records=_long_records(marks),
        crowded=pl.Series(marks.crowded).unique(maintain_order=True),
        cuts=cuts,
        runs=runs if order_number and not marks.blank else None,
    )


def _count_both_ways(
    text: MappedText, header: Header, column: str
) -> tuple[pl.DataFrame | None, QuoteScan | None]:
    """Both looks, at the same time where that is worth a thread."""
    if text.bytes.size <= BLOCK:
        runs = _find_runs_by_arrow(text, header, column)
        return runs, scan_quotes(text.bytes, header.delimiter, len(header.names))
    with ThreadPoolExecutor(1) as aside:
        coming = aside.submit(_find_runs_by_arrow, text, header, column)
        marks = scan_quotes(text.bytes, header.delimiter, len(header.names), text.release)
        return coming.result(), marks


def _find_body(path: Path, header: Header) -> int:
    """Where the rows begin."""
    with path.open("rb") as stream:
        return sum(len(stream.readline()) for _ in range(header.lines))


def _find_runs_by_arrow(text: MappedText, header: Header, column: str) -> pl.DataFrame | None:
    """The runs of the records that Arrow sees, blank lines aside; None when one of them has not the header's fields.

    Raises BatchError when they are too many.
    """
    begin = text.bytes[:BLOCK]
    if not np.any((begin != LF) & (begin != CR)):
        # Arrow takes nothing but blank lines for no CSV.
        return RUNS.to_frame() if text.bytes.size < BLOCK else None
    try:
        with text.stream() as stream, _open_records(stream, header, column) as records:
            return find_runs(map(hash_numbers, _numbers(records, lambda: text.release(stream.tell()))))
    except pa.ArrowInvalid:
        return None


def _open_records(stream: pa.NativeFile, header: Header, column: str) -> csv.CSVStreamingReader:
    return csv.open_csv(
        stream,
        csv.ReadOptions(
            column_names=[str(at) for at in range(len(header.names))], block_size=BLOCK, use_threads=False
        ),
        csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
        csv.ConvertOptions(include_columns=[column], column_types={column: pa.string()}),
    )


def _numbers(records: csv.CSVStreamingReader, release: Callable[[], None]) -> Iterator[pl.Series]:
    """The one column of the records, several blocks at a time."""
    while some := list(islice(records, BLOCKS)):
        release()
        yield pl.Series(pa.chunked_array([block.column(0) for block in some]))


def _long_records(marks: QuoteScan) -> pl.DataFrame:
    records, lines = marks.long
    each = pl.DataFrame({"record": records, "extra": lines}).group_by("record", maintain_order=True).sum()
    return each.with_columns(pl.col("extra").cum_sum())
