"""From things that are made one after the other to the same, the next one made while this one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(made: Iterator[T]) -> Iterator[T]:
    """Each of them; whatever making one raises is raised where it would have been."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as aside:
        coming = aside.submit(next, made, None)
        while (one := coming.result()) is not None:
            coming = aside.submit(next, made, None)
            yield one
