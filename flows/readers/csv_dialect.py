"""Rewrites a CSV in a source's own encoding or quoting as the readers expect it: UTF-8, with cells quoted by \"."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from flows.errors import BatchError
from flows.readers.record_limits import MAX_RECORD
from flows.sources.source import Source

BLOCK = 1 << 20
QUOTE = '"'


def rewrite(path: Path, source: Source) -> None:
    """Rewrite the file in place where its source writes otherwise; raises BatchError for bytes that it cannot read."""
    if codecs.lookup(source.encoding).name == "utf-8" and source.quote == QUOTE:
        return
    plain = path.with_name("rewritten")
    try:
        with plain.open("x", encoding="utf-8", newline="") as write:
            for text in _requoted(path, source):
                write.write(text)
    except UnicodeDecodeError:
        raise _unreadable(path, source.encoding) from None
    plain.replace(path)


def _requoted(path: Path, source: Source) -> Iterator[str]:
    with path.open(encoding=source.encoding, errors="strict", newline="") as read:
        if source.quote == QUOTE:
            while block := read.read(BLOCK):
                yield block
        elif source.quote:
            yield from _with_other_quotes(read, source)
        else:
            yield from _with_quotes(read, source.delimiter)


def _with_quotes(read: TextIO, delimiter: str) -> Iterator[str]:
    """A file without quoting, in which a quote is a quote: its cells that have one are quoted."""
    cell = re.compile(f'[^{re.escape(delimiter)}\r\n]*"[^{re.escape(delimiter)}\r\n]*')
    held = ""
    while block := read.read(BLOCK):
        text, mark, held = (held + block).rpartition("\n")
        yield cell.sub(_quoted, text + mark)
        if len(held) > MAX_RECORD:
            raise BatchError("fits_record", "A row is longer than 16 MiB.")
    yield cell.sub(_quoted, held)


def _quoted(cell: re.Match[str]) -> str:
    return f'"{cell[0].replace(QUOTE, QUOTE * 2)}"'


def _with_other_quotes(read: TextIO, source: Source) -> Iterator[str]:
    """A file with another mark for quotes, record by record."""
    csv.field_size_limit(MAX_RECORD)
    lines = _Lines(read)
    records = csv.reader(lines, delimiter=source.delimiter, quotechar=source.quote, strict=True)
    try:
        for cells in records:
            yield source.delimiter.join(map(_written, cells)) + lines.end
    except csv.Error:
        raise BatchError(
            "has_sound_quotes",
            f"The row that ends on line {records.line_num} has a quote that is stray or never closed.",
        ) from None


class _Lines:
    """A file's lines; `end` is how the last one ended."""

    def __init__(self, stream: TextIO) -> None:
        self.end, self._stream = "\n", stream

    def __iter__(self) -> Iterator[str]:
        for line in self._stream:
            self.end = line[len(line.rstrip("\r\n")) :]
            yield line


def _written(cell: str) -> str:
    return (
        f'"{cell.replace(QUOTE, QUOTE * 2)}"' if re.search('["\r\n]', cell) else f'"{cell}"' if cell else cell
    )


def _unreadable(path: Path, encoding: str) -> BatchError:
    """Name the first line that the codec cannot read."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as read:
        for raw in read:
            try:
                decoder.decode(raw)
            except UnicodeDecodeError:
                break
            line += 1
    return BatchError(
        "has_declared_encoding", f"Line {line} has bytes that {encoding}, the source's encoding, cannot read."
    )
