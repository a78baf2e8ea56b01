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

from import_environment import until
from order_files import many, nested, row, write

ROOT = Path(__file__).parent.parent


@pytest.fixture
def command_of_prefect(prefect: str, environment: None, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Run Prefect's own command, in the project's folder; nothing is deployed any more when the test is over."""
    environ = os.environ | {"PREFECT_API_URL": prefect, "PREFECT_HOME": str(tmp_path / "prefect")}

    def run(*words: str) -> None:
        program = [sys.executable, "-m", "prefect", "--no-prompt", *words]
        done = subprocess.run(
            program, capture_output=True, text=True, timeout=200, check=False, env=environ, cwd=ROOT
        )
        assert done.returncode == 0, done.stdout + done.stderr

    yield run
    for deployment in asked("POST", "/deployments/filter", json={}).json():
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
        command_of_prefect("deployment", "run", "import/import", "--param", f"path={path}")
    command_of_prefect("worker", "start", "--pool", "order-import", "--run-once")
    numbers = db.execute("select order_number from orders order by 1").fetchall()
    assert numbers == [("A-1",), *((number,) for number in sorted(set(many(3)["orderNumber"])))]


def test_sweeps_that_were_due_while_nobody_ran_them_are_forgotten(
    command_of_prefect: Callable[..., None],
) -> None:
    from flows.deployments import delete_late_runs, make_deployments

    identities = [made.apply() for made in make_deployments(timedelta(seconds=1))]
    until(lambda: late(datetime.now(UTC)))
    due = datetime.now(UTC)
    delete_late_runs(identities)
    assert late(due) == []


def asked(method: Literal["GET", "POST", "DELETE"], path: str, json: Any = None) -> httpx.Response:
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
