"""P27: a file that ends its worker does not stop the drop; only a worker that vanished counts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Answer, Command
from flows.database import attempts
from flows.pipeline import import_batch, run_local
from import_environment import ImportEnvironment, until
from order_files import row, write

ABORTS = """
import os, sys, time
import flows.pipeline.import_batch as steps
def {place}(*args, sound=steps.{place}, **rest):
    if getattr(args[0], "file", args[0]) == "a.csv":
        {deed}
    return sound(*args, **rest)
steps.{place} = {place}
from flows.cli import main
main()
"""
KILLS = {"abort": "os.abort()", "SIGKILL": "os.kill(os.getpid(), 9)"}
REASON = "(ends_its_worker)"
DIRECT = ("run", "--direct", "--json")


def begin(deed: str, *words: object, place: str = "open_batch") -> "subprocess.Popen[str]":
    program = [sys.executable, "-c", ABORTS.format(place=place, deed=deed), *map(str, words or DIRECT)]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: "subprocess.Popen[str]") -> Answer:
    out, err = process.communicate(timeout=60)
    return Answer(status=process.returncode, out=out, err=err)


def sweep(deed: str = KILLS["SIGKILL"], **options: str) -> Answer:
    """A sweep that meets a file which does this to whoever has it."""
    return end(begin(deed, **options))


@pytest.fixture
def poison(imports: ImportEnvironment) -> Path:
    """A file that ends its worker, and a good one behind it."""
    imports.empty([row(f"A-{n}") for n in range(9)])
    write(imports.drop / "b.csv", [row("B-1")])
    return imports.drop / "a.csv"


def statuses(answer: Answer) -> dict[str, str]:
    return {batch["file"]: batch["status"] for batch in answer.json["batches"]}


def counted(imports: ImportEnvironment) -> int:
    ((count,),) = imports.ask("select attempts from batches where file = 'a.csv'")
    return int(count)


@pytest.mark.parametrize("deed", KILLS.values(), ids=KILLS.keys())
def test_after_two_workers_it_is_set_aside(
    imports: ImportEnvironment, command: Command, poison: Path, deed: str
) -> None:
    content = poison.read_bytes()
    for times in (1, 2):
        assert sweep(deed).status < 0
        assert counted(imports) == times
    third = sweep(deed)
    assert (third.status, statuses(third)) == (4, {"a.csv": "failed", "b.csv": "loaded"})
    told = third.json["batches"][0]
    assert told["reason"].endswith(REASON)
    assert [path for path in (imports.data / "drop").rglob("*") if path.is_file()] == []
    reason, moved = sorted(
        (imports.data / "refused" / "shop").iterdir(), key=lambda path: path.suffix != ".txt"
    )
    assert (moved.read_bytes(), reason.read_text()) == (content, told["reason"] + "\n")
    assert command("report", "--json", told["batch_id"]).batch["reason"] == told["reason"]
    assert command(*DIRECT).json["batches"] == []


@pytest.mark.parametrize("way", ["named", "dropped again"])
def test_it_begins_anew(imports: ImportEnvironment, command: Command, poison: Path, way: str) -> None:
    content = poison.read_bytes()
    for _ in range(3):
        sweep()
    again = write(poison if way == "dropped again" else imports.data / "a.csv", content)
    words = () if way == "dropped again" else (*DIRECT, again, "--source", "shop")
    for _ in range(2):  # with two more workers that may vanish
        assert end(begin(KILLS["abort"], *words)).status == -signal.SIGABRT
    answer = command(*DIRECT, *words[3:])
    if way == "named":  # it may try for ever
        assert answer.batch["status"] == "loaded"
    else:
        assert (answer.status, statuses(answer)) == (4, {"a.csv": "failed"})


def test_a_named_one_in_the_drop_begins_anew(
    imports: ImportEnvironment, command: Command, poison: Path
) -> None:
    for _ in range(2):
        sweep()
    assert command(*DIRECT, poison).batch["status"] == "loaded"
    assert counted(imports) == 0


STOPS = {
    "Ctrl-C": "os.kill(os.getpid(), 2); time.sleep(60)",
    "SIGTERM": "os.kill(os.getpid(), 15); time.sleep(60)",
    "the terminal is closed": "os.kill(os.getpid(), 1); time.sleep(60)",
    "an exit": "sys.exit(5)",
}


@pytest.mark.parametrize("deed", STOPS.values(), ids=STOPS.keys())
def test_a_stop_does_not_count(imports: ImportEnvironment, command: Command, poison: Path, deed: str) -> None:
    sweep()
    for _ in range(3):
        assert sweep(deed).status
        assert counted(imports) == 1, "the one that vanished is counted still, and no other"
    assert statuses(command(*DIRECT)) == {"a.csv": "loaded", "b.csv": "loaded"}


def test_a_second_ctrl_c_of_a_backfill_does_not_count(imports: ImportEnvironment, poison: Path) -> None:
    deed = (
        "time.sleep(0.1); os.kill(os.getpid(), 2); time.sleep(0.3); os.kill(os.getpid(), 2); time.sleep(60)"
    )
    stopped = end(begin(deed, "backfill", "--direct", poison, poison.with_name("b.csv")))
    assert stopped.status == 130
    assert counted(imports) == 0


def test_a_chunk_that_is_committed_strikes_it_off(
    imports: ImportEnvironment, command: Command, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as each worker goes on by one, none is taken for poisoned."""
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "1")
    sweep()
    for chunks in (1, 2, 3):
        assert sweep(place="notify").status == -signal.SIGKILL
        assert counted(imports) == 0
        assert imports.ask("select count(*) >= %s from batch_chunks", chunks) == [(True,)]
    assert statuses(command(*DIRECT)) == {"a.csv": "loaded", "b.csv": "loaded"}


