"""Holds frames of findings one after the other: in memory while they are few, in files of the work folder when they are many."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

FEW = 100_000
"""Rows that are held in memory: some hundred bytes each. A chunk in which little is wrong has a few thousand."""


class Spool:
    """Frames of the same columns; they can be gone through again and again."""

    def __init__(self, folder: Path | None = None, name: str = "") -> None:
        """With a folder, the frames may go there, into files of that name; an earlier one's are written over."""
        self._folder, self._name = folder, name
        self._parts: list[pl.DataFrame | Path] = []
        self._held = 0

    def beside(self, name: str) -> "Spool":
        """An empty one of another name in the same folder."""
        return Spool(self._folder, name)

    @property
    def folder(self) -> Path | None:
        """Where some of its frames lie; None while memory holds all of them."""
        return self._folder if any(isinstance(part, Path) for part in self._parts) else None

    def put(self, frame: pl.DataFrame) -> None:
        """Take one more."""
        self._held += frame.height
        if self._folder is None or self._held <= FEW:
            self._parts.append(frame)
            return
        self._held -= frame.height
        path = self._folder / f"{self._name}.{len(self._parts)}.spooled"
        frame.write_ipc(path)
        self._parts.append(path)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for part in self._parts:
            yield pl.read_ipc(part) if isinstance(part, Path) else part

    def drop(self) -> None:
        """Forget all of it, and free the disk."""
        for part in self._parts:
            if isinstance(part, Path):
                part.unlink(missing_ok=True)
        self._parts, self._held = [], 0
