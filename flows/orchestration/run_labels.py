"""Names a run after its files, tags it with its sources and outcomes, and says which process it is.

A name is set as it is: a brace in a file's name is no template.
"""

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from flows.batch import Delivery
from flows.errors import printable
from flows.results import Result

PROCESS = "order-import.process"

MOST_TAGS = 20  # a sweep over more sources is one of many, which no list could show

_PROCESSES = Path("/proc/self/ns/pid")  # in another container a process of the same number is another


def describe_delivery(source: str, path: Path) -> str:
    """What a run over one file is called: as it lies in the drop."""
    return f"{source}/{printable(path.name)}" if source else printable(path.name)


def name_after(deliveries: list[Delivery], *, dry_run: bool = False) -> None:
    """Name this run after what it imports, or only tries."""
    if not deliveries:
        return
    sources = list(dict.fromkeys(delivery.source for delivery in deliveries))
    if len(deliveries) == 1:
        about = describe_delivery(sources[0], deliveries[0].path)
    else:
        about = (
            f"{len(deliveries):,} files of {sources[0] if len(sources) == 1 else f'{len(sources):,} sources'}"
        )
    name_run(f"check {about}" if dry_run else about)


def name_run(name: str) -> None:
    """Give this run that name."""
    _tell(lambda client, run: client.update_flow_run(run.id, name=name))


def tag_with(results: list[Result], *, dry_run: bool = False) -> None:
    """Tag this run with who sent its files and what came of them, each once."""
    sources = sorted({result.source for result in results})[:MOST_TAGS]
    statuses = sorted({result.status.value for result in results})
    tag_run([*sources, *statuses, *(["dry run"] if dry_run else [])])


def tag_run(tags: Iterable[str]) -> None:
    """Tag this run; the tags that somebody has given it stay."""
    _tell(lambda client, run: client.update_flow_run(run.id, tags=list(dict.fromkeys([*run.tags, *tags]))))


def mark_process() -> None:
    """Keep with this run which process it is, so that whoever looks at it later knows whether it has died."""
    process: dict[str, bool | int | float | str] = {PROCESS: f"{_machine()} {os.getpid()}"}
    _tell(lambda client, run: client.update_flow_run_labels(run.id, process))


def process_has_died(run: FlowRun) -> bool:
    """Whether the run's process was one of this machine, and is no more."""
    machine, _, number = str(run.labels.get(PROCESS, "")).rpartition(" ")
    if machine != _machine() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's, or there is no such number
        return False
    return False


def _machine() -> str:
    space = _PROCESSES.stat().st_ino if _PROCESSES.exists() else 0
    return f"{socket.gethostname()} {space}"


def _tell(tell: Callable[[SyncPrefectClient, FlowRun], object]) -> None:
    """Tell the server something of the run that we are in; one that is away is no reason not to import."""
    context = FlowRunContext.get()
    if context and context.flow_run:
        with suppress(Exception), get_client(sync_client=True) as client:
            tell(client, context.flow_run)
