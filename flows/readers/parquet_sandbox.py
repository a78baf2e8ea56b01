"""Reads a Parquet file in another process, with little memory, before any of it is read here.

A few kilobytes can hold a billion rows, or a page that takes a library down, and a footer can say what it likes. So
the file is read once by a process that may die of it, in the very steps in which it will be read here. And whatever
is damaged, however far behind, shows before the first order is loaded.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import BatchError, MachineError

# Rows that pyarrow hands over at a time: as quick as more at once, and a third of the memory.
BATCH_ROWS = 16_384

# Row groups of a million rows in pages of a MiB, as most writers make them, take a quarter of it.
MAX_MEMORY = 2 << 30

# As for gzip: unpacking stops at 1000:1 once past 1 GiB. Orders come to 20:1.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 1000

# Of rows that are read at a time: 16 KiB and three hundred entries in every one of them are still orders.
MAX_BATCH = BATCH_ROWS << 14
MAX_ENTRIES = 300 * BATCH_ROWS

# Each takes some memory, empty or not; a table of orders has a hundred columns.
MAX_CELLS = 2_000_000

# Orders nest five deep; whoever walks a schema must not run out of stack.
MAX_DEPTH = 32

# A busy machine decodes some ten MB of a file in a second.
SECONDS, BYTES_A_SECOND = 60, 1 << 20


class Verdict(IntEnum):
    """What the other process ends with; with 1 or 2 Python itself does, when something is amiss with it."""

    WHOLE = 0
    DAMAGED = 10
    BOMB = 11
    LARGE = 12
    ENCRYPTED = 13
    FOREIGN = 14


def refusal(verdict: Verdict) -> BatchError:
    """What the sender is told."""
    return BatchError(*_REFUSALS[verdict])


_REFUSALS = {
    Verdict.DAMAGED: ("is_parquet", "The Parquet file is cut short or damaged. Send the whole file again."),
    Verdict.BOMB: ("is_no_bomb", "The file unpacks to more than a thousand times its size."),
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
    try:
        ended = _run_sandbox(path)
    except subprocess.TimeoutExpired:
        ended = Verdict.LARGE
    if ended in (-signal.SIGKILL, -signal.SIGTERM):
        raise MachineError("The trial of a Parquet file was ended from outside.", passing=True)
    if ended > 0 and ended not in set(Verdict):
        raise MachineError("The trial of a Parquet file could not begin.")
    if ended != Verdict.WHOLE:  # below 0, a library could not bear it
        raise refusal(Verdict(max(ended, Verdict.DAMAGED)))


def _run_sandbox(path: Path) -> int:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ORDER_IMPORT_")}
    environment["PYTHONPATH"] = os.pathsep.join(_search_path())
    environment["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # others reserve more than they use
    return subprocess.run(  # noqa: S603 - our own interpreter; this very file, so that no other reader is loaded
        [sys.executable, "-P", __file__, path],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # last words may hold values
        process_group=0,  # Ctrl-C is for us, who may have it end in order; it must not look like a file that kills
        timeout=SECONDS + path.stat().st_size / BYTES_A_SECOND,
        check=False,
    ).returncode


def _search_path() -> list[str]:
    """Where the child finds what we found, us among it, but for folders of ours: in them modules have names like others'."""
    package = Path(__file__).parents[1]
    places = [Path(place or Path.cwd()) for place in sys.path]
    return [str(place) for place in places if not place.resolve().is_relative_to(package)]


def _read_limited(path: Path) -> Verdict:
    """Read the file to the end, as the other process does."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
    rows, unpacked, most = 0, 0, max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size)
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
