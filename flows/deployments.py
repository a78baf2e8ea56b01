"""Serves all of it on one machine: Prefect's server and page, the deployments, and a process that runs what is due."""

import asyncio
import logging
import signal
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import typer
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
)
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from flows.backfill import backfill
from flows.ingest import import_by_hand, ingest
from flows.orchestration.automations import create_automations, file_arrived_trigger
from flows.orchestration.server import run_server, wait_for
from flows.settings import Settings

_log = logging.getLogger(__name__)


def serve(settings: Settings, host: str, port: int, *, every: timedelta) -> None:
    """Run what is due until we are told to end.

    When a server is away for longer than a few looks at it, all is begun again: our own server is started anew,
    another's is waited for.
    """
    with suppress(KeyboardInterrupt):
        while not _serve_once(settings, host, port, every):
            _log.warning("Prefect's server is away; it is looked for again.")


def _serve_once(settings: Settings, host: str, port: int, every: timedelta) -> bool:
    # Told to end while nothing runs yet, we end as by Ctrl-C: what was started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    given = PREFECT_API_URL.value()
    with (
        nullcontext(given) if given else run_server(host, port) as address,
        temporary_settings({PREFECT_API_URL: address}),
    ):
        wait_for(address)
        create_automations(settings.notify_url)
        return _run_deployments(make_deployments(every), address.removesuffix("/api"))


def make_deployments(every: timedelta) -> list[RunnerDeployment]:
    """What can be started: the sweep by the clock, the others by hand or by an event."""
    sweep = ingest.to_deployment(ingest.name, interval=every, entrypoint_type=EntrypointType.MODULE_PATH)
    by_hand = import_by_hand.to_deployment(
        import_by_hand.name, triggers=[file_arrived_trigger()], entrypoint_type=EntrypointType.MODULE_PATH
    )
    in_bulk = backfill.to_deployment(backfill.name, entrypoint_type=EntrypointType.MODULE_PATH)
    # Typed as if they could be coroutines.
    return [cast("RunnerDeployment", made) for made in (sweep, by_hand, in_bulk)]


def _run_deployments(made: list[RunnerDeployment], page: str) -> bool:
    """Whether we were told to end, and the server was not away."""
    runner = Runner(pause_on_shutdown=False)
    try:
        delete_late_runs([cast("UUID", runner.add_deployment(deployment)) for deployment in made])
        typer.echo(f"Open {page}")
        asyncio.run(_run(runner))
    except Exception:  # noqa: BLE001 - of all that can happen to a runner, only its server's absence is known to
        return False
    return True


async def _run(runner: Runner) -> None:
    """Run it until we are told to end; then its runs are ended first."""
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # it begins with a handler of its own, which would end us wherever we are
    loop, ending = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: ending.add(loop.create_task(runner.astop())))
    await running
    await asyncio.gather(*ending)


def delete_late_runs(deployments: list[UUID]) -> None:
    """Take out the sweeps that were due while nobody ran them: the next one does the work of all."""
    late = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=deployments),
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),  # type: ignore[arg-type]
    )
    with get_client(sync_client=True) as client:
        while runs := [run for run in client.read_flow_runs(flow_run_filter=late) if run.auto_scheduled]:
            for run in runs:
                client.delete_flow_run(run.id)
