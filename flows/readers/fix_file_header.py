"""Finds out whether a CSV is a fix file that came back, and what stands between its cells by now.

A spreadsheet writes what its country writes there, whatever stood there before; what the source's own files look
like says nothing of it. So it is taken from the header, of which one name is known.
"""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

from flows.fix_file import ROW
from flows.fix_file.formulas import SEPARATORS
from flows.fix_file.restore import is_fix_file
from flows.readers.csv_header import MAX_HEADER
from flows.readers.record_limits import MAX_RECORD
from flows.sources.source import Source

# What some spreadsheets write, and read, before the header.
_SEP_LINE = re.compile(r'^"?sep=.?"?\r?\n', re.IGNORECASE)


def source_of(path: Path, source: Source) -> Source:
    """The settings by which to read this file: its source's, for a fix file without those of a file's own form."""
    with path.open("rb") as file:
        start = file.read(MAX_HEADER)
    if ROW.encode() not in start.lower():
        return source
    text = _SEP_LINE.sub("", start.decode("utf-8-sig", errors="replace"))
    headers = {mark: _first_record(text, mark) for mark in dict.fromkeys((source.delimiter, *SEPARATORS))}
    found = [mark for mark, names in headers.items() if is_fix_file(tuple(names))]
    # Of several the one that stands between most; of as many the source's.
    if not found:
        return source
    delimiter = max(found, key=lambda mark: len(headers[mark]))
    return replace(source, delimiter=delimiter, encoding="utf-8", quote='"', header_row=1, fill_down=None)


def _first_record(text: str, delimiter: str) -> list[str]:
    csv.field_size_limit(MAX_RECORD)  # of the whole process: the slow reader sets the same
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
