"""Refuses records that are too long to be a row of an order, or that there is no memory for.

Rows are handled by the ten thousand. So it is not enough that each of them has a bound: all that rows take beyond
the usual size has one too, and then any number of rows takes no more than that many usual ones, and so much more.
"""

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.errors import BatchError

MAX_RECORD = 16 << 20
"""A record over 16 MiB refuses the batch, whatever it holds."""

USUAL = 8 << 10
"""A row of an order takes half a KiB; with customs and addresses as JSON some take a few."""

MAX_BEYOND = 256 << 20
"""What all records of a batch may take beyond the usual size: a hundred thousand of 10 KiB, or sixteen of 16 MiB."""


MAX_CELLS = 2_000_000
"""What is read at a time of a wide table: each cell takes memory, empty or not."""


def rows_at_once(columns: int, most: int) -> int:
    """How many rows of so many columns are read at a time; no more than `most`."""
    return max(1, min(most, MAX_CELLS // max(columns, 1)))


class RecordLimits:
    """Counts what records take beyond the usual size."""

    def __init__(self) -> None:
        self._beyond = 0

    def take(self, size: int, times: int = 1) -> None:
        """Take a record, so many times; raises BatchError when it is too long, or when long ones are too many."""
        if size > MAX_RECORD:
            raise BatchError(
                "fits_record", "A row is longer than 16 MiB; look for a quote that is not closed."
            )
        self._beyond += max(0, size - USUAL) * times
        if self._beyond > MAX_BEYOND:
            raise BatchError(
                "fits_memory",
                "Rows longer than 8 KiB take more than 256 MiB beyond that. Send them in several files.",
            )

    def take_all(self, sizes: NDArray[np.integer[Any]]) -> None:
        """Take many; only the long ones cost time."""
        for size in sizes[sizes > USUAL]:
            self.take(int(size))


def check_line_lengths(path: Path) -> None:
    """Raise BatchError when the file has lines that nobody should try to read as a whole.

    Where every so many bytes there is a newline, no line is longer; nothing else is looked at.
    """
    room, at = RecordLimits(), 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        while at + USUAL < len(text):
            end = text.rfind(b"\n", at, at + USUAL)
            if end < 0:
                end = text.find(b"\n", at + USUAL, at + MAX_RECORD + 1)
                end = end if end >= 0 else len(text)
                room.take(end - at)
            at = end + 1
