"""Runs a program that may die of its input in a process of its own, with little memory, little time and no secret.

A few kilobytes can hold a billion rows, or a page that takes a library down. So such a file is first read by a
process that nobody misses.
"""

import os
import resource
import signal
import subprocess
import sys
from enum import IntEnum
from pathlib import Path

from flows.errors import MachineError

# Row groups of a million rows in pages of a MiB, as most writers of Parquet make them, take a quarter of it.
MAX_MEMORY = 2 << 30

# As for gzip: unpacking stops at 1000:1 once past 1 GiB. Orders come to 20:1.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 1000

# A busy machine decodes some ten MB of a Parquet in a second, and one of a workbook.
SECONDS, BYTES_A_SECOND = 60, 1 << 18


class Verdict(IntEnum):
    """What the other process ends with; with 1 or 2 Python itself does, when something is amiss with it."""

    WHOLE = 0
    DAMAGED = 10
    BOMB = 11
    LARGE = 12
    ENCRYPTED = 13
    FOREIGN = 14
    MACROS = 15
    TOLD = 16
    """It has left a sentence of its own behind."""


OF_ANY = {Verdict.BOMB: ("is_no_bomb", "The file unpacks to more than a thousand times its size.")}
"""Code and sentence of a refusal, for files of whatever format."""


def most_unpacked(size: int) -> int:
    """To how many bytes a file of this size may unpack."""
    return max(MAX_UNPACKED, MAX_RATIO * size)


def run_sandboxed(program: str, path: Path, *further: str, aborted: Verdict = Verdict.DAMAGED) -> Verdict:
    """Let another process do this with the file: whether, or why not, it came to the end of it.

    `aborted` is what it means where a library ends the process of its own accord. Raises MachineError where it was not the file's fault.
    """
    try:
        ended = _run(program, path, further)
    except subprocess.TimeoutExpired:
        return Verdict.LARGE
    if ended == -signal.SIGABRT:
        return aborted
    if ended in (-signal.SIGKILL, -signal.SIGTERM):
        raise MachineError("The trial of a file was ended from outside.", passing=True)
    if ended > 0 and ended not in set(Verdict):
        raise MachineError("The trial of a file could not begin.")
    return Verdict(ended) if ended >= 0 else Verdict.DAMAGED  # below 0, a library could not bear it


def _run(program: str, path: Path, further: tuple[str, ...]) -> int:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ORDER_IMPORT_")}
    environment["PYTHONPATH"] = os.pathsep.join(_search_path())
    environment["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # others reserve more than they use
    return subprocess.run(  # noqa: S603 - our own interpreter; that very file, so that no other reader is loaded
        [sys.executable, "-P", program, path, *further],
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


def limit_memory() -> None:
    """As the other process does before it looks at the file."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
