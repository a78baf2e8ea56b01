"""From the drop to the deliveries that wait in it, and from a finished delivery to its place in the archive."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.model import Delivery
from flows.settings import DEFAULT_SOURCE, Settings

KINDS = (".csv", ".parquet", ".pq", ".csv.gz", ".parquet.gz")
"""What is taken of a folder that is named by hand; it may hold other files."""

# Names under which programs keep what they have not finished writing.
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")


def find(settings: Settings, paths: list[Path], source: str | None = None) -> list[Delivery]:
    """What is to be imported: these files and folders, or what waits in the drop when none is named.

    Raises MachineError for a path that is not there. Files come in the order of their paths.
    """
    if not paths:
        return sorted(_waiting(settings, source), key=lambda delivery: str(delivery.path))
    return [delivery for path in paths for delivery in _named(settings, path, source)]


def archive(settings: Settings, delivery: Delivery, sha256: str) -> None:
    """Move a finished file out of the drop, under a name that can clash with nothing; a file named by hand stays."""
    if delivery.dropped:
        _move(delivery.path, settings.folder("archive") / delivery.source, sha256)


def refuse(settings: Settings, delivery: Delivery, sha256: str, reason: str) -> None:
    """Move a refused file out of the drop, the reason beside it."""
    if delivery.dropped:
        moved = _move(delivery.path, settings.folder("refused") / delivery.source, sha256)
        moved.with_name(moved.name + ".reason.txt").write_text(reason + "\n", encoding="utf-8")


def _waiting(settings: Settings, source: str | None) -> Iterator[Delivery]:
    drop = settings.folder("drop")
    for path in drop.rglob("*"):
        of = _source(drop, path)
        if path.is_dir() or path.name.startswith(".") or path.name.lower().endswith(UNFINISHED):
            continue
        if source in (None, of) and _is_complete(path, settings.quiet_seconds):
            yield Delivery(path=path, source=of, dropped=True)


def _is_complete(path: Path, quiet_seconds: float) -> bool:
    """Whether nobody has written to the file for a while; one look is enough."""
    return time.time() - path.lstat().st_mtime >= quiet_seconds


def _source(drop: Path, path: Path) -> str:
    inside = path.relative_to(drop).parts
    return inside[0] if len(inside) > 1 else DEFAULT_SOURCE


def _named(settings: Settings, path: Path, source: str | None) -> Iterator[Delivery]:
    path = Path(os.path.abspath(path))  # noqa: PTH100 - not resolve: a link is refused, not followed
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    drop = settings.data / "drop"
    dropped = path.is_relative_to(drop)
    files = (
        sorted(file for file in path.iterdir() if file.name.lower().endswith(KINDS))
        if _is_folder_of_files(path)
        else [path]
    )
    for file in files:
        if file is path or not file.is_dir():
            of = source or (_source(drop, file) if dropped else DEFAULT_SOURCE)
            yield Delivery(path=file, source=of, dropped=dropped)


def _is_folder_of_files(path: Path) -> bool:
    """A folder that is called like a file is a mistake to be told, not a folder to look into."""
    return path.is_dir() and not path.is_symlink() and not path.name.lower().endswith(KINDS)


def _move(path: Path, folder: Path, sha256: str) -> Path:
    """Move within the data folder: a name with time and hash is there once, and a link never overwrites."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = folder / f"{stamp}-{sha256[:12]}-{path.name}"
    path.rename(target)
    return target
