"""From a finished file of the drop to its one place: the archive, or the refused ones with the reason beside it.

A file that is named by hand stays where it is.
"""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flows.model import Batch, Delivery, Stamp, stamp_of
from flows.settings import Settings

# A name may have 255 bytes; what is put before and behind it takes 60.
LONGEST_NAME = 190


def archive(settings: Settings, delivery: Delivery, batch: Batch) -> None:
    """Move an imported file to `archive/<source>/`."""
    if delivery.dropped:
        _move(delivery.path, batch.stamp, settings.folder("archive") / delivery.source, batch.sha256[:12])


def refuse(settings: Settings, delivery: Delivery, batch: Batch | None, reason: str) -> None:
    """Move a refused file to `refused/<source>/`; of what is no file at all there is no `batch`."""
    if delivery.dropped:
        stamp, mark = (batch.stamp, batch.sha256[:12]) if batch else (None, "unread")
        moved = _move(delivery.path, stamp, settings.folder("refused") / delivery.source, mark)
        if moved:
            moved.with_name(f"{moved.name}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")


def _move(path: Path, stamp: Stamp | None, folder: Path, mark: str) -> Path | None:
    """Move it under a name that can clash with nothing; not when it is gone, or another file by now."""
    with suppress(FileNotFoundError):  # another run has moved it
        if stamp is not None and stamp_of(path.lstat()) != stamp:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        short = path.name.encode(errors="surrogateescape")[-LONGEST_NAME:].decode(errors="replace")
        target = folder / f"{when}-{mark}-{short}"
        shutil.move(path, target)  # a rename, unless the drop lies on another disk
        return target
    return None
