"""From a CSV's bytes to how many records they are, and whether each has as many fields as the header.

This reads the bytes a second and a third way, independent of the reader that will be trusted with the cells: by
their marks, of which every quote has to stand where one may, and by Arrow's parser, which counts the fields.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv

from flows.read.header import Header
from flows.read.marks import CR, LF, Bytes, Marks, look_at_marks

# Arrow holds a block in memory; a record longer than one is left to the slow reader.
BLOCK = 4 << 20


@dataclass(frozen=True, kw_only=True)
class Count:
    """`long_records`: `record` (from 0) of those that take several lines, `extra` lines that they and all before add.

    `cuts`: bytes of the file between which PIECE records stand, or what is left of them.
    """

    records: int
    long_records: pl.DataFrame
    cuts: tuple[int, ...]


def count_records(path: Path, header: Header) -> Count | None:
    """Count them; None where a quote is stray or not closed, or a record is longer or shorter than the header.

    Raises BatchError when the bytes are not UTF-8, or records are too long.
    """
    start = _body(path, header)
    text = np.memmap(path, np.uint8, "r")[start:]
    with ThreadPoolExecutor(1) as aside:
        whole = aside.submit(_whole_records, text, header)
        marks = look_at_marks(text, header.delimiter)
        if marks is None or whole.result() != marks.records - marks.blank:
            return None
    cuts = tuple(start + cut for cut in marks.cuts)
    return Count(records=marks.records, long_records=_long_records(marks), cuts=cuts)


def _body(path: Path, header: Header) -> int:
    """Where the rows begin."""
    with path.open("rb") as stream:
        return sum(len(stream.readline()) for _ in range(header.lines))


def _whole_records(text: Bytes, header: Header) -> int | None:
    """How many records Arrow sees, blank lines aside; None when one of them has not the header's fields."""
    if not text.size or not np.any((text[:BLOCK] != LF) & (text[:BLOCK] != CR)):
        return 0 if text.size < BLOCK else None  # Arrow takes nothing but blank lines for no CSV
    columns = [str(at) for at in range(len(header.names))]
    try:
        with csv.open_csv(
            pa.BufferReader(pa.py_buffer(text)),
            csv.ReadOptions(column_names=columns, block_size=BLOCK, use_threads=False),
            csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
            csv.ConvertOptions(include_columns=columns[:1], column_types={columns[0]: pa.binary()}),
        ) as records:
            return sum(int(batch.num_rows) for batch in records)
    except pa.ArrowInvalid:
        return None


def _long_records(marks: Marks) -> pl.DataFrame:
    records, lines = marks.long
    each = pl.DataFrame({"record": records, "extra": lines}).group_by("record", maintain_order=True).sum()
    return each.with_columns(pl.col("extra").cum_sum())
