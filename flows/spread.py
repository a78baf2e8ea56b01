"""From chunks that are checked one after the other to chunks that load at the same time, over a few connections."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import SimpleQueue

import psycopg

from flows.model import MachineError
from flows.reap import freeing
from flows.settings import Settings

Load = Callable[[psycopg.Connection], int]
"""Loads a chunk; how many rows it has."""


@contextmanager
def connections(settings: Settings) -> Iterator[list[psycopg.Connection]]:
    """As many connections as are set, or fewer where the server has no more to give; one at least."""
    with ExitStack() as opened:
        found = [opened.enter_context(freeing(settings))]
        try:
            while len(found) < settings.connections:
                found.append(opened.enter_context(freeing(settings)))
        except MachineError:
            pass  # slower, and no reason to fail
        yield found


def spread(loads: Iterable[Load], over: list[psycopg.Connection]) -> Iterator[int]:
    """What each load answers, in their order. While some run, the next is made: one waits at most, so memory has a cap."""
    free: SimpleQueue[psycopg.Connection] = SimpleQueue()
    for connection in over:
        free.put(connection)

    def run(load: Load) -> int:
        connection = free.get()
        try:
            return load(connection)
        finally:
            free.put(connection)

    with ThreadPoolExecutor(len(over), thread_name_prefix="load") as pool:
        begun: deque[Future[int]] = deque()
        for load in loads:
            begun.append(pool.submit(run, load))
            if len(begun) > len(over):
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
