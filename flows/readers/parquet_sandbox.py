"""Reads a Parquet file in another process, with little memory, before any of it is read here.

Its footer can say what it likes. So the file is read once by a process that may die of it, in the very steps in which
it will be read here. And whatever is damaged, however far behind, shows before the first order is loaded.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import BatchError
from flows.sandbox import OF_ANY, Verdict, limit_memory, most_unpacked, run_sandboxed

# Rows that pyarrow hands over at a time: as quick as more at once, and a third of the memory.
BATCH_ROWS = 16_384

# Of rows that are read at a time: 16 KiB and three hundred entries in every one of them are still orders.
MAX_BATCH = BATCH_ROWS << 14
MAX_ENTRIES = 300 * BATCH_ROWS

# Each takes some memory, empty or not; a table of orders has a hundred columns.
MAX_CELLS = 2_000_000

# Orders nest five deep; whoever walks a schema must not run out of stack.
MAX_DEPTH = 32


def refusal(verdict: Verdict) -> BatchError:
    """What the sender is told."""
    return BatchError(*_REFUSALS[verdict])


_REFUSALS = OF_ANY | {
    Verdict.DAMAGED: ("is_parquet", "The Parquet file is cut short or damaged. Send the whole file again."),
    Verdict.ENCRYPTED: (
        "is_not_encrypted",
        "The file is encrypted (Parquet modular encryption); send it unencrypted.",
    ),
    Verdict.FOREIGN: (
        "has_known_compression",
        "The file is compressed in a way that is not read here (LZO, perhaps); write it with zstd, snappy or gzip.",
    ),
    Verdict.LARGE: ("fits_memory", "Its rows, lists or row groups are too long to be read in 2 GiB."),
}


def batches(path: Path, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
    """The file's rows, in the one way in which they are read, there and here."""
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, page_checksum_verification=True) as file:
        at_once = min(rows, max(1, MAX_CELLS // max(1, file.metadata.num_columns)))
        yield from file.iter_batches(batch_size=at_once, use_threads=False)


def read_in_sandbox(path: Path) -> None:
    """Let another process read the file; raises BatchError when it may not or cannot read it to the end."""
    verdict = run_sandboxed(__file__, path)
    if verdict is not Verdict.WHOLE:
        raise refusal(verdict)


def _read_limited(path: Path) -> Verdict:
    """Read the file to the end, as the other process does."""
    limit_memory()
    try:
        with pq.ParquetFile(path, schema_depth_limit=MAX_DEPTH) as file:
            promised = file.metadata.num_rows
        return _read_all(path, promised)
    except MemoryError:
        return Verdict.LARGE
    except (pa.ArrowException, OSError, ValueError) as error:
        return _meant_by(str(error).lower())


def _meant_by(text: str) -> Verdict:
    """What Arrow's own words say; its exceptions have no codes."""
    if "crypt" in text:
        return Verdict.ENCRYPTED
    return Verdict.FOREIGN if "codec" in text or "compression" in text else Verdict.DAMAGED


def _read_all(path: Path, promised: int) -> Verdict:
    rows, unpacked, most = 0, 0, most_unpacked(path.stat().st_size)
    for batch in batches(path):
        batch.validate(full=True)
        sizes = [_size(column) for column in batch.columns]
        plain = batch.num_rows + sum(size.bytes for size in sizes)
        rows, unpacked = rows + batch.num_rows, unpacked + plain
        if unpacked > most:
            return Verdict.BOMB
        if plain > MAX_BATCH or any(size.entries > MAX_ENTRIES for size in sizes):
            return Verdict.LARGE
    return Verdict.WHOLE if rows == promised else Verdict.DAMAGED


class _Size(NamedTuple):
    entries: int  # of the longest part: its rows, or what its lists hold in all
    bytes: int


def _size(column: pa.Array) -> _Size:
    kind = column.type
    if pa.types.is_struct(kind):
        parts = [_size(part) for part in column.flatten()]
    elif pa.types.is_map(kind):
        parts = [_size(column.keys), _size(column.items)]
    elif pa.types.is_nested(kind):  # a list
        parts = [_size(column.flatten())]
    else:
        plain = column.dictionary_decode() if pa.types.is_dictionary(kind) else column
        parts = [_Size(0, plain.nbytes)]
    return _Size(
        entries=max([len(column), *(part.entries for part in parts)]),
        bytes=len(column) + sum(part.bytes for part in parts),
    )


if __name__ == "__main__":
    sys.exit(_read_limited(Path(sys.argv[1])))
