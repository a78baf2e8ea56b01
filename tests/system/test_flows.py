"""The flows on a real Prefect server: a batch is a task, its steps too, and the state's name says what came of it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from conftest import SAMPLES
from flows.batch import Delivery
from flows.orchestration.sweep_lock import hold_sweep_lock
from flows.progress import notify
from flows.results import Result
from flows.settings import load_settings
from flows.status import Status
from import_environment import ImportEnvironment, until
from order_files import csv_text, row, write


def test_batches_through_the_flow(prefect: str, environment: None, db: psycopg.Connection) -> None:
    from prefect.client.orchestration import get_client

    from flows.ingest import run

    state = run([str(SAMPLES / "faulty.csv"), str(SAMPLES / "nested.parquet")], return_state=True)
    results = state.result()
    assert [(r.status, r.counts.orders_created) for r in results] == [("partial", 46), ("loaded", 80)]
    assert state.name == "Partial"
    assert db.execute("select count(*) from orders").fetchone() == (126,)
    with get_client(sync_client=True) as client:
        tasks = {
            task.name.rsplit("-", 1)[0]: task.state_name
            for task in client.read_task_runs()
            if task.flow_run_id == state.state_details.flow_run_id
        }
    assert (tasks["default/faulty.csv"], tasks["default/nested.parquet"]) == ("Partial", "Loaded")
    assert {"register", "import rows", "report"} <= tasks.keys()


def test_a_refused_batch_does_not_stop_the_others(
    prefect: str, environment: None, db: psycopg.Connection, data: Path
) -> None:
    from flows.ingest import ingest

    drop = data / "drop" / "shop"
    write(drop / "a.csv", "orderNumber,items.quantity\nA-1,1\n")
    write(drop / "b.csv", (SAMPLES / "clean.csv").read_bytes())
    state = ingest(return_state=True)
    results: list[Result] = state.result(raise_on_failure=False)
    assert [(r.file, r.source, r.status) for r in results] == [
        ("a.csv", "shop", "refused"),
        ("b.csv", "shop", "loaded"),
    ]
    assert "addressLine1" in str(results[0].reason)
    assert (state.name, state.is_failed()) == ("Refused", True)
    assert state.message == ("2 batches: 1 refused, 1 loaded. 150 orders created, 0 unchanged, 0 rejected.")
    assert not list(drop.iterdir())
    assert ingest(return_state=True).message == "Nothing waited to be imported."


def test_ten_sweeps_at_once_import_once(
    prefect: str, imports: ImportEnvironment, aside: ThreadPoolExecutor
) -> None:
    from flows.ingest import ingest

    imports.empty()
    with imports.locked("orders"):
        first = aside.submit(copy_context().run, ingest, return_state=True)
        imports.waiting()
        others = [aside.submit(copy_context().run, ingest, return_state=True) for _ in range(9)]
        assert [other.result().name for other in others] == ["Waiting"] * 9
    assert first.result().name == "Partial"
    assert imports.ask("select count(*) from batches") == [(1,)]
    assert imports.ask("select count(*) from orders") == [(4,)]


def test_a_sweep_that_was_stopped_loses_its_turn(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    with hold_sweep_lock(settings) as first:
        with hold_sweep_lock(settings) as second:
            pass
        monkeypatch.setattr("flows.orchestration.sweep_lock.SILENT_SECONDS", 0)
        with hold_sweep_lock(settings) as third:
            pass
    assert (first, second, third) == (True, False, True)


@pytest.fixture
def folders(environment: None, data: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Files that may be read through the API, and such that may not."""
    good = csv_text([row("A-1")])
    shared, private = data.parent / "shared", data.parent / "private"
    monkeypatch.setenv("ORDER_IMPORT_FOLDERS", f"{shared}:")
    for folder in (shared, private, data / "mine", shared.with_name("sharedx")):
        write(folder / "a.csv", good)
    (shared / "link.csv").symlink_to(private / "a.csv")
    (shared / "folder").symlink_to(private)
    (data / "link.csv").symlink_to(data / "mine" / "a.csv")
    return {"shared": shared, "private": private, "data": data}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("{shared}/a.csv", "Loaded"),
        ("{shared}/../shared/a.csv", "Loaded"),
        ("file://{shared}/a.csv", "Loaded"),
        ("{data}/mine", "Loaded"),
        ("{data}/link.csv", "Loaded"),
        ("{private}/a.csv", "Refused"),
        ("{shared}/../private/a.csv", "Refused"),
        ("{shared}/link.csv", "Refused"),
        ("{shared}/folder", "Refused"),
        ("{shared}/folder/a.csv", "Refused"),
        ("{shared}/gone.csv", "Refused"),
        ("{shared}x/a.csv", "Refused"),
        ("file://%00", "Refused"),
        ("/etc/passwd", "Refused"),
        (" ", "Refused"),
    ],
)
def test_what_may_be_read_through_the_api(
    folders: dict[str, Path], prefect: str, db: psycopg.Connection, path: str, name: str
) -> None:
    state = by_hand(path=path.format(**folders))
    assert (state.name, state.is_failed()) == (name, name == "Refused"), state.message
    told = "There is no such file or folder inside the data folder or the folders of ORDER_IMPORT_FOLDERS."
    assert name == "Loaded" or state.message == told
    assert db.execute("select count(*) from orders").fetchone() == (int(name == "Loaded"),)


