"""Moves a file from one folder to another, whole or not at all, also when they lie on different disks."""

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass

from flows.batch import FileIdentity, file_identity

_NEW = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW


@dataclass(frozen=True, kw_only=True)
class Place:
    """A name in a folder of which this is a handle."""

    folder: int
    name: str

    def look(self) -> os.stat_result:
        """What stands there; of a link the link itself."""
        return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)

    def is_readable_file(self) -> bool:
        """Whether a file stands there that can be opened."""
        try:
            handle = os.open(self.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.folder)
        except OSError:
            return False
        try:
            return stat.S_ISREG(os.fstat(handle).st_mode)
        finally:
            os.close(handle)

    def unlink(self) -> None:
        """Take it away."""
        os.unlink(self.name, dir_fd=self.folder)


def move(source: Place, target: Place, identity: FileIdentity | None) -> bool:
    """Move it, unless it is another file by now; raises OSError, and nothing is moved, when that cannot be done."""
    if not _is(source, identity):
        return False
    try:
        os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _move_to_other_disk(source, target, identity)
    if _is(target, identity):
        return True
    _put_back(source, target)
    return False


def _is(place: Place, identity: FileIdentity | None) -> bool:
    return identity is None or file_identity(place.look()) == identity


def _put_back(source: Place, target: Place) -> None:
    """Another file had taken its name in that moment; it goes back, unless there is a third one."""
    with suppress(FileExistsError):
        os.link(
            target.name,
            source.name,
            src_dir_fd=target.folder,
            dst_dir_fd=source.folder,
            follow_symlinks=False,
        )
        target.unlink()


def _move_to_other_disk(source: Place, target: Place, identity: FileIdentity | None) -> bool:
    if stat.S_ISLNK(source.look().st_mode):
        os.symlink(os.readlink(source.name, dir_fd=source.folder), target.name, dir_fd=target.folder)
    elif not stat.S_ISREG(source.look().st_mode):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    elif not _copy(source, target, identity):
        return False
    try:
        source.unlink()
    except OSError:  # then it stays where it is, and there alone
        target.unlink()
        raise
    return True


def _copy(source: Place, target: Place, identity: FileIdentity | None) -> bool:
    """Copy it under a name that is always the same for it, so that what a killed run has left is written over."""
    named = hashlib.sha256(os.fsencode(source.name)).hexdigest()[:20]
    unfinished = Place(folder=target.folder, name=f".{named}.moving")
    handle = os.open(unfinished.name, _NEW, 0o600, dir_fd=target.folder)
    with os.fdopen(handle, "r+b") as write:
        if not _is_ours(handle, unfinished):  # another run moves it just now
            return False
        try:
            _copy_bytes(source, handle)
            write.flush()
            os.fsync(handle)
            if not _is(source, identity):
                unfinished.unlink()
                return False
            os.rename(unfinished.name, target.name, src_dir_fd=target.folder, dst_dir_fd=target.folder)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
    return True


def _is_ours(handle: int, unfinished: Place) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return unfinished.look().st_ino == os.fstat(handle).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _copy_bytes(source: Place, handle: int) -> None:
    read = os.open(source.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=source.folder)
    with os.fdopen(read, "rb") as bytes_of, os.fdopen(os.dup(handle), "wb") as write:
        write.truncate(0)
        shutil.copyfileobj(bytes_of, write)
        write.flush()
        was = os.fstat(read)
        os.fchmod(handle, stat.S_IMODE(was.st_mode))
        os.utime(handle, ns=(was.st_atime_ns, was.st_mtime_ns))
