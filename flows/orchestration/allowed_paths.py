"""Resolves a path that came through Prefect's API, and refuses one that may not be read.

Whoever may start a flow need not be one who may read this machine's files.
"""

import os
from pathlib import Path

from flows.errors import WrongUseError
from flows.settings import Settings


def resolve_allowed_path(settings: Settings, path: Path) -> Path:
    """The path without links in it; raises WrongUseError unless it lies in the data folder or in ORDER_IMPORT_FOLDERS.

    What is not there is refused in the same words as what may not be read, so that nobody can ask what there is.
    """
    try:
        real = Path(os.path.abspath(path)).resolve(strict=True)  # noqa: PTH100 - a null byte is a ValueError in both
    except (OSError, ValueError):
        raise _refusal() from None
    data = settings.data.resolve()
    if real.is_relative_to(data):
        return settings.data / real.relative_to(
            data
        )  # named as the drop is, so that a file of the drop is known as one
    if any(real.is_relative_to(folder.resolve()) for folder in settings.folders):
        return real
    raise _refusal()


def _refusal() -> WrongUseError:
    return WrongUseError(
        "There is no such file or folder inside the data folder or the folders of ORDER_IMPORT_FOLDERS."
    )
