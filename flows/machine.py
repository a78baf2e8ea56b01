"""Counts what of this machine the process may use: its processors and its memory, by its affinity and the limits of its container."""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")

# A large batch on its way takes half a GB (its copy lies on the disk), whichever its size, and where two of its chunks are
# checked at once, as much again.
MEMORY_OF_A_PROCESSOR = 1 << 29


def count_processors() -> int:
    """Those that the process may run on, and no more than its container's share of them comes to."""
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([ours, *map(ceil, _shares())]))


def count_memory() -> int:
    """Bytes of memory: the machine's, and no more than the container may have."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (int(text) for text in _limits("memory", "memory.max", "memory.limit_in_bytes"))
    return min([machine, *limits])


def affordable_processors() -> int:
    """How many can be put to work, a batch each or chunks of one: they want half of the memory; PostgreSQL wants some too."""
    return max(1, min(count_processors(), count_memory() // 2 // MEMORY_OF_A_PROCESSOR))


def _shares() -> Iterator[float]:
    """How many processors' time each limit gives."""
    for limit in _limits("cpu", "cpu.max", "cpu.cfs_quota_us cpu.cfs_period_us"):
        quota, _, period = limit.partition(" ")
        if period and int(period):  # of half a limit nobody knows what it means
            yield int(quota) / int(period)


def _limits(controller: str, file: str, older: str) -> Iterator[str]:
    """What is limited by a group that the process is in, or by one above it: of cgroup 2 in a file, of cgroup 1 in `older` ones."""
    for line in _read(OWN_GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root, files = (GROUPS / controller, older) if controllers else (GROUPS, file)
        for group in (Path(path), *Path(path).parents):
            limit = " ".join(_read(root / group.relative_to("/") / name) for name in files.split()).split()
            if limit and all(map(str.isdecimal, limit)):  # "max" and "-1" say that there is none
                yield " ".join(limit)


def _read(file: Path) -> str:
    with suppress(OSError):  # another system's, or a group that is not to be seen from inside its container
        return file.read_text()
    return ""
