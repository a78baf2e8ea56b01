"""Looks through the drop: which files are complete, which wait and why, and which are none of a sender's."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows.batch import Delivery
from flows.errors import WrongUseError, decode_name, printable
from flows.intake.found import Found
from flows.intake.handles import open_folder
from flows.settings import DEFAULT_SOURCE, Settings

SIGN = "\N{REPLACEMENT CHARACTER}"

# Names under which programs keep what they have not finished writing.
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp", "~")
HIDDEN = (".", "_", "~$")
"""What names begin with that are none of a sender's: Spark writes `_SUCCESS` beside its parts, Excel `~$a.xlsx` while
somebody has a.xlsx open."""
OF_SYSTEMS = ("thumbs.db", "ehthumbs.db", "desktop.ini")
"""What Windows leaves in a folder that somebody has looked into."""


@dataclass(kw_only=True)
class DropLook:
    """A look through the drop, for one source or for all; none is reached by a link."""

    settings: Settings
    source: str | None
    found: Found = field(default_factory=Found)

    def through(self, below: tuple[str, ...] = ()) -> Found:
        """What waits in this folder of the drop, and in those below it."""
        try:
            with open_folder(self.settings.folder("drop"), below) as top:
                for inside, folders, names, handle in os.fwalk(".", dir_fd=top, onerror=self._tell_no_right):
                    self._see_folder((*below, *Path(inside).parts), folders, names, handle)
        except NotADirectoryError:  # a link is none
            where = printable("/".join(below))
            raise WrongUseError(f"{where} of the drop lies behind a link, which is not followed.") from None
        self.found.deliveries.sort(key=lambda delivery: str(delivery.path))
        self.found.waiting.sort(key=lambda waiting: (waiting.source, waiting.file))
        return self.found

    def _tell_no_right(self, error: OSError) -> None:
        name = str(error.filename or "a folder")
        self.found.wait(f"{name}/", self.source or name, "there is no right to look into this folder")

    def _see_folder(self, place: tuple[str, ...], folders: list[str], names: list[str], handle: int) -> None:
        of = source_of(place)
        self.found.ignored += sum(name.startswith(HIDDEN) for name in folders)
        folders[:] = [name for name in folders if not name.startswith(HIDDEN)]
        if self.source not in (None, of):
            return
        for name in _links(folders, handle):
            self.found.wait(f"{name}/", of, "it is a link, which is not followed")
        drop = self.settings.folder("drop")
        for name in names:
            path = drop.joinpath(*place, name)
            self._see_file(handle, Delivery(path=path, source=of, dropped=True, root=drop))

    def _see_file(self, folder: int, delivery: Delivery) -> None:
        """Take a file, let it wait, or leave it alone."""
        name, marker = delivery.path.name, self.settings.source_or_default(delivery.source).marker
        if is_ignored(name) or (marker and name.lower().endswith(marker.lower())):
            self.found.ignored += 1
            return
        with suppress(OSError):  # another run has moved it just now, or no name is that long
            if marker:
                why = _why_unmarked(folder, name, marker)
            else:
                why = _why_fresh(
                    os.stat(name, dir_fd=folder, follow_symlinks=False), self.settings.quiet_seconds
                )
            if why:
                self.found.wait(name, delivery.source, why)
            else:
                self.found.deliveries.append(delivery)


def is_ignored(name: str) -> bool:
    """Whether a file of this name is none that a sender has finished."""
    return name.startswith(HIDDEN) or name.lower().endswith(UNFINISHED) or name.lower() in OF_SYSTEMS


def _links(names: list[str], folder: int) -> Iterator[str]:
    for name in names:
        with suppress(OSError):
            if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                yield name


def _why_unmarked(folder: int, name: str, marker: str) -> str | None:
    os.stat(name, dir_fd=folder, follow_symlinks=False)
    try:
        os.stat(f"{name}{marker}", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return f"its marker {printable(name)}{marker} is not there"
    return None


def _why_fresh(seen: os.stat_result, quiet_seconds: float) -> str | None:
    """Why a file may not be complete: somebody wrote to it a moment ago."""
    now = time.time()
    if seen.st_mtime <= now:
        return (
            f"it was written to less than {quiet_seconds:g} seconds ago"
            if now - seen.st_mtime < quiet_seconds
            else None
        )
    # Whoever sets a time cannot set the one of the change: nothing was written since.
    if now - seen.st_ctime >= quiet_seconds:
        return None
    return f"its time lies in the future; it is taken once untouched for {quiet_seconds:g} seconds"


def source_of(inside: tuple[str, ...]) -> str:
    """Who sends what lies in this folder of the drop."""
    return source_of_folder(inside[0]) if inside else DEFAULT_SOURCE


def source_of_folder(name: str) -> str:
    """The folder's name; a byte of it that nobody sees is a sign and its number, so that two folders are two sources."""
    return "".join(c if c.isprintable() and c != SIGN else _escape(c) for c in decode_name(name))


def _escape(character: str) -> str:
    return "".join(f"{SIGN}{byte:02X}" for byte in character.encode(errors="surrogateescape"))
