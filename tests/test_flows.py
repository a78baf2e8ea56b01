"""The flows on a real Prefect server: the steps are tasks, the state's name says what came of a batch."""

from pathlib import Path

import psycopg

from conftest import SAMPLES
from flows.model import Result


def test_a_batch_through_the_flow(prefect_server: None, environment: None, db: psycopg.Connection) -> None:
    from prefect.client.orchestration import get_client

    from flows.ingest import ingest

    state = ingest([str(SAMPLES / "faulty.csv"), str(SAMPLES / "nested.parquet")], return_state=True)
    results = state.result()
    assert [(r.status, r.counts.orders_created) for r in results] == [("partial", 47), ("loaded", 80)]
    assert db.execute("select count(*) from orders").fetchone() == (127,)
    with get_client(sync_client=True) as client:
        runs = {run.name: run for run in client.read_flow_runs()}
        assert runs["faulty.csv"].state_name == "Partial"
        assert runs["nested.parquet"].state_name == "Loaded"
        steps = {task.name.rsplit("-", 1)[0] for task in client.read_task_runs()}
    assert {"enter", "import rows", "report"} <= steps


def test_a_refused_batch_does_not_stop_the_others(
    prefect_server: None, environment: None, db: psycopg.Connection, data: Path
) -> None:
    from flows.ingest import ingest

    drop = data / "drop" / "shop"
    drop.mkdir(parents=True)
    (drop / "a.csv").write_bytes(b"orderNumber,items.quantity\nA-1,1\n")
    (drop / "b.csv").write_bytes((SAMPLES / "clean.csv").read_bytes())
    results: list[Result] = ingest(return_state=True).result()
    assert [(r.file, r.source, r.status) for r in results] == [
        ("a.csv", "shop", "refused"),
        ("b.csv", "shop", "loaded"),
    ]
    assert "addressLine1" in str(results[0].reason)
    assert not list(drop.iterdir())


def test_the_command_runs_the_flow(environment: None, db: psycopg.Connection, process: object) -> None:
    answer = process("run", "--json", SAMPLES / "clean.csv")  # type: ignore[operator]
    assert (answer.status, answer.batch["status"]) == (0, "loaded")
    again = process("run", "--json", SAMPLES / "clean.csv")  # type: ignore[operator]
    assert (again.status, again.batch["status"]) == (0, "repeated")
