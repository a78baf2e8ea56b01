"""Discovers what is to be imported: the files and folders that are named, or what waits in the drop."""

import os
from pathlib import Path

from flows.batch import Delivery
from flows.errors import WrongUseError, printable
from flows.formats import format_of, suffixes
from flows.intake.drop_look import DropLook, is_ignored, source_of
from flows.intake.found import Found
from flows.settings import DEFAULT_SOURCE, Settings

LONGEST_SOURCE = 100


def discover(settings: Settings, paths: list[Path], source: str | None = None) -> list[Delivery]:
    """The files to import of what `look` finds."""
    return look(settings, paths, source).deliveries


def look(
    settings: Settings, paths: list[Path], source: str | None = None, *, by_pattern: bool = False
) -> Found:
    """Find what is to be imported: these files and folders, or what waits in the drop when none is named.

    Files come in the order of their paths. Raises WrongUseError for a path that is not there, a source that cannot be a
    folder's name, or a folder that holds nothing to import, unless it was found `by_pattern`.
    """
    if source is not None and not _is_source(source):
        raise WrongUseError(
            "A source is a name of up to 100 characters without slashes, and without blanks at its ends."
        )
    if not paths:
        return DropLook(settings=settings, source=source).through()
    found = Found()
    for path in paths:
        found.add(_look_at(settings, path, source, by_pattern=by_pattern))
    return found


def _is_source(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_SOURCE
        and name == name.strip()
        and name.isprintable()
        and "/" not in name
        and name not in (".", "..")
    )


def _look_at(settings: Settings, path: Path, source: str | None, *, by_pattern: bool) -> Found:
    """What is found at a path that somebody has named."""
    if not os.path.lexists(path):
        raise WrongUseError(f"There is no {printable(str(path))}.")
    path = Path(os.path.abspath(path))  # noqa: PTH100 - not resolve: a link is refused, not followed
    drop = settings.data / "drop"
    dropped = path.is_relative_to(drop)
    if not _is_folder_of_files(path):
        of = source or (source_of(path.relative_to(drop).parts[:-1]) if dropped else DEFAULT_SOURCE)
        root = drop if dropped else None
        return Found(deliveries=[Delivery(path=path, source=of, dropped=dropped, named=True, root=root)])
    if dropped:
        return DropLook(settings=settings, source=source).through(path.relative_to(drop).parts)
    found = _look_in_folder(settings, path, source or DEFAULT_SOURCE)
    if by_pattern:  # which has found what lies in sub-folders, if it means to
        found.waiting = [waiting for waiting in found.waiting if waiting.why != IN_SUB_FOLDER]
    elif not found.deliveries:
        raise WrongUseError(_holds_nothing(path, found))
    return found


def _look_in_folder(settings: Settings, folder: Path, source: str) -> Found:
    """The files of a folder that is not the drop's; what lies in its sub-folders is named and not taken."""
    found = Found()
    for path in sorted(folder.iterdir()):
        if is_ignored(path.name):
            found.ignored += 1
        elif _is_folder_of_files(path):
            found.wait(f"{path.name}/", source, IN_SUB_FOLDER)
        elif settings.format_of(source, path.name) is None:
            found.wait(path.name, source, f"its name ends in none of {', '.join(suffixes())}")
        elif not path.is_dir():
            found.deliveries.append(Delivery(path=path, source=source, named=True))
    return found


IN_SUB_FOLDER = "what lies in a sub-folder is not taken"


def _holds_nothing(folder: Path, found: Found) -> str:
    name = printable(str(folder))
    told = f"{name} holds no file to import"
    if any(waiting.why == IN_SUB_FOLDER for waiting in found.waiting):
        return f"{told}; files in its sub-folders are not taken: name {name}/** to backfill."
    return f"{told}."


def _is_folder_of_files(path: Path) -> bool:
    """A folder that is called like a file is a mistake to be told, not a folder to look into."""
    return path.is_dir() and not path.is_symlink() and format_of(path.name) is None
