"""Has a finished file of a report appear whole at its place, be that on another disk than where it was written."""

import errno
import os
import shutil
import stat
from pathlib import Path


def appear(finished: Path, path: Path) -> None:
    """Move it there once it is on its disk."""
    with finished.open("rb") as file:
        os.fsync(file.fileno())
    try:
        finished.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_to_other_disk(finished, path)


def _copy_to_other_disk(finished: Path, path: Path) -> None:
    """Where the reports' folder is a disk of its own: written beside its place, by a name that a killed run has left too."""
    beside = path.with_name(f".{path.name}.moving")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with finished.open("rb") as read, os.fdopen(handle, "wb") as write:
            shutil.copyfileobj(read, write)
            write.flush()
            os.fchmod(handle, stat.S_IMODE(os.fstat(read.fileno()).st_mode))
            os.fsync(handle)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
