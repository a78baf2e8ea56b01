"""Makes a folder for one run's unfinished work, which is gone when the run is, however it ended."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from flows.settings import Settings

_LOCK = ".lock"


@contextmanager
def workspace(settings: Settings) -> Iterator[Path]:
    """A folder of our own, on the same disk as the reports; only its owner may look into it."""
    clear_leftovers(settings)
    with ExitStack() as held:
        folder = Path(mkdtemp(dir=settings.folder("work")))
        while not _is_ours(folder, held):  # another run took it for a leftover
            folder = Path(mkdtemp(dir=settings.folder("work")))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(settings: Settings) -> None:
    """Remove what killed runs have left: copies of batches, with their personal data."""
    for folder in (path for path in settings.folder("work").iterdir() if path.is_dir()):
        with ExitStack() as held:
            if _is_ours(folder, held):
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path, held: ExitStack) -> bool:
    """Whether the folder is there and its lock could be had, which is ours then for as long as it is held.

    The kernel lets go of a lock when its process is gone, so nobody's work is taken from under it; and nobody
    waits for a lock, so a run that is stopped keeps no other from its work.
    """
    lock = folder / _LOCK
    try:
        fcntl.flock(held.enter_context(lock.open("a")), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return lock.exists()