@pytest.mark.parametrize(
    "pattern", ["{private}/*.csv", "{shared}/../private/*.csv", "{shared}/folder/*", "/etc/*"]
)
def test_what_a_backfill_may_read_through_the_api(
    folders: dict[str, Path], prefect: str, pattern: str
) -> None:
    from flows.backfill import backfill

    state = backfill(pattern.format(**folders), return_state=True)
    assert (state.name, state.is_failed()) == ("Refused", True)
    assert "There is no such file or folder inside" in state.message


def test_a_dry_run_imports_nothing(
    folders: dict[str, Path], prefect: str, db: psycopg.Connection, data: Path
) -> None:
    path = write(data / "drop" / "shop" / "b.csv", csv_text([row("A-1"), row("A-2", items__quantity="0")]))
    state = by_hand(path=str(path), dry_run=True)
    (result,) = state.result()
    assert (state.name, result.status, result.source) == ("Checked", "partial", "shop")
    assert (result.report / "report.html").exists()
    assert db.execute("select count(*) from batches").fetchone() == (0,)
    assert path.exists()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        (
            {"source": "a/b"},
            "A source is a name of up to 100 characters without slashes, and without blanks at its ends.",
        ),
        (
            {"source": ".."},
            "A source is a name of up to 100 characters without slashes, and without blanks at its ends.",
        ),
    ],
)
def test_a_wrong_parameter_is_told(
    folders: dict[str, Path], prefect: str, parameters: dict[str, Any], sentence: str
) -> None:
    state = by_hand(path=str(folders["shared"] / "a.csv"), **parameters)
    assert (state.name, state.message) == ("Refused", sentence)


