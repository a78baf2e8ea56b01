"""Notifies whoever watches how far a batch is: a terminal's bar, a server's page, or nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watch = Callable[[str, int, float], None]
"""Told after each chunk: the batch's file, how many more of its rows are done, and which part of all that is."""

_watchers: ContextVar[tuple[Watch, ...]] = ContextVar("watchers", default=())


@contextmanager
def watch(watch: Watch) -> Iterator[None]:
    """While this one is told too."""
    token = _watchers.set((*_watchers.get(), watch))
    try:
        yield
    finally:
        _watchers.reset(token)


def notify(file: str, rows: int, share: float) -> None:
    """Tell whoever watches that so many more rows are done."""
    for watch in _watchers.get():
        watch(file, rows, share)
