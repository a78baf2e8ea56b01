"""From the data folder to a folder for one run's unfinished work, which is gone when the run is, however it ended."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from flows.settings import Settings

_LOCK = ".lock"


@contextmanager
def workspace(settings: Settings) -> Iterator[Path]:
    """A folder of our own, on the same disk as the reports; only its owner may look into it."""
    work = settings.folder("work")
    with ExitStack() as held:
        with _locked(work):
            _clear(work)
            folder = Path(mkdtemp(dir=work))
            # The kernel lets go of a lock when its process is gone, so nobody's work is taken from under it.
            fcntl.flock(held.enter_context((folder / _LOCK).open("w")), fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear_leftovers(settings: Settings) -> None:
    """Remove what killed runs have left, also when there is nothing to do."""
    work = settings.folder("work")
    with _locked(work):
        _clear(work)


@contextmanager
def _locked(work: Path) -> Iterator[None]:
    """While nobody else makes or clears a folder here."""
    with (work / _LOCK).open("w") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _clear(work: Path) -> None:
    """Remove what killed runs have left: copies of batches, with their personal data."""
    for folder in (path for path in work.iterdir() if path.is_dir()):
        with suppress(BlockingIOError), ExitStack() as held:
            if (folder / _LOCK).exists():
                fcntl.flock(held.enter_context((folder / _LOCK).open("r+")), fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
