"""The flows on a real Prefect server: a batch is a task, its steps too, and the state's name says what came of it."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import SAMPLES
from flows.batch import Result
from flows.orchestration.sweep_lock import hold_sweep_lock
from flows.settings import load_settings
from import_environment import ImportEnvironment
from order_files import csv_text, row, write


def test_batches_through_the_flow(prefect: str, environment: None, db: psycopg.Connection) -> None:
    from prefect.client.orchestration import get_client

    from flows.ingest import run

    state = run([str(SAMPLES / "faulty.csv"), str(SAMPLES / "nested.parquet")], return_state=True)
    results = state.result()
    assert [(r.status, r.counts.orders_created) for r in results] == [("partial", 47), ("loaded", 80)]
    assert state.name == "Partial"
    assert db.execute("select count(*) from orders").fetchone() == (127,)
    with get_client(sync_client=True) as client:
        tasks = {
            task.name.rsplit("-", 1)[0]: task.state_name
            for task in client.read_task_runs()
            if task.flow_run_id == state.state_details.flow_run_id
        }
    assert (tasks["faulty.csv"], tasks["nested.parquet"]) == ("Partial", "Loaded")
    assert {"register", "import rows", "report"} <= tasks.keys()


def test_a_refused_batch_does_not_stop_the_others(
    prefect: str, environment: None, db: psycopg.Connection, data: Path
) -> None:
    from flows.ingest import ingest

    drop = data / "drop" / "shop"
    write(drop / "a.csv", "orderNumber,items.quantity\nA-1,1\n")
    write(drop / "b.csv", (SAMPLES / "clean.csv").read_bytes())
    state = ingest(return_state=True)
    results: list[Result] = state.result()
    assert [(r.file, r.source, r.status) for r in results] == [
        ("a.csv", "shop", "refused"),
        ("b.csv", "shop", "loaded"),
    ]
    assert "addressLine1" in str(results[0].reason)
    assert state.name == "Refused"
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
    for folder in (shared, private, data / "mine"):
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
    assert state.is_failed()
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
        ({"source": "a/b"}, "A source is a name of up to 100 characters without slashes."),
        ({"source": ".."}, "A source is a name of up to 100 characters without slashes."),
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


def by_hand(**parameters: Any) -> Any:
    from flows.ingest import import_by_hand

    return import_by_hand(**parameters, return_state=True)


def test_the_command_runs_the_flow(environment: None, db: psycopg.Connection, process: object) -> None:
    answer = process("run", "--json", SAMPLES / "clean.csv")  # type: ignore[operator]
    assert (answer.status, answer.batch["status"]) == (0, "loaded")
    again = process("run", "--json", SAMPLES / "clean.csv")  # type: ignore[operator]
    assert (again.status, again.batch["status"]) == (0, "repeated")
