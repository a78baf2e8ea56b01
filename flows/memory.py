"""Configures threads and allocators, so that others have room and memory stays ours from one chunk to the next.

Each chunk asks for the same blocks of some twenty MB again. By default they go back to the system every time, and
a seventh of an import's processor time went into having it make them anew, page by page.
"""

import ctypes
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.machine import count_processors

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _MOST_ARENAS = -3, -1, -8  # of glibc's mallopt
_NEVER = 1 << 30  # bytes: no block of ours is that large

_PROCESSORS = count_processors()

# Of Polars' own allocator: what was free for ten seconds goes back; a chunk takes less than one.
_DECAY = "dirty_decay_ms:10000,muzzy_decay_ms:10000"

# Beside Polars' threads work those that load, and mostly the server; more of its own only wake each other.
_THREADS = max(1, _PROCESSORS // 2)


def configure_memory() -> None:
    """To be called before Polars and NumPy are imported, which read this once."""
    if not os.environ.get("POLARS_MAX_THREADS"):  # a blank one is an absent one
        os.environ["POLARS_MAX_THREADS"] = str(_THREADS)
    # NumPy multiplies no matrices here, and the threads that it makes for that spin for a while as they begin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Each arena keeps what its threads had: as many as can run at a time are enough, of either allocator.
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"{_DECAY},narenas:{_PROCESSORS}")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:  # glibc's alone
        mallopt(_MMAP_THRESHOLD, _NEVER)
        mallopt(_TRIM_THRESHOLD, _NEVER)
        mallopt(_MOST_ARENAS, _PROCESSORS)


@contextmanager
def without_collector() -> Iterator[None]:
    """For what makes many objects that stay, or none in circles: nobody looks through them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
