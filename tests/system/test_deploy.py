"""`prefect deploy --all` against a live server, a worker of a work pool that does a run, and `serve` after it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
import pytest
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import IntervalSchedule

from conftest import ROOT
from import_environment import until
from order_files import many, nested, row, write


@pytest.fixture
def command_of_prefect(prefect: str, environment: None, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Run Prefect's own command, in the project's folder; nothing is deployed any more when the test is over."""
    environ = os.environ | {"PREFECT_API_URL": prefect, "PREFECT_HOME": str(tmp_path / "prefect")}

    def run(*words: str) -> None:
        program = [sys.executable, "-m", "prefect", "--no-prompt", *words]
        for _ in range(5):  # its command gives up where the server's SQLite is busy: 503
            done = subprocess.run(
                program, capture_output=True, text=True, timeout=200, check=False, env=environ, cwd=ROOT
            )
            if done.returncode == 0 or "503" not in done.stdout + done.stderr:
                break
        assert done.returncode == 0, done.stdout + done.stderr

    yield run
    for deployment in asked("POST", "/deployments/filter", json={}).json():
        # Prefect leaves the automations of a deployment behind when it is deleted.
        asked("DELETE", f"/automations/owned-by/prefect.deployment.{deployment['id']}")
        asked("DELETE", f"/deployments/{deployment['id']}")


def test_all_is_deployed_and_a_worker_runs_it(
    command_of_prefect: Callable[..., None], db: psycopg.Connection, data: Path
) -> None:
    command_of_prefect("work-pool", "create", "--type", "process", "order-import")
    command_of_prefect("deploy", "--all")
    by_hand = deployed("import")
    assert {
        name
        for name, told in by_hand["parameter_openapi_schema"]["properties"].items()
        if told["description"]
    } == {
        "path",
        "source",
        "dry_run",
    }
    assert deployed("ingest")["schedules"][0]["schedule"]["interval"] == 60
    (arrived,) = [
        automation
        for automation in asked("POST", "/automations/filter", json={}).json()
        if automation["name"] == "order-import: import a file that arrived"
    ]
    assert arrived["actions"][0]["parameters"]["path"] == "{{ event.payload.path }}"
    file = write(data / "sent" / "a.csv", [row("A-1")])
    # A Parquet is read in a child of the worker's child, which must find the standard library's modules and not ours.
    nested(many(3)).write_parquet(data / "sent" / "b.parquet")
    for path in (file, data / "sent" / "b.parquet"):
        run = {"parameters": {"path": str(path)}, "state": {"type": "SCHEDULED"}}
        asked("POST", f"/deployments/{by_hand['id']}/create_flow_run", json=run)
    command_of_prefect("worker", "start", "--pool", "order-import", "--run-once")
    numbers = db.execute("select order_number from orders order by 1").fetchall()
    assert numbers == [("A-1",), *((number,) for number in sorted(set(many(3)["orderNumber"])))]


def test_runs_that_were_due_while_nobody_ran_them_are_forgotten(
    command_of_prefect: Callable[..., None],
) -> None:
    """Those of a schedule of the user's; our own makes none."""
    from flows.deployments import delete_late_runs, make_deployments

    made = make_deployments(timedelta(seconds=1))
    every_second = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=timedelta(seconds=1)))
    made[0].schedules = [*(made[0].schedules or []), every_second]
    identities = [deployment.apply() for deployment in made]
    until(lambda: late(datetime.now(UTC)))
    due = datetime.now(UTC)
    delete_late_runs(identities)
    assert late(due) == []


def deploy_again(every: int = 60) -> None:
    """As `serve` does."""
    from prefect.client.orchestration import get_client

    from flows.deployments import make_deployments
    from flows.orchestration.schedules import keep_pauses

    with get_client(sync_client=True) as client:
        for made in make_deployments(timedelta(seconds=every)):
            keep_pauses(client, made)
            made.apply()


def schedule_of(ingest: dict[str, Any]) -> str:
    return f"/deployments/{ingest['id']}/schedules/{ingest['schedules'][0]['id']}"


def switch_off(ingest: dict[str, Any]) -> None:
    asked("PATCH", schedule_of(ingest), json={"active": False})


