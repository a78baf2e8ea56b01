"""Serves all of it on one machine: Prefect's server and page, the deployments, and a process that runs what is due."""

import asyncio
import logging
import signal
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
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
from flows.orchestration.api_check import wait_for_api
from flows.orchestration.automations import create_automations, file_arrived_trigger
from flows.orchestration.drop_watch import DropWatch
from flows.orchestration.schedules import keep_pauses, look_schedule
from flows.orchestration.server import START_SECONDS, run_server
from flows.settings import Settings

_log = logging.getLogger(__name__)

# A server that is given is there when we start, but for one that starts beside us; later it may be away for longer.
FIRST_SECONDS = 10

SWEEP = (
    "Imports what waits in the drop. `order-import serve` looks there as often as the schedule's name says, and"
    " starts a run only where something waits. While this deployment, or its schedule, is paused, it does not look."
)


def serve(settings: Settings, host: str, port: int, *, every: timedelta) -> None:
    """Run what is due until we are told to end.

    When a server is away for longer than a few looks at it, all is begun again: our own server is started anew,
    another's is waited for.
    """
    with suppress(KeyboardInterrupt):
        for patience in chain([FIRST_SECONDS], repeat(START_SECONDS)):
            given = PREFECT_API_URL.value()
            server = nullcontext(given) if given else run_server(host, port)
            if _serve_once(settings, server, every, patience):
                break
            _log.warning("Prefect's server is away; it is looked for again.")


def _serve_once(
    settings: Settings, server: AbstractContextManager[str], every: timedelta, patience: float
) -> bool:
    # Told to end while nothing runs yet, we end as by Ctrl-C: what was started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with server as address, temporary_settings({PREFECT_API_URL: address}):
        wait_for_api(patience)
        create_automations(settings.notify_url)
        return _run_deployments(make_deployments(every), every, address.removesuffix("/api"))


def make_deployments(every: timedelta) -> list[RunnerDeployment]:
    """What can be started: the sweep where something waits, the others by hand or by an event."""
    sweep = ingest.to_deployment(
        ingest.name,
        schedules=[look_schedule(every)],
        description=SWEEP,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    by_hand = import_by_hand.to_deployment(
        import_by_hand.name, triggers=[file_arrived_trigger()], entrypoint_type=EntrypointType.MODULE_PATH
    )
    in_bulk = backfill.to_deployment(backfill.name, entrypoint_type=EntrypointType.MODULE_PATH)
    # Typed as if they could be coroutines.
    return [cast("RunnerDeployment", made) for made in (sweep, by_hand, in_bulk)]


def _run_deployments(made: list[RunnerDeployment], every: timedelta, page: str) -> bool:
    """Whether we were told to end, and the server was not away."""
    runner = Runner(pause_on_shutdown=False)
    try:
        with get_client(sync_client=True) as client:
            for deployment in made:
                keep_pauses(client, deployment)
        known = [cast("UUID", runner.add_deployment(deployment)) for deployment in made]
        delete_late_runs(known)
        typer.echo(f"Open {page}")
        asyncio.run(_run(runner, DropWatch(known[0]), every))
    except Exception:  # noqa: BLE001 - of all that can happen to a runner, only its server's absence is known to
        return False
    return True


async def _run(runner: Runner, drop: DropWatch, every: timedelta) -> None:
    """Run it, and look at the drop, until we are told to end; then its runs are ended first."""
    running = asyncio.create_task(runner.start())
    looking = asyncio.create_task(_look_at(drop, every))
    await asyncio.sleep(0)  # it begins with a handler of its own, which would end us wherever we are
    loop, ending = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: ending.add(loop.create_task(runner.astop())))
    try:
        await running
    finally:
        looking.cancel()
    await asyncio.gather(*ending)


async def _look_at(drop: DropWatch, every: timedelta) -> None:
    while True:
        try:
            await asyncio.to_thread(drop.look)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look may go well
            _log.warning("The drop could not be looked at: %s", type(error).__name__)
        await asyncio.sleep(every.total_seconds())


def delete_late_runs(deployments: list[UUID]) -> None:
    """Take out the runs that were due by a schedule while nobody ran them: the next one does the work of all."""
    late = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=deployments),
        state=FlowRunFilterState(name=FlowRunFilterStateName(any_=["Scheduled", "Late"])),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),  # type: ignore[arg-type]
    )
    with get_client(sync_client=True) as client:
        while runs := [run for run in client.read_flow_runs(flow_run_filter=late) if run.auto_scheduled]:
            for run in runs:
                client.delete_flow_run(run.id)
