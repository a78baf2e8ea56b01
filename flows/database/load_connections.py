"""Lends the connections over which a batch's chunks load at the same time, each to one load at a time."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import TypeVar

import psycopg

from flows.database.stuck_sessions import connect_freeing_locks
from flows.errors import MachineError
from flows.settings import Settings

T = TypeVar("T")
Load = Callable[[psycopg.Connection], T]


class LoadConnections:
    """Connections, each for one load at a time."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.count = 1
        self._free: SimpleQueue[psycopg.Connection] = SimpleQueue()
        self._free.put(db)

    def open(self, opened: ExitStack, settings: Settings) -> None:
        """Open those that are set; fewer where the server has no more to give: slower, and no reason to fail."""
        with suppress(MachineError):
            while self.count < settings.loads_at_once:
                self._free.put(opened.enter_context(connect_freeing_locks(settings)))
                self.count += 1

    def run(self, load: Load[T]) -> T:
        """Run the load over one that is free."""
        connection = self._free.get()
        try:
            return load(connection)
        finally:
            self._free.put(connection)
