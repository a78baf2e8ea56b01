"""Runs things at the same time: the next one made while one is used, loads over connections, batches side by side."""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import takewhile
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

import psycopg

from flows.batch import Delivery
from flows.database.load_connections import Load, LoadConnections
from flows.pipeline.attempts import strike_off_all
from flows.settings import Settings

# A large batch on its way takes half a GB (its copy lies on the disk), whichever its size.
MEMORY_OF_A_BATCH = 1 << 29

on_end: ContextVar[Callable[[], None] | None] = ContextVar("ends", default=None)
"""Called whenever one more is at its end: by a terminal's bar, or by nobody."""

STOPPED = 130
"""What a shell is told by every command that Ctrl-C has ended."""


class Running(Protocol):
    """What is under way somewhere: in a thread, or on another machine."""

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        """Have this called, from any thread, once it has come to its end."""


F = TypeVar("F", bound=Running)
T = TypeVar("T")


@contextmanager
def prefetch(made: Iterator[T]) -> Iterator[Iterator[T]]:
    """Each of them, the next one made while this one is used; whatever making one raises is raised where it would have been. Afterwards none is being made."""
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as aside:
        yield _one_ahead(made, aside)


def _one_ahead(made: Iterator[T], aside: ThreadPoolExecutor) -> Iterator[T]:
    coming = aside.submit(next, made, None)
    while (one := coming.result()) is not None:
        coming = aside.submit(next, made, None)
        yield one


def load_concurrently(loads: Iterable[Load[T]], db: psycopg.Connection, settings: Settings) -> Iterator[T]:
    """What each load answers, in their order; over `db`, and over further connections once there is a second one.

    While some run, the next is made. As many as there are connections run or wait, so memory has a cap.
    """
    several, begun = LoadConnections(db), deque[Future[T]]()
    with ExitStack() as opened, ThreadPoolExecutor(settings.connections, thread_name_prefix="load") as pool:
        for number, load in enumerate(loads):
            if number == 1:
                several.open(opened, settings)
            begun.append(pool.submit(several.run, load))
            if len(begun) > several.count:
                yield begun.popleft().result()
        yield from (future.result() for future in begun)


def run_concurrently(
    deliveries: Iterable[Delivery],
    begin: Callable[[Delivery], F],
    at_once: int,
    leave: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Delivery, F]]:
    """Each delivery as it comes to its end.

    After a Ctrl-C none is begun any more, and those under way come to their ends; a second one ends the process,
    after `leave`.
    """
    ended: SimpleQueue[tuple[Delivery, F]] = SimpleQueue()
    running = 0
    with _stoppable(leave) as stopped:
        for delivery in takewhile(lambda _: not stopped.is_set(), deliveries):
            begun = begin(delivery)
            begun.add_done_callback(partial(_put, ended, (delivery, begun)))
            running += 1
            if running == at_once:
                yield _next(ended)
                running -= 1
        for _ in range(running):
            yield _next(ended)


def affordable_batches() -> int:
    """How many batches at once this machine bears: one a core, in half of the memory; PostgreSQL wants some too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(os.cpu_count() or 1, memory // 2 // MEMORY_OF_A_BATCH))


def _put(ended: "SimpleQueue[tuple[Delivery, F]]", pair: tuple[Delivery, F], _: object) -> None:
    ended.put(pair)


def _next(ended: "SimpleQueue[tuple[Delivery, F]]") -> tuple[Delivery, F]:
    pair, tell = ended.get(), on_end.get()
    if tell:
        tell()
    return pair


@contextmanager
def _stoppable(leave: Callable[[], object]) -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; only a process's main thread hears of one."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        if stopped.is_set():
            leave()
            strike_off_all()
            os._exit(STOPPED)  # threads are not waited for: what is killed goes on another time
        stopped.set()
        print("Stopping: what is under way is finished. Ctrl-C again ends it at once.", file=sys.stderr)  # noqa: T201

    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
