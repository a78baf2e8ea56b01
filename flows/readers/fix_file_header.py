"""Finds out whether a CSV is a fix file that came back, and what stands between its cells by now.

A spreadsheet writes what its country writes there, whatever stood there before; what the source's own files look
like says nothing of it. So it is taken from the header, of which one name is known.
"""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

from flows.batch import Layout
from flows.fix_file import ROW
from flows.fix_file.formulas import SEPARATORS
from flows.fix_file.restore import is_fix_file
from flows.readers.csv_header import MAX_HEADER
from flows.readers.record_limits import MAX_RECORD

# What some spreadsheets write, and read, before the header.
_SEP_LINE = re.compile(r'^"?sep=.?"?\r?\n', re.IGNORECASE)


def layout_of(path: Path, layout: Layout) -> Layout:
    """The layout by which to read this file: its source's, or that of a fix file with the same names."""
    with path.open("rb") as file:
        start = file.read(MAX_HEADER)
    if ROW.encode() not in start.lower():
        return layout
    text = _SEP_LINE.sub("", start.decode("utf-8-sig", errors="replace"))
    headers = {mark: _first_record(text, mark) for mark in dict.fromkeys((layout.delimiter, *SEPARATORS))}
    found = [mark for mark, names in headers.items() if is_fix_file(tuple(names))]
    # Of several the one that stands between most; of as many the source's.
    return replace(layout, delimiter=max(found, key=lambda mark: len(headers[mark]))) if found else layout


def _first_record(text: str, delimiter: str) -> list[str]:
    csv.field_size_limit(MAX_RECORD)  # of the whole process: the slow reader sets the same
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
