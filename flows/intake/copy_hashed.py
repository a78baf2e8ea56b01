"""Copies a file's bytes and hashes the copy, one piece hashed while the next is copied.

In few calls, so that whatever else Python is at meanwhile is not in the way.
"""

import errno
import hashlib
import mmap
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

# A block that is read, then written: large enough for few calls, small enough for the cache.
BLOCK = 1 << 20

# Bytes that are copied, and hashed, in one call.
PIECE = 32 << 20

# What a system answers that copies no file to a file, or not from where this one lies.
CANNOT_SEND = (errno.EINVAL, errno.ENOSYS, errno.ENOTSOCK, errno.EOPNOTSUPP)


def copy_hashed(read: BinaryIO, target: Path) -> str:
    """Copy it to `target`, a new file, and answer the SHA-256 of what stands there, in hexadecimal digits."""
    digest = hashlib.sha256()
    with target.open("xb+") as write, ThreadPoolExecutor(1, thread_name_prefix="hash") as aside:
        pieces = _copy(read, write)
        for hashed in [aside.submit(_hash, digest, write, at, size) for at, size in pieces]:
            hashed.result()
    return digest.hexdigest()


def _copy(read: BinaryIO, write: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each piece begins that is copied by now, and its size in bytes."""
    at, copy_piece = 0, _send
    while True:
        try:
            size = copy_piece(read, write, at)
        except OSError as error:
            if at or copy_piece is not _send or error.errno not in CANNOT_SEND:
                raise
            copy_piece = _pass_on
            continue
        if not size:
            return
        yield at, size
        at += size


def _send(read: BinaryIO, write: BinaryIO, at: int) -> int:
    """Have the system copy the piece that begins there. Not all systems can."""
    return os.sendfile(write.fileno(), read.fileno(), at, PIECE)


def _pass_on(read: BinaryIO, write: BinaryIO, at: int) -> int:
    """Read and write the piece that begins there, block by block."""
    end = at
    while end - at < PIECE and (block := read.read(BLOCK)):
        end += write.write(block)
    write.flush()
    return end - at


def _hash(digest: "hashlib._Hash", file: BinaryIO, at: int, size: int) -> None:
    """Hash a piece; it is mapped for so long only, for all that is mapped counts as our memory."""
    before = at % mmap.ALLOCATIONGRANULARITY
    with (
        mmap.mmap(file.fileno(), before + size, access=mmap.ACCESS_READ, offset=at - before) as text,
        memoryview(text)[before:] as piece,
    ):
        digest.update(piece)
