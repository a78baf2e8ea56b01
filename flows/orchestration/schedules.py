"""Keeps what somebody has paused or scheduled on Prefect's page when the deployments are made again."""

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import IntervalSchedule, RRuleSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound

LOOK = "look-at-the-drop"
"""How the name of the schedule begins by which `serve` looks at the drop; Prefect's page shows the name alone."""

# Prefect makes a run ahead for each time of a schedule, and this one is to make none by itself: its times are over.
_OVER = "20000101T000000Z"


def look_schedule(every: timedelta, *, active: bool = True) -> DeploymentScheduleCreate:
    """A schedule that is shown, and can be switched off, but of whose times `serve` itself takes care."""
    seconds = max(1, round(every.total_seconds()))
    rule = f"DTSTART:{_OVER}\nRRULE:FREQ=SECONDLY;INTERVAL={seconds};UNTIL={_OVER}"
    return DeploymentScheduleCreate(
        schedule=RRuleSchedule(rrule=rule), active=active, slug=f"{LOOK}-every-{seconds}s"
    )


def keep_pauses(client: SyncPrefectClient, made: RunnerDeployment) -> None:
    """Leave paused what is paused, switched off what is switched off, and every schedule of the user's as it is."""
    try:
        known = client.read_deployment_by_name(f"{made.flow_name}/{made.name}")
    except ObjectNotFound:
        return
    made.paused = known.paused
    former = [schedule for schedule in known.schedules if _is_ours(schedule)] if made.schedules else []
    for schedule in made.schedules or []:
        schedule.active = any(one.active for one in former) or not former
        # Where it is called otherwise now; else both would stay.
        schedule.replaces = next((one.slug for one in former if one.slug not in (None, schedule.slug)), None)
    users = [_copy(schedule) for schedule in known.schedules if schedule not in former]
    made.schedules = [*(made.schedules or []), *users]


def is_look(schedule: DeploymentSchedule) -> bool:
    """Whether it is the one by which `serve` looks at the drop."""
    return (schedule.slug or "").startswith(LOOK)


def _is_ours(schedule: DeploymentSchedule) -> bool:
    """Whether it is the look, or the plain interval of an earlier version, or of a work pool's deployment."""
    former = schedule.slug is None and isinstance(schedule.schedule, IntervalSchedule)
    return former or is_look(schedule)


def _copy(schedule: DeploymentSchedule) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=schedule.schedule,
        active=schedule.active,
        parameters=schedule.parameters,
        slug=schedule.slug,
    )
