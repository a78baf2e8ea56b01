"""Looks at the drop every so often, and starts the sweep where something waits: a sweep over nothing is no run.

What pauses the sweep on Prefect's page, the deployment's switch or its schedule's, pauses the look.
"""

import logging
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from flows.errors import MachineError
from flows.intake.discover import discover
from flows.orchestration.dead_runs import end_dead_runs
from flows.orchestration.schedules import is_look
from flows.settings import load_settings

_log = logging.getLogger(__name__)


class DropWatch:
    """Looks for `serve`, whose deployment `ingest` has this id; it begins no run while its last one is under way."""

    def __init__(self, ingest: UUID) -> None:
        self._ingest = ingest
        self._last: UUID | None = None
        self._paused: bool | None = None

    def look(self) -> None:
        """Look once. A server that is away is the runner's business, who is told of it too."""
        with get_client(sync_client=True) as client:
            end_dead_runs(client)
            if not self._is_paused(client) and _something_waits() and not self._is_under_way(client):
                self._last = client.create_flow_run_from_deployment(self._ingest).id

    def _is_paused(self, client: SyncPrefectClient) -> bool:
        """Whether somebody has paused it; said whenever that changes."""
        paused = is_paused(client.read_deployment(self._ingest))
        if paused and self._paused is not True:
            _log.warning("The drop is not looked at: the deployment ingest, or its schedule, is paused.")
        elif self._paused and not paused:
            _log.warning("The drop is looked at again.")
        self._paused = paused
        return paused

    def _is_under_way(self, client: SyncPrefectClient) -> bool:
        if self._last is None:
            return False
        try:
            state = client.read_flow_run(self._last).state
        except ObjectNotFound:  # somebody has deleted it
            return False
        return state is not None and not state.is_final()


def is_paused(deployment: DeploymentResponse) -> bool:
    """Whether it is switched off, or its schedule for the look."""
    return deployment.paused or not any(
        schedule.active for schedule in deployment.schedules if is_look(schedule)
    )


def _something_waits() -> bool:
    """Whether a sweep would find anything, by the settings that it would have; settings that are wrong are a run's to tell."""
    try:
        return bool(discover(load_settings(), []))
    except MachineError:
        return True
