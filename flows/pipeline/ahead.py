"""From things that are made one after the other to the same, the next one made while this one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(made: Iterator[T]) -> Iterator[Iterator[T]]:
    """Each of them; whatever making one raises is raised where it would have been. Afterwards none is being made."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as aside:
        yield _each(made, aside)


def _each(made: Iterator[T], aside: ThreadPoolExecutor) -> Iterator[T]:
    coming = aside.submit(next, made, None)
    while (one := coming.result()) is not None:
        coming = aside.submit(next, made, None)
        yield one
