"""Reads the variables ORDER_IMPORT_* of the environment and of a `.env`.

A name that is nearly one of ours, and a path that nobody has completed, are told of: who sets them means something.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from flows.errors import MachineError, printable

NAMES = (
    "CHUNK_ROWS",
    "CONNECTIONS",
    "DASK",
    "DATA",
    "DATABASE_URL",
    "FOLDERS",
    "FOREIGN_KEY",
    "ID_KEY",
    "NOTIFY_URL",
    "PROCESSORS",
    "QUIET_SECONDS",
    "REPORTS_URL",
    "SOURCES",
)
_OURS = "ORDER_IMPORT_"
_ALIKE = 0.6
"""From so much of their letters on two names are taken for one that was misspelt: DATABASE for DATABASE_URL."""

# What a shell would have put a value in place of: a service's file of settings is read by no shell.
_OPEN = re.compile(r"\$\{?[A-Za-z_]\w*|^\w+://")


def read_environment() -> dict[str, str]:
    """Every variable that is set, by its name; blanks around a value are none of it, and a blank one is an absent one.

    Raises MachineError for a name that is none of ours and nearly is: orders must not end in another database. Where the
    one that it is like is set too, somebody else means something else by it.
    """
    _refuse_threads(os.environ.get("POLARS_MAX_THREADS", ""))
    filled = {**_filled(_read_file()), **_filled(os.environ)}
    for name in filled:
        _refuse_misspelt(name, filled)
    return filled


def _filled(variables: Mapping[str, str | None]) -> dict[str, str]:
    filled = {}
    for name, value in variables.items():
        # A key is any text, with which ids were made: as it was taken once it is taken for ever.
        text = value if value is None or name == f"{_OURS}ID_KEY" else value.strip()
        if text and name.upper().startswith(_OURS):
            filled[name] = text
    return filled


def read_path(name: str, value: str) -> Path:
    """A path as it was written in this variable, made whole where it begins with ~."""
    found = _OPEN.search(value)
    if found:
        raise MachineError(f"{name} must be a whole path: nothing is put in place of {printable(found[0])}.")
    try:
        return Path(value).expanduser()
    except RuntimeError:  # of whom, or for whom nobody knows where
        raise MachineError(
            f"{name} begins with ~, and there is no such home: write the whole path."
        ) from None


def _read_file() -> dict[str, str | None]:
    try:
        return dotenv_values(Path.cwd() / ".env")
    except FileNotFoundError:  # the file itself need not be there
        raise MachineError(
            "The folder in which this was started is not there any more: start it in another."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise MachineError("The file .env cannot be read here as UTF-8 text.") from None


def _refuse_threads(value: str) -> None:
    """Polars ends with a panic where it shall have no thread, and takes what is no number for nothing."""
    if value and not (value.isascii() and value.isdecimal() and int(value)):
        raise MachineError("POLARS_MAX_THREADS must be a whole number from 1 on.")


def _refuse_misspelt(name: str, filled: Mapping[str, str]) -> None:
    if name.startswith(_OURS) and name.removeprefix(_OURS) in NAMES:
        return
    near = get_close_matches(name.upper().removeprefix(_OURS), NAMES, 1, _ALIKE)
    if near and f"{_OURS}{near[0]}" not in filled:
        raise MachineError(
            f"{printable(name)} is no setting: {_OURS}{near[0]} is, with a name much like it. Rename it, or remove it."
        )
