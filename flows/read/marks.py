"""From a CSV's bytes to what its marks say: where its records end, and that every quote stands where one may."""

import codecs
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from flows.read.header import not_utf8
from flows.read.size import Room

# Bytes that are looked at together: they and what is made of them stay in the processor's cache.
BLOCK = 1 << 20

# Records that are read together: some twenty MB of text and as much of cells, and few enough calls.
PIECE = 50_000

QUOTE, LF, CR = b'"\n\r'
BOM = codecs.BOM_UTF8

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

_NONE: Places = np.empty(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class Marks:
    """`long`: the records (from 0) that take several lines, each once or twice, and how many lines that adds.

    `cuts`: where the first record begins, then where every PIECE records end, and the end.
    """

    records: int
    blank: int
    long: tuple[Places, Places]
    cuts: list[int]


def look_at_marks(text: Bytes, delimiter: str) -> Marks | None:
    """Look at all bytes behind the header; None where a quote, a CR or a byte order mark stands where none may.

    Raises BatchError when the bytes are not UTF-8, or records are too long.
    """
    look, decoder = _Look(text=text, delimiter=ord(delimiter)), codecs.getincrementaldecoder("utf-8")()
    sound = True
    try:
        for start in range(0, len(text), BLOCK):
            block = text[start : start + BLOCK]
            decoder.decode(block.data)
            sound = sound and look.add(start, block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise not_utf8() from None
    return look.marks() if sound else None


@dataclass(kw_only=True)
class _Look:
    """What was seen so far; `end` is where the last record ended, the place behind its line feed."""

    text: Bytes
    delimiter: int
    records: int = 0
    blank: int = 0
    end: int = 0
    is_open: bool = False
    long: list[tuple[Places, Places]] = field(default_factory=lambda: [(_NONE, _NONE)])
    cuts: list[int] = field(default_factory=lambda: [0])
    room: Room = field(default_factory=Room)

    def add(self, start: int, block: Bytes) -> bool:
        """Whether all is well in this block."""
        is_mark = (block == QUOTE) | (block == LF) | (block == CR) | (block == BOM[0])
        places = np.flatnonzero(is_mark) + start
        marks = self.text[places]
        is_quote = marks == QUOTE
        inside = (np.cumsum(is_quote) + int(self.is_open)) % 2 == 1  # behind the mark
        sound = self._quotes_are_sound(places[is_quote], inside[is_quote])
        others = places[~is_quote & ~inside]
        if not sound or self._is_stray(others):
            return False
        is_end = marks == LF
        self._close(places[is_end & ~inside] + 1, places[is_end & inside])
        self.is_open = bool(inside[-1]) if inside.size else self.is_open
        return True

    def marks(self) -> Marks | None:
        """All of them; None when the last quote is not closed."""
        if self.is_open:
            return None
        if self.end < len(self.text):  # no line feed behind the last record
            self._close(np.array([len(self.text) + 1]), _NONE)
        end = len(self.text)
        cuts = list(dict.fromkeys(min(cut, end) for cut in (*self.cuts, end)))
        records, lines = (np.concatenate(parts) for parts in zip(*self.long, strict=True))
        return Marks(records=self.records, blank=self.blank, long=(records, lines), cuts=cuts)

    def _quotes_are_sound(self, places: Places, opens: NDArray[np.bool_]) -> bool:
        """A quote opens at a cell's start and closes at its end; two together inside a cell stand for one."""
        before = self._at(places[opens] - 1)
        behind = self._at(places[~opens] + 1)
        starts = (before == QUOTE) | (before == self.delimiter) | (before == LF)
        ends = (behind == QUOTE) | (behind == self.delimiter) | (behind == LF) | (behind == CR)
        return bool(starts.all() and ends.all())

    def _is_stray(self, places: Places) -> bool:
        """Outside quotes readers take these for different things: a CR alone ends a row or is text, a byte
        order mark is taken off where reading begins, which is not the file's first byte.
        """
        marks, behind = self._at(places), self._at(places + 1)
        is_bom = (marks == BOM[0]) & (behind == BOM[1]) & (self._at(places + 2) == BOM[2])
        is_alone = (marks == CR) & ((behind != LF) | (places + 1 == len(self.text)))
        return bool((is_alone | is_bom).any())

    def _close(self, ends: Places, lines: Places) -> None:
        """Take the records that end at `ends`, and the `lines` that end inside quotes."""
        # Counted a record, for a record of nothing but line feeds must not take more memory than it takes bytes.
        records, counts = np.unique(np.searchsorted(ends, lines), return_counts=True)
        self.long.append((records + self.records, counts))
        sizes = np.diff(ends, prepend=self.end)
        with_cr = self._at(ends - 2) == CR
        self.blank += int(((sizes == 1) | ((sizes == 2) & with_cr)).sum())  # noqa: PLR2004 - CR and LF
        self.room.take_all(sizes)
        self.cuts += ends[(-self.records - 1) % PIECE :: PIECE].tolist()
        self.records += ends.size
        self.end = int(ends[-1]) if ends.size else self.end

    def _at(self, places: Places) -> Bytes:
        """The bytes there; before the first and behind the last a line ends."""
        there = (places >= 0) & (places < len(self.text))
        return np.where(there, self.text[np.where(there, places, 0)], LF)
