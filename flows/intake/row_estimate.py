"""From the first block of a file to about how many rows it has: estimates for a plan, nothing that is relied on."""

import zlib
from contextlib import suppress

ROWS_A_SECOND = 20_000
"""So many rows are imported in a second on two cores of a small machine; a figure to state, no promise."""

SECONDS_A_FILE = 0.1
"""What a file takes besides: its copy, its place in the ledger, its report."""

BLOCK = 1 << 16
_MOST_UNPACKED = BLOCK << 8

# What a row of orders commonly takes in a Parquet, whose footer is only read in a process of its own (see read.trial).
_PARQUET_ROW = 40


def about(block: bytes, size: int) -> int:
    """Rows of a file of this size that begins with this block, going by how many the block has."""
    if block.startswith(b"PAR1"):
        return size // _PARQUET_ROW
    text = block
    if block.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            text = zlib.decompressobj(wbits=31).decompress(block, _MOST_UNPACKED)
    return max(0, text.count(b"\n") * size // len(block) - 1) if block else 0
