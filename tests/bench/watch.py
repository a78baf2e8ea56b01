"""From a command to how long it took as a whole process, its processor time, and how much memory it had at most.

Memory is RssAnon, what no file backs, of the process and all its children together, looked at ten times a second;
PostgreSQL's own processes are left out. Linux alone tells it.
"""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Thread

PAUSE = 0.1  # seconds between two looks at the memory
PATIENCE = 1800  # seconds that a run may take; the largest batch takes a third of it
TOLD = 2000  # characters of what a failed command said


class FailedError(Exception):
    """A command that did not do what it was measured for."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a command answered, its seconds, those of processor time that it spent, and the peak of its memory in MiB."""

    out: str
    seconds: float
    spent: float
    peak_mib: int


def watched(command: Sequence[str], environment: Mapping[str, str], good: Sequence[int] = (0,)) -> Watched:
    """Run it to its end; raises FailedError when it ends with another status than the `good` ones."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        begin, before = time.perf_counter(), _spent_by_children()
        process = subprocess.Popen(
            command, env=environment, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True
        )
        with _Peak(process.pid) as peak:
            status = _ended(process)
        seconds = time.perf_counter() - begin
        out.seek(0)
        err.seek(0)
        if status not in good:
            raise FailedError(f"{' '.join(command[-3:])} ended with {status}: {err.read()[-TOLD:].strip()}")
        spent = _spent_by_children() - before
        return Watched(out=out.read(), seconds=seconds, spent=spent, peak_mib=peak.kib // 1024)


def _ended(process: subprocess.Popen[bytes]) -> int | str:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return f"nothing after {PATIENCE} s"
    finally:
        with suppress(ProcessLookupError):  # with its children, should any be left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _spent_by_children() -> float:
    """Of all that have ended, with their own: only one is watched at a time."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Peak:
    """The most memory that a process and its children had together while this was open."""

    def __init__(self, pid: int) -> None:
        self.kib = 0
        self._pid, self._over = pid, Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(PAUSE):
            self.kib = max(self.kib, sum(map(_anonymous, _family(self._pid))))


def _family(pid: int) -> list[int]:
    """The process and all below it that are not PostgreSQL's."""
    with suppress(OSError):  # it may have ended
        if Path(f"/proc/{pid}/comm").read_text().strip() != "postgres":
            tasks = Path(f"/proc/{pid}/task").glob("*/children")
            children = [int(child) for task in tasks for child in task.read_text().split()]
            return [pid, *(kin for child in children for kin in _family(child))]
    return []


def _anonymous(pid: int) -> int:
    """KiB of RssAnon; none for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0
