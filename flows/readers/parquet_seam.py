"""Refuses several Parquet files that stand one behind the other, as `cat` and `hadoop fs -getmerge` put them.

Only the last one's footer is looked at, by every reader: the rows of the others would be lost without a word.
"""

import mmap
from pathlib import Path

from flows.errors import BatchError

_MARK = b"PAR1"
_SEAM = _MARK + _MARK
_LENGTH = 4
"""Bytes in front of the mark at a file's end that say how long its footer is."""
_FOOTER_BEGINS = 0x15
"""The first field of a footer, its version, as Thrift's compact protocol writes it."""


def refuse_joined(path: Path) -> None:
    """Raise BatchError where a whole file ends before this one does."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(_SEAM)
        while at != -1:
            if _ends_with_footer(content, at):
                raise BatchError(
                    "is_one_parquet",
                    "Several Parquet files stand one behind the other, of which only the last could be read. Send each of"
                    " them, or write their rows into one.",
                )
            at = content.find(_SEAM, at + 1)


def _ends_with_footer(content: mmap.mmap, at: int) -> bool:
    """Whether what stands before this place is a footer and its length: a cell may hold the marks too."""
    footer = at - _LENGTH - int.from_bytes(content[max(at - _LENGTH, 0) : at], "little")
    return footer >= len(_MARK) and content[footer] == _FOOTER_BEGINS
