"""Ends the runs whose process was killed, which would be Running for ever: that is looked up, no automation is needed."""

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.settings import get_current_settings
from prefect.states import Crashed

from flows.orchestration.run_labels import process_has_died

FLOWS = ("ingest", "import", "backfill")

# A run that was silent for so many heartbeats is dead; two may be lost on the way.
SILENT_HEARTBEATS = 3
HEARTBEAT_SECONDS = (
    180  # as long as Prefect's own default, where they are switched off here and not elsewhere
)


def end_dead_runs(client: SyncPrefectClient, now: datetime | None = None) -> None:
    """Say of those that they have crashed; their batches are taken up by the next run."""
    now = now or datetime.now(UTC)
    ours = FlowFilter(name=FlowFilterName(any_=[*FLOWS]))
    under_way = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
    for run in client.read_flow_runs(
        flow_filter=ours, flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=under_way))
    ):
        if process_has_died(run):
            _end(client, run, "Its process has died.")
        elif _is_silent(client, run, now):
            _end(client, run, "It gave no sign of life any more.")


def _end(client: SyncPrefectClient, run: FlowRun, why: str) -> None:
    told = f"{why} The next run goes on with what it left."
    client.set_flow_run_state(run.id, Crashed(message=told), force=True)


def _is_silent(client: SyncPrefectClient, run: FlowRun, now: datetime) -> bool:
    """Whether it neither changed its state nor told an event for so long: on another machine nothing else is known of it."""
    heartbeat = get_current_settings().flows.heartbeat_frequency or HEARTBEAT_SECONDS
    since = now - timedelta(seconds=SILENT_HEARTBEATS * heartbeat)
    if run.state is None or run.state.timestamp > since:
        return False
    wanted = {
        "occurred": {"since": since.isoformat(), "until": now.isoformat()},
        "resource": {"id": [f"prefect.flow-run.{run.id}"]},
    }
    return not client.request("POST", "/events/filter", json={"filter": wanted, "limit": 1}).json()["events"]
