"""Moves a finished file of the drop to its one place: the archive, or the refused ones with the reason beside it.

A file that is named by hand stays where it is.
"""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flows.batch import Batch, Delivery, FileIdentity, file_identity
from flows.settings import Settings

# A name may have 255 bytes; what is put before and behind it takes 60.
LONGEST_NAME = 190


def move_to_archive(settings: Settings, delivery: Delivery, batch: Batch) -> None:
    """Move an imported file to `archive/<source>/`."""
    if delivery.dropped:
        place = _place(settings.folder("archive"), delivery, batch.sha256[:12])
        _move(delivery.path, batch.identity, place, settings.source_or_default(delivery.source).marker)


def move_to_refused(settings: Settings, delivery: Delivery, batch: Batch | None, reason: str) -> None:
    """Move a refused file to `refused/<source>/`; of what is no file at all there is no `batch`."""
    if delivery.dropped:
        identity, mark = (batch.identity, batch.sha256[:12]) if batch else (None, "unread")
        place = _place(settings.folder("refused"), delivery, mark)
        beside = place.with_name(f"{place.name}.reason.txt")
        beside.write_text(f"{reason}\n", encoding="utf-8")  # first, so that no file ever lies there without
        if not _move(delivery.path, identity, place, settings.source_or_default(delivery.source).marker):
            beside.unlink()


def _place(folder: Path, delivery: Delivery, mark: str) -> Path:
    """A name that can clash with nothing."""
    folder = folder / delivery.source
    folder.mkdir(parents=True, exist_ok=True)
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    name = delivery.path.name.encode(errors="surrogateescape")[-LONGEST_NAME:].decode(errors="replace")
    return folder / f"{when}-{mark}-{name}"


def _move(path: Path, identity: FileIdentity | None, place: Path, marker: str | None) -> bool:
    """Move it, and its marker after it; not when it is gone, or another file by now."""
    with suppress(FileNotFoundError):  # another run has moved it
        if identity is not None and file_identity(path.lstat()) != identity:
            return False
        shutil.move(path, place)  # a rename, unless the drop lies on another disk
        beside = path.with_name(f"{path.name}{marker}")
        if marker and beside.exists():  # left there it would say that the next file of this name is complete
            shutil.move(beside, place.with_name(f"{place.name}{marker}"))
        return True
    return False
