"""Finds the encoding of a CSV that nobody has described yet: UTF-8 where it can be, else the one whose letters stand where letters do.

Only for a draft that a person reads: an import detects nothing.
"""

import codecs
import re
from pathlib import Path

from flows.sources.draft.sample import Proven

LOOKED_AT = 16 << 20
"""Bytes of a file that are read as records; whether it is UTF-8 all of it is asked."""

BLOCK = 1 << 20

LATIN, OTHERS = ("cp1252", "cp1250", "cp850", "mac_roman"), ("cp1251", "cp932", "gb18030", "latin-1")
"""Codecs that a file may be written in; some of the others take nearly any bytes for text."""

LIKELY = 0.5
"""Less of what is not ASCII than that, and it is no text of a Latin script."""

LAST_LATIN = 0x250
"""Where letters of other scripts begin."""

MOST_ACCENTS = 2
"""Letters with accents in a row; where there are more it is another script, read wrongly."""

WIDE = "utf-16"

HALF_WIDTH = ("\uff61", "\uff9f")
"""Kana that a Japanese codec makes of Chinese bytes, and that no file of today has."""


def find_wide(path: Path) -> str:
    """UTF-16 where the file begins with its mark, as a spreadsheet's Unicode text does; else UTF-8."""
    with path.open("rb") as read:
        return WIDE if read.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"


def find_encoding(path: Path) -> tuple[str, list[Proven]]:
    """The codec that reads the file: UTF-8 where it can, else the one in which most letters stand where letters do."""
    if find_wide(path) == WIDE:
        return WIDE, [Proven(key="encoding", value=WIDE, proof="the file begins with its mark")]
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
    if not all(c.isalpha() or c in "€£–—’‘“”„…°·«»ー　、。：（）／０１２３４５６７８９" for c in run):
        return False
    if any(HALF_WIDTH[0] <= c <= HALF_WIDTH[1] for c in run):
        return False
    is_latin = all(ord(c) < LAST_LATIN or not c.isalpha() for c in run)
    return len(run) <= MOST_ACCENTS or not is_latin
