"""Rewrites a CSV in a source's own encoding or quoting as the readers expect it: UTF-8, with cells quoted by \"."""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TextIO

from flows.errors import BatchError
from flows.readers.csv_header import SEPARATOR_LINE
from flows.readers.declared_encoding import refuse_utf8
from flows.readers.record_limits import MAX_RECORD
from flows.readers.unreadable_line import unreadable
from flows.sources.source import Source

BLOCK = 1 << 20

QUOTE = '"'
BYTE_ORDER_MARK = "\ufeff"


def rewrite(path: Path, source: Source) -> Path:
    """The file as the readers expect it: itself, or a copy beside it; raises BatchError for bytes that it cannot read.

    The file stays as it is: whoever reads it once more, after a lost connection, rewrites it from its own bytes.
    """
    if codecs.lookup(source.encoding).name == "utf-8" and source.quote == QUOTE:
        return path
    plain = path.with_name("rewritten")
    try:
        with plain.open("w", encoding="utf-8", newline="") as write:
            for text in _requoted(path, source):
                write.write(text)
    except UnicodeError:  # of UTF-16 without its mark it is no UnicodeDecodeError
        raise unreadable(path, source.encoding) from None
    refuse_utf8(path, source.encoding)
    return plain


def _requoted(path: Path, source: Source) -> Iterator[str]:
    with path.open(encoding=source.encoding, errors="strict", newline="") as read:
        first = _line(read).removeprefix(BYTE_ORDER_MARK)  # which is no part of a name
        told = SEPARATOR_LINE.match(first)
        if told:
            source = replace(source, delimiter=told[1])
            yield first
            first = ""
        if source.quote == QUOTE:
            yield first
            while block := read.read(BLOCK):
                yield block
        elif source.quote:
            yield from _with_other_quotes(
                chain([first] if first else [], iter(lambda: _line(read), "")), source
            )
        else:
            yield from _with_quotes(first, read, source.delimiter)


def _line(read: TextIO) -> str:
    """The next line; raises BatchError for one that is too long, before all of it is in memory."""
    line = read.readline(MAX_RECORD + 1)
    if len(line) > MAX_RECORD:
        raise _too_long()
    return line


def _too_long() -> BatchError:
    return BatchError("fits_record", "A row is longer than 16 MiB.")


def _with_quotes(held: str, read: TextIO, delimiter: str) -> Iterator[str]:
    """A file without quoting, in which a quote is a quote: its cells that have one are quoted."""
    cell = re.compile(f"[^{re.escape(delimiter)}\r\n]+")
    while block := read.read(BLOCK):
        text, mark, held = (held + block).rpartition("\n")
        yield _quoted(text + mark, cell)
        if len(held) > MAX_RECORD:
            raise _too_long()
    yield _quoted(held, cell)


def _quoted(text: str, cell: re.Pattern[str]) -> str:
    return cell.sub(_quoted_cell, text) if QUOTE in text else text


def _quoted_cell(cell: re.Match[str]) -> str:
    return _written(cell[0]) if QUOTE in cell[0] else cell[0]


def _with_other_quotes(lines: Iterable[str], source: Source) -> Iterator[str]:
    """A file with another mark for quotes, record by record."""
    csv.field_size_limit(MAX_RECORD)
    ends = _Ends(lines)
    records = csv.reader(ends, delimiter=source.delimiter, quotechar=source.quote, strict=True)
    try:
        for cells in records:
            yield source.delimiter.join(map(_written, cells)) + ends.last
    except csv.Error:
        raise BatchError(
            "has_sound_quotes",
            f"The row that ends on line {records.line_num} has a quote that is stray or never closed.",
        ) from None


class _Ends:
    """Lines; `last` is how the last one ended."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.last, self._lines = "\n", lines

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.last = line[len(line.rstrip("\r\n")) :]
            yield line


def _written(cell: str) -> str:
    return f'"{cell.replace(QUOTE, QUOTE * 2)}"' if cell else cell
