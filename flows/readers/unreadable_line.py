"""Finds the first line of a file that its source's encoding cannot read."""

import codecs
from pathlib import Path

from flows.errors import BatchError

BLOCK = 1 << 20


def unreadable(path: Path, encoding: str) -> BatchError:
    """What is told of it."""
    return BatchError(
        "has_declared_encoding",
        f"Line {_first_unreadable(path, encoding)} has bytes that {encoding}, the source's encoding, cannot read.",
    )


def _first_unreadable(path: Path, encoding: str) -> int:
    """The number of the first line that the codec cannot read."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as read:
        while block := read.read(BLOCK):
            state = decoder.getstate()
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeError:
                decoder.setstate(state)
                return line + _lines_before_it(block, decoder)
    return line


def _lines_before_it(block: bytes, decoder: codecs.IncrementalDecoder) -> int:
    """How many lines end in the block before what cannot be read: byte by byte, as a character may have several."""
    lines = 0
    try:
        for at in range(len(block)):
            lines += decoder.decode(block[at : at + 1]).count("\n")
    except UnicodeError:
        pass
    return lines
