"""Makes what runs the tasks of a backfill: threads of this process, or an existing Dask cluster."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.database.session import CONNECT_SECONDS
from flows.errors import MachineError
from flows.settings import Settings


@contextmanager
def make_task_runner(settings: Settings, at_once: int) -> Iterator[tuple[TaskRunner[Any], int]]:
    """What tasks are run by, chosen when the flow runs, and how many at once."""
    if not settings.dask:
        many = at_once or settings.processors
        threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=many)
        with threads:
            yield threads, many
        return
    if not settings.database_url or not PREFECT_API_URL.value():
        raise MachineError(
            "A Dask cluster needs servers that all of it reaches: set ORDER_IMPORT_DATABASE_URL and PREFECT_API_URL."
        )
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise MachineError("To use a Dask cluster, install order-import[dask].") from None
    with DaskTaskRunner(address=settings.dask, client_kwargs={"timeout": CONNECT_SECONDS}) as cluster:
        threads_there = _threads(cluster)
        yield cluster, at_once or threads_there


def _threads(cluster: Any) -> int:
    """As many as the cluster has threads, where that can be asked."""
    try:
        found = int(sum(cluster.client.nthreads().values()))
    except (OSError, ValueError):
        raise MachineError("The Dask cluster of ORDER_IMPORT_DASK cannot be reached.") from None
    if not found:
        raise MachineError("The Dask cluster of ORDER_IMPORT_DASK has no workers.")
    return found


def start_server() -> None:
    """Start Prefect's temporary server, unless there is one, so that it does not hear a Ctrl-C, of whose end it is told."""
    if PREFECT_API_URL.value():
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        SubprocessASGIServer().start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop_server() -> None:
    """Stop Prefect's temporary server, if we have one."""
    SubprocessASGIServer().stop()
