"""Reads a CSV's header: the source's names, and where the rows begin."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.errors import BatchError
from flows.readers.record_limits import MAX_RECORD

# A header is looked for in the first MiB; a file whose first record is longer is not one of orders.
MAX_HEADER = 1 << 20

# An order has eighty; with metadata, groups of columns for items, and all that a large system exports besides,
# a thousand or two.
MAX_COLUMNS = 5000


@dataclass(frozen=True, kw_only=True)
class Header:
    """`names` as written; `lines` is how many physical lines the header takes."""

    names: tuple[str, ...]
    lines: int
    delimiter: str


def read_header(path: Path, delimiter: str) -> Header:
    """The header of a CSV; raises BatchError when there is none, or it is not UTF-8, or lines end in CR alone."""
    with path.open("rb") as stream:
        start = stream.read(MAX_HEADER)
    text = _decode(start)
    csv.field_size_limit(MAX_RECORD)  # of the whole process: the slow reader sets the same
    consumed: list[str] = []
    try:
        names = next(csv.reader(_consume_lines(text, consumed), delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise _endless_header() from None
    header = "".join(consumed)
    if len(start) == MAX_HEADER and len(header) == len(text):
        raise _endless_header()
    _refuse_odd(names, header)
    return Header(names=tuple(names), lines=header.count("\n") or 1, delimiter=delimiter)


def _endless_header() -> BatchError:
    return BatchError("has_header", "The header has a quote that is not closed, or is longer than 1 MiB.")


def _refuse_odd(names: list[str], header: str) -> None:
    if "\r" in header.replace("\r\n", ""):
        raise BatchError(
            "has_line_feeds", "Lines end in CR alone, as on very old Macs. Save it with LF or CRLF."
        )
    if not any(name.strip() for name in names):
        raise BatchError(
            "has_header", "The first row is blank; it must be the header with the columns' names."
        )
    refuse_wide(len(names))


def refuse_wide(columns: int) -> None:
    """Raise BatchError when there are more columns than a file of orders has."""
    if columns > MAX_COLUMNS:
        raise BatchError(
            "fits_columns", f"The header has {columns:,} columns; at most {MAX_COLUMNS:,} are read."
        )


def _consume_lines(text: str, consumed: list[str]) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        consumed.append(line)
        yield line


def _decode(start: bytes) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        # A character that the cut at 1 MiB has split is no fault; one that the end of the file has split is.
        return decoder.decode(start, final=len(start) < MAX_HEADER)
    except UnicodeDecodeError:
        raise not_utf8() from None


def not_utf8() -> BatchError:
    return BatchError(
        "is_utf8", "The file is not UTF-8 (perhaps Latin-1 or Windows-1252). Save it as CSV UTF-8."
    )
