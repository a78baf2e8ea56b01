"""Finds how a CSV is written that nobody has described yet: its encoding, delimiter, quotes, and where its header stands.

Only for a draft that a person reads: an import detects nothing.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from flows.readers.csv_encoding import LOOKED_AT, WIDE, find_encoding
from flows.readers.csv_header import SEPARATOR_LINE
from flows.readers.record_limits import MAX_RECORD
from flows.sources.draft.sample import MOST_ROWS, Proven
from flows.sources.names import our_name
from flows.sources.synonyms import find_meaning

MOST_ABOVE = 60
"""Rows among which the header is looked for."""

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, kw_only=True)
class CsvForm:
    """The file's records as text, that of the header and where it stands among them, and what is to be set to read it so."""

    records: list[list[str]]
    header_at: int
    proven: tuple[Proven, ...]
    questions: tuple[str, ...]


def find_csv_form(path: Path) -> CsvForm:
    """How this file is written."""
    encoding, odd = find_encoding(path)
    with path.open("rb") as read:
        start = read.read(LOOKED_AT)
    whole = start if len(start) < LOOKED_AT else start[: start.rfind(b"\n") + 1] or start
    text = whole.decode(encoding, errors="replace").removeprefix("\ufeff")
    told = SEPARATOR_LINE.match(text)
    text = text[told.end() :] if told else text
    quoting = [_records(text, mark, '"') for mark in ([told[1]] if told else DELIMITERS)]
    records = max(quoting, key=_score)
    delimiter = told[1] if told else DELIMITERS[quoting.index(records)]
    quote, records, stray = _find_quote(text, delimiter, records)
    at = header_at(records)
    proven = [
        *odd,
        *_of_delimiter(delimiter, records[at] if records else [], at + 1),
        *([Proven(key="quote", value=quote, proof=stray)] if quote != '"' else []),
        *([_of_header(at)] if at else []),
    ]
    return CsvForm(
        records=records,
        header_at=at,
        proven=tuple(proven),
        questions=tuple(_questions(encoding, records, at)),
    )


def _records(text: str, delimiter: str, quote: str) -> list[list[str]]:
    csv.field_size_limit(MAX_RECORD)
    lines = io.StringIO(text, newline="")
    reader = (
        csv.reader(lines, delimiter=delimiter, quotechar=quote)
        if quote
        else csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    )
    records: list[list[str]] = []
    try:
        for record in reader:
            records.append(record)
            if len(records) > MOST_ROWS:
                break
    except csv.Error:
        pass
    return records


def _score(records: list[list[str]]) -> tuple[int, float, int]:
    """How well records are those of a file of orders: names in one of the first, and as many cells in the others."""
    at = header_at(records)
    width = len(records[at]) if records else 0
    alike = sum(len(record) == width for record in records[at:])
    return _names(records[at]) if records else 0, alike / max(1, len(records) - at) * (width > 1), width


def header_at(records: list[list[str]]) -> int:
    """The first of the records that names most columns; the first one that is not blank where none names any."""
    first = records[:MOST_ABOVE]
    names = [_names(record) for record in first]
    if max(names, default=0) > 1:
        return names.index(max(names))
    return next((at for at, record in enumerate(first) if any(cell.strip() for cell in record)), 0)


def _names(record: list[str]) -> int:
    return sum(1 for cell in set(record) if our_name(cell) or find_meaning(cell))


def _find_quote(text: str, delimiter: str, records: list[list[str]]) -> tuple[str, list[list[str]], str]:
    """The mark that cells are quoted by; none where quotes stand as they like, and one line is one record throughout."""
    at = header_at(records)
    names = [cell.strip() for cell in records[at] if cell.strip()] if records else []
    if names and all(name[0] == name[-1] == "'" for name in names if name):
        return "'", _records(text, delimiter, "'"), f"row {at + 1}: names stand in '"
    plain = _records(text, delimiter, "")
    quoted = [
        (number, cell) for number, record in enumerate(plain, start=1) for cell in record if '"' in cell
    ]
    width = len(plain[at]) if len(plain) > at else 0
    is_even = all(len(record) in (width, 0) for record in plain[at:])
    stray = next((row for row, cell in quoted if not re.fullmatch(r'"(?:[^"]|"")*"', cell.strip())), None)
    if stray and is_even and not any(re.fullmatch(r'".*"', cell.strip()) for _, cell in quoted):
        return "", plain, f'row {stray} has a " that closes nothing'
    return '"', records, ""


def _of_delimiter(delimiter: str, names: list[str], row: int) -> list[Proven]:
    if delimiter == "," or len(names) < 2:  # noqa: PLR2004
        return []
    return [
        Proven(key="delimiter", value=delimiter, proof=f"row {row}: it stands between {len(names)} names")
    ]


def _of_header(at: int) -> Proven:
    return Proven(
        key="header_row", value=at + 1, proof=f"row {at + 1} is the first that names columns of an order"
    )


def _questions(encoding: str, records: list[list[str]], at: int) -> list[str]:
    asked = []
    if encoding not in ("utf-8", WIDE):
        asked.append(
            f"is the encoding {encoding}? Look at names with accents in what an import makes of them."
        )
    if not records or not _names(records[at]):
        asked.append("no row names a column that is known here: which row is the header (header_row)?")
    widths = Counter(len(record) for record in records[at + 1 :] if record)
    if widths and len(records[at]) not in widths:
        asked.append("the rows have another number of cells than the header: is it this row?")
    return asked
