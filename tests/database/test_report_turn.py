"""A report is rendered outside of any transaction, by one at a time, and the last one stands for how the batch ended."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Command
from flows.batch import Batch
from flows.database import report_turn, stuck_sessions
from flows.database.locks import give_sign_of_life
from flows.database.session import connect_to
from flows.pipeline import import_batch, rerender
from flows.report.answers import AnswerFiles
from flows.settings import load_settings
from flows.status import Status
from import_environment import ImportEnvironment


def summary(imports: ImportEnvironment, batch_id: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((imports.data / "reports" / batch_id / "summary.json").read_text())
    return told


@pytest.mark.parametrize("kept", [True, False])
def test_no_transaction_is_open_while_files_are_rendered(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Else a slow one would be ended by our own time limit, or by another worker's."""
    undisturbed = imports.undisturbed()
    open_ones = (
        "select state from pg_stat_activity where application_name like 'order-import %'"
        " and datname = current_database() and xact_start is not null"
    )
    seen, write = list[object](), rerender.write_report

    def look(*given: Any) -> tuple[str, ...]:
        seen.append(imports.ask(open_ones))
        notes = write(*given)
        seen.append(imports.ask(open_ones))
        return notes

    monkeypatch.setattr(rerender, "write_report", look)
    if not kept:
        monkeypatch.setattr(AnswerFiles, "is_small", lambda _: False)
    answer = command("run", "--direct", "--json")
    command("report", answer.batch["batch_id"])
    assert seen == [[]] * 4
    assert imports.seen() == undisturbed


def test_a_report_that_was_asked_for_meanwhile_does_not_stay(
    imports: ImportEnvironment, aside: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = imports.undisturbed()
    rendering, go, write = threading.Event(), threading.Event(), rerender.write_report

    def slowly(inputs: Any, *given: Any) -> tuple[str, ...]:
        if inputs.result.status == Status.LOADING:
            rendering.set()
            assert go.wait(30)
        return write(inputs, *given)

    monkeypatch.setattr(rerender, "write_report", slowly)
    with imports.locked("order_results"):
        run = aside.submit(imports.run)
        imports.waiting()
        ((batch_id,),) = imports.ask("select batch_id from batches")
        asked = aside.submit(rerender.rerender_report, batch_id, load_settings())
        assert rendering.wait(30)
    wait({run}, timeout=2)  # as long as the report is being written, the batch does not end
    go.set()
    assert run.result() == ["partial"]
    told = asked.result()
    assert told
    assert told.status == "loading"
    assert summary(imports, batch_id)["status"] == "partial"
    assert imports.seen() == undisturbed


@pytest.mark.parametrize("end", [import_batch.fail, import_batch.refuse])
def test_a_report_that_was_asked_for_before_the_end_tells_the_end(
    imports: ImportEnvironment, command: Command, end: Any
) -> None:
    imports.ask(
        "insert into batches (batch_id, source, sha256, file, status, chunk_rows)"
        " values ('be90be90be90be90be90', 'shop', 'f00', 'a.csv', 'loading', 3)"
    )
    assert command("report", "be90be90be90be90be90").status == 4
    assert summary(imports, "be90be90be90be90be90")["status"] == "loading"
    batch = Batch(
        batch_id="be90be90be90be90be90",
        source="shop",
        sha256="f00",
        file="a.csv",
        path=Path("a.csv"),
        identity=(0, 0, 0),
        format=None,
    )
    result = end(batch, load_settings(), "It ended so.")
    told = summary(imports, "be90be90be90be90be90")
    assert (told["status"], told["reason"]) == (result.status, "It ended so.")


def test_who_has_lost_the_turn_at_the_very_last_lets_nothing_appear(
    imports: ImportEnvironment, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files are written by then, and lie beside."""
    imports.empty()
    batch = command("run", "--direct", "--json").batch
    before = {path: path.stat().st_ino for path in Path(batch["report"]).iterdir()}

    def lost(_: psycopg.Connection) -> None:
        if any((imports.data / "work").rglob("summary.json")):
            raise psycopg.OperationalError

    monkeypatch.setattr(rerender, "give_sign_of_life", lost)
    assert command("report", batch["batch_id"]).status == 4
    assert {path: path.stat().st_ino for path in before} == before


def test_a_turn_is_taken_from_one_who_is_silent_for_ever(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck_sessions, "STOPPED_SECONDS", 0.3)
    with (
        connect_to(url) as silent,
        connect_to(url) as other,
        report_turn.take_turn(silent, "batch"),
    ):
        give_sign_of_life(silent)
        with (
            report_turn.take_turn(other, "another batch"),
            report_turn.take_turn(other, "batch"),
            pytest.raises(psycopg.OperationalError),
        ):
            give_sign_of_life(silent)
