"""Runs batches side by side, so many at once, until all are done or a Ctrl-C says that no more are to be begun."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import takewhile
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from flows.batch import Delivery
from flows.pipeline.attempts import strike_off_all

on_end: ContextVar[Callable[[], None] | None] = ContextVar("ends", default=None)
"""Called whenever one more is at its end: by a terminal's bar, or by nobody."""

STOPPED = 130
"""What a shell is told by every command that Ctrl-C has ended."""


class Running(Protocol):
    """What is under way somewhere: in a thread, or on another machine."""

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        """Have this called, from any thread, once it has come to its end."""


F = TypeVar("F", bound=Running)


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
