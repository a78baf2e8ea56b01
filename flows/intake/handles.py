"""Goes down to a file by directory handles: below a root no link is followed, whoever puts one there meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flows.batch import Delivery

# Where a system has it, a folder need not be readable to be gone through.
_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY


@contextmanager
def open_folder(root: Path, below: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """A handle of a folder; the root is its owner's, who may have put a link there. Raises OSError at a link below it."""
    handle = os.open(root, _THROUGH)
    try:
        for name in below:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=handle)
            above, handle = handle, os.open(name, _THROUGH | os.O_NOFOLLOW, dir_fd=handle)
            os.close(above)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def open_parent(delivery: Delivery) -> Iterator[tuple[int, str]]:
    """A handle of the folder that a delivered file lies in, and its name there."""
    root = delivery.root or delivery.path.parent
    *below, name = delivery.path.relative_to(root).parts
    with open_folder(root, tuple(below)) as folder:
        yield folder, name
