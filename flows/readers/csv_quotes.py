"""Scans a CSV's bytes: where its records end, and whether every quote stands where one may."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flows.readers.crowded_records import are_crowded
from flows.readers.record_limits import RecordLimits

# Bytes that are looked at together: they and what is made of them stay in the processor's cache.
BLOCK = 1 << 20

# Bytes that are asked together whether they are UTF-8, and that stay in memory behind the look; a character has four.
LOOK, LONGEST = 64 << 20, 4

# Bytes that are read together: some fifty thousand records, few enough calls; and as a cell takes sixteen bytes
# beside its text, whatever is in it, a piece of nothing but delimiters takes a third of a GB. Of a wide table there
# are more such, and several are in memory.
PIECE, PIECE_OF_WIDE, WIDE = 20 << 20, 4 << 20, 500

QUOTE, LF, CR = b'"\n\r'
BOM = codecs.BOM_UTF8

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class QuoteScan:
    """`long`: the records (from 0) that take several lines, each once or twice, and how many lines that adds.

    `cuts`: where the first record begins, then where one ends that makes PIECE bytes, and the end; each with how many
    records are before it.
    """

    records: int
    blank: int
    long: tuple[Places, Places]
    crowded: Places
    cuts: list[tuple[int, int]]


def scan_quotes(
    text: Bytes, delimiter: str, columns: int = 1, release: Callable[[int], None] = lambda _: None
) -> QuoteScan | None:
    """Look at all bytes behind the header; None where a quote, a CR or a byte order mark stands where none may.

    `release` is told before which place nobody looks again for now. Raises UnicodeError when the bytes are not UTF-8, and
    BatchError when records are too long.
    """
    for start in range(0, len(text), LOOK):
        if not _is_utf8(text[_character(text, start) : _character(text, start + LOOK)]):
            raise UnicodeError
        release(start)
    piece = PIECE if columns <= WIDE else PIECE_OF_WIDE
    look = _Scanner(text=text, delimiter=ord(delimiter), columns=columns, piece=piece)
    for start in range(0, len(text), BLOCK):
        if not look.add(start):
            return None
        if start % LOOK == 0:
            release(start)
    release(len(text))
    return look.marks()


def _character(text: Bytes, at: int) -> int:
    """Where a character begins, there or a few bytes behind; what has more that begin none is not UTF-8 anyway."""
    while 0 < at < len(text) and at % LOOK < LONGEST and text[at] & 0xC0 == 0x80:  # noqa: PLR2004 - a byte that goes on
        at += 1
    return min(at, len(text))


def _is_utf8(text: Bytes) -> bool:
    """Whether all bytes are; Arrow asks as fast as memory can be read, and makes nothing of it."""
    ends = np.array([0, len(text)], np.int64)
    cell = pa.LargeStringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(text))
    try:
        cell.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


@dataclass(kw_only=True)
class _Scanner:
    """What was seen so far; `end` is where the last record ended, the place behind its line feed.

    `long_records`, `long_lines` and `crowded` hold 64-bit integers: arrays of their own would lie about in memory, a
    block's each.
    """

    text: Bytes
    delimiter: int
    columns: int
    records: int = 0
    blank: int = 0
    end: int = 0
    is_open: bool = False
    long_records: bytearray = field(default_factory=bytearray)
    long_lines: bytearray = field(default_factory=bytearray)
    crowded: bytearray = field(default_factory=bytearray)
    piece: int = PIECE
    cuts: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    room: RecordLimits = field(default_factory=RecordLimits)
    spare: NDArray[np.bool_] = field(default_factory=lambda: np.empty((2, BLOCK), np.bool_))

    def add(self, start: int) -> bool:
        """Whether all is well in the block that begins there."""
        around = self._around(start)
        block = around[1:-2]
        places = self._places(block)
        marks = block[places]
        is_quote = marks == QUOTE
        inside = np.cumsum(is_quote, dtype=np.uint8) % 2 == (not self.is_open)  # behind the mark
        sound = self._quotes_are_sound(around, places[is_quote], inside[is_quote])
        if not sound or self._is_stray(around, places[~is_quote & ~inside], start):
            return False
        is_end = marks == LF
        ends, lines = places[is_end & ~inside] + 1, places[is_end & inside]
        if lines.size:
            self._take_long(block, ends, lines)
        self._close(ends + start)
        self.is_open = bool(inside[-1]) if inside.size else self.is_open
        return True

    def marks(self) -> QuoteScan | None:
        """All of them; None when the last quote is not closed."""
        if self.is_open:
            return None
        if self.end < len(self.text):  # no line feed behind the last record
            self._close(np.array([len(self.text) + 1]))
        end = (len(self.text), self.records)
        cuts = [*(cut for cut in self.cuts if cut < end), end] if self.records else [end]
        long = np.frombuffer(self.long_records, np.int64), np.frombuffer(self.long_lines, np.int64)
        crowded = np.frombuffer(self.crowded, np.int64)
        return QuoteScan(records=self.records, blank=self.blank, long=long, crowded=crowded, cuts=cuts)

    def _around(self, start: int) -> Bytes:
        """The block, one byte before it and two behind it; before the first and behind the last a line ends."""
        end = min(start + BLOCK, len(self.text))
        around = self.text[max(start - 1, 0) : end + 2]
        missing = (int(start == 0), max(end + 2 - len(self.text), 0))
        return np.pad(around, missing, constant_values=LF) if any(missing) else around

    def _places(self, block: Bytes) -> Places:
        is_mark, is_one = (spare[: block.size] for spare in self.spare)
        np.equal(block, QUOTE, out=is_mark)
        for mark in (LF, CR, BOM[0]):
            np.equal(block, mark, out=is_one)
            np.logical_or(is_mark, is_one, out=is_mark)
        return np.flatnonzero(is_mark)

    def _quotes_are_sound(self, around: Bytes, places: Places, opens: NDArray[np.bool_]) -> bool:
        """A quote opens at a cell's start and closes at its end; two together inside a cell stand for one."""
        before, behind = around[places[opens]], around[places[~opens] + 2]
        starts = (before == QUOTE) | (before == self.delimiter) | (before == LF)
        ends = (behind == QUOTE) | (behind == self.delimiter) | (behind == LF) | (behind == CR)
        return bool(starts.all() and ends.all())

    def _is_stray(self, around: Bytes, places: Places, start: int) -> bool:
        """Outside quotes readers take these for different things: a CR alone ends a row or is text, a byte
        order mark is taken off where reading begins, which is not the file's first byte.
        """
        places = places[around[places + 1] != LF]
        marks, behind = around[places + 1], around[places + 2]
        is_bom = (marks == BOM[0]) & (behind == BOM[1]) & (around[places + 3] == BOM[2])
        is_alone = (marks == CR) & ((behind != LF) | (places + start + 1 == len(self.text)))
        return bool((is_alone | is_bom).any())

    def _take_long(self, block: Bytes, ends: Places, lines: Places) -> None:
        """Take the lines of a block that end inside quotes; `ends` are where its records end."""
        # Counted a record, for a record of nothing but line feeds must not take more memory than it takes bytes.
        records, counts = np.unique(np.searchsorted(ends, lines), return_counts=True)
        self.long_records += (records + self.records).tobytes()
        self.long_lines += counts.tobytes()
        is_delimiter = np.equal(block, self.delimiter, out=self.spare[0, : block.size])
        crowded = are_crowded(is_delimiter, ends, records, 2 * (self.columns - 1))
        self.crowded += (records[crowded] + self.records).tobytes()

    def _close(self, ends: Places) -> None:
        """Take the records that end at `ends`."""
        sizes = np.diff(ends, prepend=self.end)
        short = ends[sizes == 2]  # noqa: PLR2004 - perhaps CR and LF
        self.blank += int((sizes == 1).sum() + (self.text[short - 2] == CR).sum())
        self.room.take_all(sizes)
        full = int(np.searchsorted(ends, self.cuts[-1][0] + self.piece))  # a block is less than a piece
        if full < ends.size:
            self.cuts.append((int(ends[full]), self.records + full + 1))
        self.records += ends.size
        self.end = int(ends[-1]) if ends.size else self.end
