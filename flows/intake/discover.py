"""Discovers what is to be imported: the files and folders that are named, or what waits in the drop."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flows.batch import Delivery
from flows.errors import WrongUseError, printable
from flows.formats import format_of
from flows.settings import DEFAULT_SOURCE, Settings

LONGEST_SOURCE = 100

# Names under which programs keep what they have not finished writing.
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp", "~")


def discover(settings: Settings, paths: list[Path], source: str | None = None) -> list[Delivery]:
    """What is to be imported: these files and folders, or what waits in the drop when none is named.

    Raises WrongUseError for a path that is not there, or a source that cannot be a folder's name.
    Files come in the order of their paths.
    """
    if source is not None and not _is_source(source):
        raise WrongUseError("A source is a name of up to 100 characters without slashes.")
    if not paths:
        return sorted(
            _find_waiting(settings, settings.folder("drop"), source), key=lambda found: str(found.path)
        )
    return [delivery for path in paths for delivery in _find_named(settings, path, source)]


def _find_waiting(settings: Settings, folder: Path, source: str | None) -> Iterator[Delivery]:
    drop = settings.folder("drop")
    for path in folder.rglob("*"):
        of = _source(drop, path)
        marker = settings.source_or_default(of).marker
        hidden = any(part.startswith(".") for part in path.relative_to(drop).parts)
        if (
            path.is_dir()
            or hidden
            or path.name.lower().endswith((*UNFINISHED, *([marker] if marker else [])))
        ):
            continue
        if source in (None, of) and _is_complete(path, marker, settings.quiet_seconds):
            yield Delivery(path=path, source=of, dropped=True)


def _is_source(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_SOURCE and name.isprintable() and "/" not in name and name not in (".", "..")
    )


def _is_complete(path: Path, marker: str | None, quiet_seconds: float) -> bool:
    """Whether the source's marker stands beside it; without one, whether nobody has written to it for a while."""
    if marker:
        return path.with_name(path.name + marker).exists()
    with suppress(FileNotFoundError):  # another run has moved it just now
        return time.time() - path.lstat().st_mtime >= quiet_seconds
    return False


def _source(drop: Path, path: Path) -> str:
    inside = path.relative_to(drop).parts
    return printable(inside[0]) if len(inside) > 1 else DEFAULT_SOURCE


def _find_named(settings: Settings, path: Path, source: str | None) -> Iterator[Delivery]:
    if not os.path.lexists(path):
        raise WrongUseError(f"There is no {printable(str(path))}.")
    path = Path(os.path.abspath(path))  # noqa: PTH100 - not resolve: a link is refused, not followed
    drop = settings.data / "drop"
    dropped = path.is_relative_to(drop)
    if dropped and _is_folder_of_files(path):
        yield from sorted(_find_waiting(settings, path, source), key=lambda found: str(found.path))
        return
    files = (
        sorted(file for file in path.iterdir() if _is_batch(settings, source, file.name))
        if _is_folder_of_files(path)
        else [path]
    )
    for file in files:
        if file is path or not file.is_dir():
            of = source or (_source(drop, file) if dropped else DEFAULT_SOURCE)
            yield Delivery(path=file, source=of, dropped=dropped, named=True)


def _is_batch(settings: Settings, source: str | None, name: str) -> bool:
    known = settings.format_of(source or DEFAULT_SOURCE, name)
    return known is not None and not name.startswith(".")


def _is_folder_of_files(path: Path) -> bool:
    """A folder that is called like a file is a mistake to be told, not a folder to look into."""
    return path.is_dir() and not path.is_symlink() and format_of(path.name) is None