def test_an_answer_strikes_it_off(imports: ImportEnvironment, command: Command, poison: Path) -> None:
    sweep()
    imports.ask("alter table batch_chunks add constraint theirs check (false)")
    assert statuses(command(*DIRECT))["a.csv"] == "failed"
    assert counted(imports) == 0


def test_an_answer_that_the_ledger_could_not_be_told(
    imports: ImportEnvironment, command: Command, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server goes away in the middle of the work, three times; that ends no worker."""
    monkeypatch.setattr(run_local, "PAUSES", ())
    for _ in range(3):
        imports.ask("update batches set finished_at = finished_at - interval '2 hours'")
        with monkeypatch.context() as patch:

            def lose(*_: object) -> None:
                patch.setenv("ORDER_IMPORT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
                raise RuntimeError

            def unreachable(*args: Any, sound: Callable[..., Any] = import_batch._fail) -> None:
                from flows.errors import MachineError

                raise MachineError("There is no server.")

            patch.setattr(import_batch, "open_batch", lose)
            patch.setattr(import_batch, "_fail", unreachable)
            patch.setattr(attempts, "strike_off", unreachable)
            assert statuses(command(*DIRECT))["a.csv"] == "failed"
    assert statuses(command(*DIRECT))["a.csv"] == "loaded"
    assert list((imports.data / "work").iterdir()) == []


def test_who_is_at_work_has_not_vanished(imports: ImportEnvironment, command: Command, poison: Path) -> None:
    """Four runs on one drop at once, none of them at an end: the fifth does the work."""
    poison.with_name("b.csv").unlink()
    others = [begin("time.sleep(60)") for _ in range(4)]
    try:
        until(lambda: imports.ask("select attempts from batches"), lambda found: found == [(4,)])
        assert statuses(command(*DIRECT)) == {"a.csv": "loaded"}
    finally:
        for process in others:
            process.kill()
            process.communicate()


def test_who_holds_it_in_another_database_is_at_other_work(
    imports: ImportEnvironment, command: Command, poison: Path, server: str
) -> None:
    """Of the same source and the same bytes: two databases may be on one server."""
    for _ in range(2):
        sweep()
    ((batch_id,),) = imports.ask("select batch_id from batches where file = 'a.csv'")
    with psycopg.connect(server, autocommit=True) as other:
        attempts.hold(other, batch_id)
        assert statuses(command(*DIRECT)) == {"a.csv": "failed", "b.csv": "loaded"}


def test_who_is_done_with_a_batch_holds_it_no_more(
    imports: ImportEnvironment, command: Command, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it goes on to the next over the same session: else nobody would be seen to vanish with the first."""
    held = (
        "select count(*) from pg_locks where locktype = 'advisory'"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    seen = []

    def look(*words: Any, sound: Callable[..., Any] = import_batch.import_rows) -> Any:
        seen.append(imports.ask(held))
        return sound(*words)

    look.__name__ = "import_rows"
    monkeypatch.setattr(import_batch, "import_rows", look)
    assert statuses(command(*DIRECT)) == {"a.csv": "loaded", "b.csv": "loaded"}
    assert seen == [[(1,)], [(1,)]]


def test_one_of_two_vanishes(imports: ImportEnvironment, command: Command, poison: Path) -> None:
    """Those that vanished are counted while another one is at work."""
    poison.with_name("b.csv").unlink()
    alive = begin("time.sleep(60)")
    try:
        until(lambda: imports.ask("select attempts from batches"), lambda found: found == [(1,)])
        for _ in range(2):
            assert sweep().status < 0
        assert statuses(sweep()) == {"a.csv": "failed"}
    finally:
        alive.kill()
        alive.communicate()


def test_a_sweep_that_was_late_leaves_it_alone(
    imports: ImportEnvironment, command: Command, poison: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had its copy of the bytes before another sweep set the file aside."""
    for _ in range(2):
        sweep()
    first = []

    def other_sweep_first(*args: Any, sound: Callable[..., Any] = import_batch.register) -> Any:
        if not first:
            first.append(statuses(sweep()))
        return sound(*args)

    other_sweep_first.__name__ = "register"
    monkeypatch.setattr(import_batch, "register", other_sweep_first)
    assert statuses(command(*DIRECT)) == {}
    assert first == [{"a.csv": "failed", "b.csv": "loaded"}]
    assert json.loads(json.dumps(imports.ask("select count(*)::int from orders"))) == [[1]]
    assert not os.path.lexists(poison)
