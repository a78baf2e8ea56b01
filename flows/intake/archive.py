"""Moves a finished file of the drop to its one place: the archive, or the refused ones with the reason beside it.

A file that is named by hand stays where it is. What became of the batch is settled by then: a file that cannot be
moved is told in a note, and nothing of it is left anywhere else.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flows.batch import Batch, Delivery, FileIdentity, file_identity
from flows.intake.handles import open_folder, open_parent
from flows.intake.move import Place, move
from flows.settings import Settings

# A name may have 255 bytes; what is put before and behind it takes 48, and a marker.
LONGEST_NAME = 190
LONGEST_FOLDER = 200

Notes = tuple[str, ...]


def move_to_archive(settings: Settings, delivery: Delivery, batch: Batch) -> Notes:
    """Move an imported file to `archive/<source>/`; a note when that cannot be done."""
    if not delivery.dropped:
        return ()
    try:
        with _place(settings, "archive", delivery, batch.sha256[:12]) as place:
            _move(settings, delivery, batch.identity, place)
    except OSError as error:
        return _note("archive", error)
    return ()


def move_to_refused(settings: Settings, delivery: Delivery, batch: Batch | None, reason: str) -> Notes:
    """Move a refused file to `refused/<source>/`; of what is no file at all there is no `batch`."""
    if not delivery.dropped:
        return ()
    identity, mark = (batch.identity, batch.sha256[:12]) if batch else (None, "unread")
    try:
        with _place(settings, "refused", delivery, mark) as place, _reason_beside(place, reason) as beside:
            if not _move(settings, delivery, identity, place):
                beside.unlink()
    except OSError as error:
        return _note("refused", error)
    return ()


def _note(folder: str, error: OSError) -> Notes:
    why = error.strerror or type(error).__name__
    return (f"The file could not be moved to the folder {folder}: {why}. It stays where it is.",)


@contextmanager
def _place(settings: Settings, folder: str, delivery: Delivery, mark: str) -> Iterator[Place]:
    """A name that can clash with nothing, in the source's folder there."""
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    marker = len(os.fsencode(settings.source_or_default(delivery.source).marker or ""))
    name = _ending(os.fsencode(delivery.path.name), max(LONGEST_NAME - marker, 0))
    with open_folder(settings.folder(folder), (folder_name(delivery.source),), make=True) as handle:
        yield Place(folder=handle, name=f"{when}-{mark}-{name}")


def _ending(name: bytes, most: int) -> str:
    """The end of a name, in so many bytes at most of what every disk can hold; a byte that is no text has a sign of three."""
    text = name.decode(errors="replace").encode()
    return text[max(len(text) - most, 0) :].decode(errors="ignore")


def folder_name(source: str) -> str:
    """The name of a source's folder: its own, unless no disk could hold that."""
    name = source.encode()
    if len(name) <= LONGEST_FOLDER:
        return source
    return f"{name[:LONGEST_FOLDER].decode(errors='ignore')}-{hashlib.sha256(name).hexdigest()[:12]}"


@contextmanager
def _reason_beside(place: Place, reason: str) -> Iterator[Place]:
    """The reason, written first, so that no file ever lies there without; gone again when the file cannot come."""
    beside = Place(folder=place.folder, name=f"{place.name}.reason.txt")
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(beside.name, new, 0o666, dir_fd=beside.folder), "w", encoding="utf-8") as file:
            file.write(f"{reason}\n")
        yield beside
    except OSError:
        with _may_be_gone():
            beside.unlink()
        raise


def _move(settings: Settings, delivery: Delivery, identity: FileIdentity | None, place: Place) -> bool:
    """Move it, and its marker after it; not when it is gone, or another file by now."""
    with _may_be_gone(), open_parent(delivery) as (folder, name):  # another run has moved it
        source = Place(folder=folder, name=name)
        if identity is None and source.is_readable_file():
            return False  # by now: it was refused for being none, and the next run will read it
        if not move(source, place, identity or file_identity(source.look())):
            return False
        marker = settings.source_or_default(delivery.source).marker
        if marker:  # left there it would say that the next file of this name is complete
            beside = Place(folder=folder, name=f"{name}{marker}")
            with _may_be_gone():
                move(beside, Place(folder=place.folder, name=f"{place.name}{marker}"), None)
        return True
    return False


@contextmanager
def _may_be_gone() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        return
