"""From chunks that are checked one after the other to chunks that load at the same time, over a few connections."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import TypeVar

import psycopg

from flows.model import MachineError
from flows.reap import freeing
from flows.settings import Settings

T = TypeVar("T")
Load = Callable[[psycopg.Connection], T]


def spread(loads: Iterable[Load[T]], db: psycopg.Connection, settings: Settings) -> Iterator[T]:
    """What each load answers, in their order; over `db`, and over further connections once there is a second one.

    While some run, the next is made. As many as there are connections run or wait, so memory has a cap.
    """
    several, begun = _Several(db), deque[Future[T]]()
    with ExitStack() as opened, ThreadPoolExecutor(settings.connections, thread_name_prefix="load") as pool:
        for number, load in enumerate(loads):
            if number == 1:
                several.open(opened, settings)
            begun.append(pool.submit(several.run, load))
            if len(begun) > several.count:
                yield begun.popleft().result()
        yield from (future.result() for future in begun)


class _Several:
    """Connections, each for one load at a time."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.count = 1
        self._free: SimpleQueue[psycopg.Connection] = SimpleQueue()
        self._free.put(db)

    def open(self, opened: ExitStack, settings: Settings) -> None:
        """Open those that are set; fewer where the server has no more to give: slower, and no reason to fail."""
        with suppress(MachineError):
            while self.count < settings.connections:
                self._free.put(opened.enter_context(freeing(settings)))
                self.count += 1

    def run(self, load: Load[T]) -> T:
        """Run the load over one that is free."""
        connection = self._free.get()
        try:
            return load(connection)
        finally:
            self._free.put(connection)
