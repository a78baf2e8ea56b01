"""Works on several chunks of a batch at the same time: the next one read while one is used, some made, some loaded."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from typing import NoReturn, TypeVar

import psycopg

from flows.database.load_connections import Load, LoadConnections
from flows.settings import Settings
from flows.threads import submit

S = TypeVar("S")
T = TypeVar("T")


@contextmanager
def prefetch(made: Iterator[T]) -> Iterator[Iterator[T]]:
    """Each of them, the next one made while this one is used; whatever making one raises is raised where it would have been. Afterwards none is being made."""
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as aside:
        yield _one_ahead(made, aside)


def _one_ahead(made: Iterator[T], aside: ThreadPoolExecutor) -> Iterator[T]:
    coming = submit(aside, next, made, None)
    while (one := coming.result()) is not None:
        coming = submit(aside, next, made, None)
        yield one


@contextmanager
def make_concurrently(make: Callable[[S], T], given: Iterator[S], at_once: int) -> Iterator[Iterator[T]]:
    """What is made of each, in their order, so many made at once. Afterwards none is being made.

    Whatever the next one of them raises, or making one, is raised in its place: behind all that came before.
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix="make") as pool:
        yield _in_order((submit(pool, task) for task in _tasks(make, given)), at_once)


def _tasks(make: Callable[[S], T], given: Iterator[S]) -> Iterator[Callable[[], T]]:
    try:
        for one in given:
            yield partial(make, one)
    except Exception as error:  # noqa: BLE001 - it is raised where it belongs
        yield partial(_raise, error)


def _raise(error: Exception) -> NoReturn:
    raise error


def _in_order(begun: Iterator[Future[T]], at_once: int) -> Iterator[T]:
    waiting = deque(islice(begun, at_once))
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(islice(begun, 1))


def load_concurrently(loads: Iterable[Load[T]], db: psycopg.Connection, settings: Settings) -> Iterator[T]:
    """What each load answers, in their order; over `db`, and over further connections once there is a second one.

    While some run, the next is made. As many as there are connections run or wait, so memory has a cap.
    """
    several, begun = LoadConnections(db), deque[Future[T]]()
    with ExitStack() as opened, ThreadPoolExecutor(settings.loads_at_once, thread_name_prefix="load") as pool:
        for number, load in enumerate(loads):
            if number == 1:
                several.open(opened, settings)
            begun.append(submit(pool, several.run, load))
            if len(begun) > several.count:
                yield begun.popleft().result()
        yield from (future.result() for future in begun)
