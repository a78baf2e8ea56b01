"""Has a task done in a thread on behalf of whoever asks: what is logged there is of the same run to Prefect."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def submit(pool: ThreadPoolExecutor, task: Callable[P, T], *args: P.args, **words: P.kwargs) -> Future[T]:
    """Submit it to the pool, to run with the context of the caller; without one Prefect warns of each line."""
    return pool.submit(copy_context().run, partial(task, *args, **words))
