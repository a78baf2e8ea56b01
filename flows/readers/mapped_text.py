"""Maps a file's bytes into memory, and gives back what was looked at: what is mapped counts as ours as long as it stays."""

import mmap
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

HELD = 256 << 20
"""Bytes that may stay: mapping the same ones again takes the third part of the time of looking at them."""


class MappedText:
    """The bytes of a file, which is not empty, from a place on."""

    def __init__(self, path: Path, start: int) -> None:
        self._start = start
        with path.open("rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.bytes: NDArray[np.uint8] = np.frombuffer(self._mapped, np.uint8)[start:]
        # Not on every system.
        self._is_released = len(self._mapped) > HELD and hasattr(mmap, "MADV_DONTNEED")

    def release(self, end: int) -> None:
        """Give back the bytes before this place, of many; whoever looks at them again gets them again."""
        pages = (self._start + end) // mmap.PAGESIZE * mmap.PAGESIZE
        if pages and self._is_released:
            self._mapped.madvise(mmap.MADV_DONTNEED, 0, pages)

    def stream(self) -> pa.NativeFile:
        """The same bytes for a reader of streams, which gives them back too as it goes."""
        return pa.BufferReader(pa.py_buffer(self.bytes))
