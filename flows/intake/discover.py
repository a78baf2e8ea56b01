"""Discovers what is to be imported: the files and folders that are named, or what waits in the drop."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flows.batch import Delivery
from flows.errors import WrongUseError, decode_name, printable
from flows.formats import format_of
from flows.intake.handles import open_folder
from flows.settings import DEFAULT_SOURCE, Settings

LONGEST_SOURCE = 100
SIGN = "\N{REPLACEMENT CHARACTER}"

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
        return sorted(_find_waiting(settings, (), source), key=lambda found: str(found.path))
    return [delivery for path in paths for delivery in _find_named(settings, path, source)]


def _find_below(settings: Settings, below: tuple[str, ...], source: str | None) -> list[Delivery]:
    try:
        return sorted(_find_waiting(settings, below, source), key=lambda found: str(found.path))
    except NotADirectoryError:  # a link is none
        where = printable("/".join(below))
        raise WrongUseError(f"{where} of the drop lies behind a link, which is not followed.") from None


def _find_waiting(settings: Settings, below: tuple[str, ...], source: str | None) -> Iterator[Delivery]:
    """What waits in this folder of the drop, and in those below it; none is reached by a link."""
    drop = settings.folder("drop")
    for inside, names, handle in _walk(drop, below):
        of = _source(inside)
        marker = settings.source_or_default(of).marker
        if source not in (None, of) or any(part.startswith(".") for part in inside):
            continue
        for name in names:
            if not _is_unfinished(name, marker) and _is_complete(
                handle, name, marker, settings.quiet_seconds
            ):
                yield Delivery(path=drop.joinpath(*inside, name), source=of, dropped=True, root=drop)


def _walk(drop: Path, below: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str], int]]:
    """Each folder: its place in the drop, the names of its files, and a handle of it."""
    with open_folder(drop, below) as top:
        for found, _, names, handle in os.fwalk(".", dir_fd=top):
            yield (*below, *Path(found).parts), names, handle


def _is_unfinished(name: str, marker: str | None) -> bool:
    return name.startswith(".") or name.lower().endswith((*UNFINISHED, *([marker] if marker else [])))


def _is_source(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_SOURCE and name.isprintable() and "/" not in name and name not in (".", "..")
    )


def _is_complete(folder: int, name: str, marker: str | None, quiet_seconds: float) -> bool:
    """Whether the source's marker stands beside it; without one, whether nobody has written to it for a while."""
    with suppress(OSError):  # another run has moved it just now, or no name is that long
        seen = os.stat(f"{name}{marker or ''}", dir_fd=folder, follow_symlinks=False)
        return marker is not None or time.time() - seen.st_mtime >= quiet_seconds
    return False


def _source(inside: tuple[str, ...]) -> str:
    """Who sends what lies in this folder of the drop."""
    return source_of_folder(inside[0]) if inside else DEFAULT_SOURCE


def source_of_folder(name: str) -> str:
    """The folder's name; a byte of it that nobody sees is a sign and its number, so that two folders are two sources."""
    return "".join(c if c.isprintable() and c != SIGN else _escape(c) for c in decode_name(name))


def _escape(character: str) -> str:
    return "".join(f"{SIGN}{byte:02X}" for byte in character.encode(errors="surrogateescape"))


def _find_named(settings: Settings, path: Path, source: str | None) -> Iterator[Delivery]:
    if not os.path.lexists(path):
        raise WrongUseError(f"There is no {printable(str(path))}.")
    path = Path(os.path.abspath(path))  # noqa: PTH100 - not resolve: a link is refused, not followed
    drop = settings.data / "drop"
    dropped = path.is_relative_to(drop)
    if dropped and _is_folder_of_files(path):
        yield from _find_below(settings, path.relative_to(drop).parts, source)
        return
    files = (
        sorted(file for file in path.iterdir() if _is_batch(settings, source, file.name))
        if _is_folder_of_files(path)
        else [path]
    )
    for file in files:
        if file is path or not file.is_dir():
            of = source or (_source(file.relative_to(drop).parts[:-1]) if dropped else DEFAULT_SOURCE)
            root = drop if dropped else None
            yield Delivery(path=file, source=of, dropped=dropped, named=True, root=root)


def _is_batch(settings: Settings, source: str | None, name: str) -> bool:
    known = settings.format_of(source or DEFAULT_SOURCE, name)
    return known is not None and not name.startswith(".")


def _is_folder_of_files(path: Path) -> bool:
    """A folder that is called like a file is a mistake to be told, not a folder to look into."""
    return path.is_dir() and not path.is_symlink() and format_of(path.name) is None