def schedule_too(ingest: dict[str, Any]) -> None:
    """One of the user's own beside ours."""
    nightly = {"schedule": {"cron": "0 3 * * *", "timezone": "UTC"}, "active": False}
    asked("POST", f"/deployments/{ingest['id']}/schedules", json=[nightly])


def runs_of(ingest: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(
        "POST", "/flow_runs/filter", json={"flow_runs": {"deployment_id": {"any_": [ingest["id"]]}}}
    ).json()
    return found


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("change", "paused", "active"),
    [
        (lambda _: None, False, [True]),
        (lambda ingest: asked("POST", f"/deployments/{ingest['id']}/pause_deployment"), True, [True]),
        (switch_off, False, [False]),
        (schedule_too, False, [True, False]),
        (lambda ingest: asked("DELETE", schedule_of(ingest)), False, [True]),
    ],
    ids=["nothing", "paused", "switched off", "scheduled too", "deleted"],
)
def test_what_is_paused_stays_so_when_it_is_deployed_again(
    command_of_prefect: Callable[..., None], change: Change, paused: bool, active: list[bool]
) -> None:
    deploy_again(every=30)
    change(deployed("ingest"))
    for _ in range(2):
        deploy_again()
        ingest = deployed("ingest")
        assert (ingest["paused"], sorted(one["active"] for one in ingest["schedules"])) == (
            paused,
            sorted(active),
        )
        assert [one["slug"] for one in ingest["schedules"] if one["slug"]] == ["look-at-the-drop-every-60s"]


@pytest.mark.parametrize("active", [True, False])
def test_the_interval_of_an_earlier_version_becomes_the_look(
    command_of_prefect: Callable[..., None], active: bool
) -> None:
    from flows.deployments import make_deployments

    former = make_deployments(timedelta(seconds=60))[0]
    interval = IntervalSchedule(interval=timedelta(seconds=60))
    former.schedules = [DeploymentScheduleCreate(schedule=interval, active=active)]
    former.apply()
    deploy_again()
    assert [(one["slug"], one["active"]) for one in deployed("ingest")["schedules"]] == [
        ("look-at-the-drop-every-60s", active)
    ]


@pytest.mark.parametrize(
    ("change", "begun"),
    [
        (lambda _: None, 1),
        (lambda ingest: asked("POST", f"/deployments/{ingest['id']}/pause_deployment"), 0),
        (switch_off, 0),
    ],
    ids=["nothing", "paused", "switched off"],
)
def test_a_run_is_begun_where_something_waits(
    command_of_prefect: Callable[..., None],
    environment: None,
    db: psycopg.Connection,
    data: Path,
    change: Change,
    begun: int,
) -> None:
    """None for an empty drop, none while one is under way, none while the sweep is paused."""
    from uuid import UUID

    from flows.orchestration.drop_watch import DropWatch

    deploy_again()
    ingest = deployed("ingest")
    change(ingest)
    drop = DropWatch(UUID(ingest["id"]))
    drop.look()
    assert runs_of(ingest) == []
    write(data / "drop" / "shop" / ".hidden.csv", [row("A-1")])
    drop.look()
    assert runs_of(ingest) == []
    write(data / "drop" / "shop" / "a.csv", [row("A-1")])
    drop.look()
    drop.look()
    assert len(runs_of(ingest)) == begun
    for run in runs_of(ingest):
        asked("DELETE", f"/flow_runs/{run['id']}")
    drop.look()
    assert len(runs_of(ingest)) == begun


def asked(method: Literal["GET", "POST", "PATCH", "DELETE"], path: str, json: Any = None) -> httpx.Response:
    """The answer of the test's server once its SQLite is not busy: Prefect's own client asks again after a 503."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.request(method, path, json=json)  # type: ignore[arg-type]


def deployed(flow: str) -> dict[str, Any]:
    found: dict[str, Any] = asked("GET", f"/deployments/name/{flow}/{flow}").json()
    return found


def late(due: datetime) -> list[str]:
    """Runs that were due by then."""
    body = {
        "flow_runs": {
            "expected_start_time": {"before_": due.isoformat()},
            "state": {"type": {"any_": ["SCHEDULED"]}},
        }
    }
    return [run["name"] for run in asked("POST", "/flow_runs/filter", json=body).json()]
