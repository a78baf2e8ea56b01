"""Finds how a CSV is written that nobody has described yet: its encoding, delimiter, quotes, and where its header stands.

Only for a draft that a person reads: an import detects nothing.
"""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from flows.readers.record_limits import MAX_RECORD
from flows.sources.draft.sample import MOST_ROWS, Proven
from flows.sources.names import our_name
from flows.sources.synonyms import find_meaning

LOOKED_AT = 16 << 20
"""Bytes of a file that are read as records; the encoding is that of all of it."""

BLOCK = 1 << 20
MOST_ABOVE = 60
"""Rows among which the header is looked for."""

DELIMITERS = (",", ";", "\t", "|")
LATIN, OTHERS = ("cp1252", "cp1250", "cp850", "mac_roman"), ("cp1251", "cp932", "gb18030", "latin-1")
"""Codecs that a file may be written in; some of the others take nearly any bytes for text."""

LIKELY = 0.5
"""Less of what is not ASCII than that, and it is no text of a Latin script."""

LAST_LATIN = 0x250
"""Where letters of other scripts begin."""

MOST_ACCENTS = 2
"""Letters with accents in a row; where there are more it is another script, read wrongly."""

_TOLD = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class CsvForm:
    """The file's records as text, that of the header and where it stands among them, and what is to be set to read it so."""

    records: list[list[str]]
    header_at: int
    proven: tuple[Proven, ...]
    questions: tuple[str, ...]


def find_csv_form(path: Path) -> CsvForm:
    """How this file is written."""
    encoding, odd = _find_encoding(path)
    with path.open("rb") as read:
        start = read.read(LOOKED_AT)
    whole = start if len(start) < LOOKED_AT else start[: start.rfind(b"\n") + 1] or start
    text = whole.decode(encoding, errors="replace").removeprefix("\ufeff")
    told = _TOLD.match(text)
    text = text[told.end() :] if told else text
    quoting = [_records(text, mark, '"') for mark in ([told[1]] if told else DELIMITERS)]
    records = max(quoting, key=_score)
    delimiter = told[1] if told else DELIMITERS[quoting.index(records)]
    quote, records, stray = _find_quote(text, delimiter, records)
    at = _header_at(records)
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


def _find_encoding(path: Path) -> tuple[str, list[Proven]]:
    """The codec that reads the file: UTF-8 where it can, else the one in which most letters stand where letters do."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as read:
        try:
            while block := read.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            line = _first_odd_line(path)
    if not line:
        return "utf-8", []
    with path.open("rb") as read:
        start = read.read(LOOKED_AT)
    odd = b"\n".join(each for each in start.split(b"\n") if not each.isascii())
    encoding = _likeliest(odd)
    raw = next((each for number, each in enumerate(start.split(b"\n"), start=1) if number == line), b"")
    letters = [c for c in raw.decode(encoding, errors="replace") if not c.isascii()]
    shown = f", which are {' '.join(dict.fromkeys(letters))} then" if letters else ""
    return encoding, [
        Proven(key="encoding", value=encoding, proof=f"line {line} has bytes that are not UTF-8{shown}")
    ]


def _first_odd_line(path: Path) -> int:
    with path.open("rb") as read:
        for line, raw in enumerate(read, start=1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return line
    return 1


def _likeliest(odd: bytes) -> str:
    """Of codecs that do equally well the first one, which most files have."""
    latin = max(LATIN, key=lambda name: _likeness(odd, name))
    if _likeness(odd, latin) >= LIKELY:
        return latin
    other = max(OTHERS, key=lambda name: _likeness(odd, name))
    return other if _likeness(odd, other) > _likeness(odd, latin) else latin


def _likeness(odd: bytes, encoding: str) -> float:
    """How much of what is not ASCII looks as text does in this codec."""
    try:
        text = odd.decode(encoding)
    except UnicodeDecodeError:
        return -1
    marks = re.findall(r"[^\x00-\x7f]+", text)
    return sum(len(run) for run in marks if _looks_right(run)) / max(1, sum(map(len, marks)))


def _looks_right(run: str) -> bool:
    if not all(c.isalpha() or c in "€£–—’‘“”„…°·«»ー　、。" for c in run):
        return False
    is_latin = all(ord(c) < LAST_LATIN or not c.isalpha() for c in run)
    return len(run) <= MOST_ACCENTS or not is_latin


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
    at = _header_at(records)
    width = len(records[at]) if records else 0
    alike = sum(len(record) == width for record in records[at:])
    return _names(records[at]) if records else 0, alike / max(1, len(records) - at) * (width > 1), width


def _header_at(records: list[list[str]]) -> int:
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
    at = _header_at(records)
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
    if encoding != "utf-8":
        asked.append(
            f"is the encoding {encoding}? Look at names with accents in what an import makes of them."
        )
    if not records or not _names(records[at]):
        asked.append("no row names a column that is known here: which row is the header (header_row)?")
    widths = Counter(len(record) for record in records[at + 1 :] if record)
    if widths and len(records[at]) not in widths:
        asked.append("the rows have another number of cells than the header: is it this row?")
    return asked