def test_a_machine_fault_is_told(
    folders: dict[str, Path], prefect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", "postgresql://someone:secret@127.0.0.1:9/db")
    state = by_hand(path=str(folders["shared"] / "a.csv"))
    assert (state.name, state.message) == ("Failed", "PostgreSQL at 127.0.0.1:9 cannot be reached.")


def test_a_refusal_leaves_no_traceback(
    folders: dict[str, Path], prefect: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = write(folders["shared"] / "bad.csv", "no header\n")
    assert [by_hand(path=path).name for path in (str(bad), str(folders["private"] / "a.csv"))] == [
        "Refused"
    ] * 2
    assert [record.getMessage() for record in caplog.records if record.exc_info is not None] == []
    assert not [record for record in caplog.records if "Result(" in record.getMessage()]


@pytest.mark.parametrize(
    ("parameters", "name", "tags"),
    [
        ({"path": "{shared}/a.csv", "source": "shop"}, "shop/a.csv", {"shop", "loaded"}),
        (
            {"path": "{shared}/a.csv", "dry_run": True},
            "check default/a.csv",
            {"default", "loaded", "dry run"},
        ),
        ({"path": "{shared}/{{ x }} {0}.csv"}, "default/{ x } {0}.csv", {"default", "partial"}),
        ({"path": "{shared}/bad.csv", "source": "shop"}, "shop/bad.csv", {"shop", "refused"}),
        ({"path": "{shared}/gone.csv", "source": "shop"}, "shop/gone.csv", {"refused"}),
        ({"path": "{shared}/a.csv", "source": "a/b"}, "a/b/a.csv", {"refused"}),
        ({"path": "{shared}/mixed"}, "3 files of default", {"default", "loaded", "partial", "refused"}),
    ],
)
def test_a_run_is_named_and_tagged(
    folders: dict[str, Path], prefect: str, parameters: dict[str, Any], name: str, tags: set[str]
) -> None:
    write(folders["shared"] / "bad.csv", "no header\n")
    write(folders["shared"] / "{ x } {0}.csv", csv_text([row("B-1", items__quantity="0")]))
    write(folders["shared"] / "mixed" / "a.csv", csv_text([row("M-1")]))
    write(folders["shared"] / "mixed" / "b.csv", csv_text([row("M-2", items__quantity="0")]))
    write(folders["shared"] / "mixed" / "c.csv", "no header\n")
    path = (
        parameters["path"].replace("{{", "{").replace("}}", "}").replace("{shared}", str(folders["shared"]))
    )
    run = run_of(by_hand(**{**parameters, "path": path}))
    assert (run.name, {*run.tags}) == (name, tags)


def test_a_backfill_is_named_by_its_gravest(folders: dict[str, Path], prefect: str) -> None:
    from flows.backfill import backfill

    for number, text in enumerate([csv_text([row("M-1")]), csv_text([row("M-2", items__quantity="0")])]):
        write(folders["shared"] / "old" / f"{number}.csv", text)
    assert backfill(f"{folders['shared']}/old/*.csv", "shop", return_state=True).name == "Partial"
    write(folders["shared"] / "old" / "2.csv", "no header\n")
    state = backfill(f"{folders['shared']}/old/*.csv", "shop", return_state=True)
    assert (state.name, state.is_failed()) == ("Refused", True)
    assert state.message == "3 batches: 1 refused, 2 repeated. 0 orders created, 0 unchanged, 0 rejected."
    run = run_of(state)
    assert (run.name, {*run.tags}) == ("3 files of shop", {"shop", "repeated", "refused"})


def run_of(state: Any) -> Any:
    """What the server knows of the run that ended in this state."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_flow_run(state.state_details.flow_run_id)


@pytest.mark.parametrize(
    ("rows", "share", "dropped", "told"),
    [
        (0, 0.0, True, "Nothing of it is in yet. The next sweep goes on from there"),
        (3000, 0.279, True, "3,000 rows of it (27 %) are done and stay. The next sweep goes on from there"),
        (7, 1.0000001, False, "7 rows of it (100 %) are done and stay. Started again, it goes on from there"),
    ],
)
def test_what_is_told_of_a_batch_that_was_stopped(rows: int, share: float, dropped: bool, told: str) -> None:
    from flows.orchestration.cancellation import describe_stop

    delivery = Delivery(path=Path("/drop/shop/a.csv"), source="shop", dropped=dropped)
    assert describe_stop(delivery, rows, share) == f"a.csv was stopped. {told}; nothing is imported twice."


def test_a_stopped_run_shows_how_far_it_came(prefect: str) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.exceptions import TerminationSignal
    from prefect.states import Completed

    from flows.orchestration.cancellation import tell_when_stopped

    @flow
    def stopped() -> object:
        """As Prefect ends a run that is cancelled, in the middle of its work, but that this process goes on."""
        file = Delivery(path=Path("/drop/stopper/a.csv"), source="stopper", dropped=True)
        with suppress(TerminationSignal), tell_when_stopped(file):
            notify("a.csv", 2000, 0.25)
            raise TerminationSignal(15)
        return Completed()

    run = run_of(stopped(return_state=True))
    with get_client(sync_client=True) as client:
        body = {"artifacts": {"flow_run_id": {"any_": [str(run.id)]}}}
        (shown,) = client.request("POST", "/artifacts/filter", json=body).json()
    assert {*run.tags} == {"stopper", "stopped"}
    assert "a.csv was stopped. 2,000 rows of it (25 %) are done and stay." in shown["data"]


def test_whatever_ends_a_run_as_failed_is_posted() -> None:
    """To the address of ORDER_IMPORT_NOTIFY_URL."""
    from flows.orchestration.automations import CustomWebhookNotificationBlock, bad_batches_automation
    from flows.orchestration.run_states import make_state

    block = CustomWebhookNotificationBlock(name="order-import", url="http://localhost")
    block._block_document_id = uuid4()
    told = {
        f"order-import.batch.{status}"
        for status in Status
        if make_state([Result(batch_id=None, file="a.csv", source="shop", status=status)]).is_failed()
    }
    assert bad_batches_automation(block).trigger.expect == told
    assert len(told) == 2


@pytest.mark.parametrize("process", ["dead", "alive", "elsewhere"])
def test_a_run_whose_process_has_died_is_ended(prefect: str, process: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.states import Running

    from flows.ingest import ingest
    from flows.orchestration import run_labels
    from flows.orchestration.dead_runs import end_dead_runs

    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    machine = {"elsewhere": "another 1"}.get(process, run_labels._machine())
    number = os.getpid() if process == "alive" else child.pid
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(ingest, state=Running())
        client.update_flow_run_labels(run.id, {run_labels.PROCESS: f"{machine} {number}"})
        end_dead_runs(client)
        state = client.read_flow_run(run.id).state
        assert state
        dead = process == "dead"
        assert state.type == (StateType.CRASHED if dead else StateType.RUNNING)
        assert not dead or state.message == "Its process has died. The next run goes on with what it left."
        client.delete_flow_run(run.id)


@pytest.mark.parametrize("minutes", [None, 55])
def test_a_run_that_is_silent_for_long_is_ended(prefect: str, minutes: int | None) -> None:
    """An hour after it began; its last sign of life was so many minutes after that."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.events import Event, Resource
    from prefect.states import Running

    from flows.ingest import ingest
    from flows.orchestration.dead_runs import end_dead_runs

    begun = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(ingest, state=Running())
        if minutes:
            heard = Event(
                event="prefect.flow-run.heartbeat",
                resource=Resource({"prefect.resource.id": f"prefect.flow-run.{run.id}"}),
                occurred=begun + timedelta(minutes=minutes),
            )
            client.request("POST", "/events", json=[heard.model_dump(mode="json")])
            wanted = {
                "filter": {"id": {"id": [str(heard.id)]}, "occurred": {"until": "2999-01-01T00:00:00Z"}}
            }
            until(lambda: client.request("POST", "/events/filter", json=wanted).json()["events"])
        end_dead_runs(client, begun + timedelta(minutes=5))
        assert client.read_flow_run(run.id).state_type == StateType.RUNNING
        end_dead_runs(client, begun + timedelta(hours=1))
        ended = client.read_flow_run(run.id).state_type
        assert ended == (StateType.RUNNING if minutes else StateType.CRASHED)
        client.delete_flow_run(run.id)


def by_hand(**parameters: Any) -> Any:
    from flows.ingest import import_by_hand

    return import_by_hand(**parameters, return_state=True)
