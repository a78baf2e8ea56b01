"""Finds out which records of a block of bytes may have many delimiters, for a fraction of what counting each takes."""

import numpy as np
from numpy.typing import NDArray

TOGETHER = 8
"""Bytes that are counted together, a bit each; a count for every byte would take as long as all else that is looked at."""


def are_crowded(
    is_delimiter: NDArray[np.bool_], ends: NDArray[np.int64], records: NDArray[np.int64], least: int
) -> NDArray[np.bool_]:
    """Of these records, by their number in the block, whether they may have so many delimiters; `ends` are where they end.

    Of one that begins before the block or ends behind it nobody knows here, so it may.
    """
    counts = np.cumsum(np.bitwise_count(np.packbits(is_delimiter)), dtype=np.int32)
    before = np.concatenate([np.zeros(1, np.int32), counts])
    is_whole = (records > 0) & (records < ends.size)
    whole = records[is_whole]
    first, last = ends[whole - 1] // TOGETHER, (ends[whole] - 1) // TOGETHER
    crowded = ~is_whole
    crowded[is_whole] = before[last + 1] - before[first] >= least
    return crowded
