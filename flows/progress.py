"""Who watches how far a batch is: a terminal's bar, or nobody."""

from collections.abc import Callable
from contextvars import ContextVar

Watch = Callable[[str, int], None]
"""Told after each chunk: the batch's file, and how many more of its rows are done."""

watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


def tell(file: str, rows: int) -> None:
    """Tell whoever watches that so many more rows are done."""
    watcher = watch.get()
    if watcher:
        watcher(file, rows)
