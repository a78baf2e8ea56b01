"""Reads a CSV's header: the source's names, and where the rows begin."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
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
    """`names` as written; `row` is its row, `lines` how many physical lines it takes with all that stands above it.

    `source_delimiter` is what the source's files are written with, which of a fix file's `delimiter` may be another.
    """

    names: tuple[str, ...]
    lines: int
    delimiter: str
    row: int = 1
    has_separator_line: bool = False
    source_delimiter: str = ""


def read_header(path: Path, delimiter: str, row: int = 1) -> Header:
    """The header of a CSV, its record of that number; a line `sep=;` above all others says the delimiter, and is none.

    Raises BatchError when there is none, or it is not UTF-8, or lines end in CR alone.
    """
    with path.open("rb") as stream:
        start = stream.read(MAX_HEADER)
    text = _decode(start, path)
    told = SEPARATOR_LINE.match(text)
    delimiter, rest = (told[1], text[told.end() :]) if told else (delimiter, text)
    csv.field_size_limit(MAX_RECORD)  # of the whole process: the strict reader sets the same
    consumed: list[str] = []
    try:
        records = csv.reader(_consume_lines(rest, consumed), delimiter=delimiter, strict=True)
        names = next(islice(records, row - 1, None), [])
    except csv.Error:
        raise _endless_header() from None
    header = "".join(consumed)
    if len(start) == MAX_HEADER and len(header) == len(rest):
        raise _endless_header()
    _refuse_odd(names, header, rest[len(header) : len(header) + 2], row)
    lines = (header.count("\n") or 1) + (1 if told else 0)
    return Header(
        names=tuple(names), lines=lines, delimiter=delimiter, row=row, has_separator_line=bool(told)
    )


# Excel's own first line, which it hides from the sender.
SEPARATOR_LINE = re.compile(r"\"?sep=([,;|\t])\"?\r?\n", re.IGNORECASE)


def _endless_header() -> BatchError:
    return BatchError("has_header", "The header has a quote that is not closed, or is longer than 1 MiB.")


_OTHER_ENDS = re.compile("[\x85\u2028\u2029]")
"""What Unicode and mainframes end a line with, and no CSV; only a file without any line feed can mean it."""


def _refuse_odd(names: list[str], header: str, behind: str, row: int) -> None:
    if not header.endswith(("\n", "\r")) and _OTHER_ENDS.search(header):
        raise BatchError(
            "has_line_feeds", "Lines end in a line separator of Unicode's. Save it with LF or CRLF."
        )
    if header.endswith("\r"):
        if behind == "\r\n":
            raise BatchError(
                "has_line_feeds",
                "Lines end in CR CR LF: the file was converted twice. Save it with LF or CRLF.",
            )
        raise BatchError(
            "has_line_feeds", "Lines end in CR alone, as on very old Macs. Save it with LF or CRLF."
        )
    if not any(name.strip() for name in names):
        where = "The first row is blank" if row == 1 else f"Row {row} is blank, or not there"
        raise BatchError("has_header", f"{where}; it must be the header with the columns' names.")
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


def _decode(start: bytes, path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        # A character that the cut at 1 MiB has split is no fault; one that the end of the file has split is.
        return decoder.decode(start, final=len(start) < MAX_HEADER)
    except UnicodeDecodeError:
        raise not_utf8(path) from None


def not_utf8(path: Path) -> BatchError:
    """What is told of a file that is not UTF-8: the first line that is not, too."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as stream, suppress(UnicodeDecodeError):
        for line, text in enumerate(stream, start=1):  # noqa: B007 - the last one is told
            decoder.decode(text)
    return BatchError(
        "is_utf8",
        f"The file is not UTF-8, on line {line} first (perhaps Latin-1 or Windows-1252). Save it as CSV UTF-8,"
        " or set its encoding in the source's settings.",
    )
