"""A backfill: its plan, its order, several at once, stopped and gone on with, in threads and on a Dask cluster."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Command
from databases import address
from flows.batch import Delivery
from flows.database.connection import database_identity
from flows.errors import WrongUseError
from flows.intake.backfill_plan import make_plan
from flows.pipeline.run_local import import_on_worker
from flows.settings import load_settings
from import_environment import ImportEnvironment, differences
from order_files import row, write

MANY = int(os.environ.get("MANY", "60"))
"""So many files are compared with one by one; 200 take a busy machine two minutes."""

HALT = 77_001  # a lock that nobody else takes


def files(folder: Path, count: int) -> list[str]:
    """So many small batches, named backwards: the last by name is the oldest. One in ten is bad in one way or another."""
    for n in range(count):
        rows = [row(f"F{n}-1"), row(f"F{n}-2", items__quantity="0" if n % 10 == 3 else "1"), row(f"F{n}-3")]
        path = write(folder / f"f{n:03}.csv", rows if n % 20 != 7 else f"PK\x03\x04{n}")
        os.utime(path, (1_600_000_000 - n, 1_600_000_000 - n))
    return [f"f{n:03}.csv" for n in reversed(range(count))]


# The plan


@pytest.mark.parametrize(
    ("patterns", "planned"),
    [
        (["old"], "c b a"),
        (["old/a.csv", "old/c.csv"], "c a"),
        (["old/[ab].csv"], "b a"),
        (["old/*", "old/a.csv", "./old"], "c b a"),
        (["**/*.csv"], "c b d a"),
        (["o*"], "c b a"),
        (["new/d[1].csv"], "d"),
        (["old/notes.txt"], "notes"),
    ],
)
def test_the_oldest_comes_first(command: Command, data: Path, patterns: list[str], planned: str) -> None:
    ages = {"old/a.csv": 10, "old/b.csv": 20, "old/c.csv": 30, "new/d[1].csv": 20, "old/notes.txt": 40}
    for name, age in ages.items():
        os.utime(write(data.parent / name, [row(name)]), (1_600_000_000 - age,) * 2)
    answer = command("backfill", "--plan", "--json", *patterns)
    assert answer.status == 0
    names = [Path(file["file"]).name for file in answer.json["plan"]["files"]]
    assert [name.partition(".")[0].partition("[")[0] for name in names] == planned.split()


@pytest.mark.parametrize(
    "pattern", ["old/*.parquet", "nowhere/*", "nowhere.csv", "old/*.txt", "o*/../nowhere/*"]
)
def test_nothing_matches(command: Command, data: Path, pattern: str) -> None:
    write(data.parent / "old" / "a.csv", [row()])
    write(data.parent / "old" / "b.txt", b"")
    answer = command("backfill", "--json", pattern)
    assert (answer.status, answer.json["exit"]) == (2, 2)
    assert ("two dots" if ".." in pattern else pattern) in answer.json["error"]


def test_the_plan_knows_what_is_done(command: Command, db: psycopg.Connection, data: Path) -> None:
    old = data.parent / "old"
    files(old, 4)
    first = command("run", "--direct", "--json", old / "f001.csv").batch
    write(old / "big.csv", [row(f"B-{n}") for n in range(5000)])
    told = command("backfill", "--plan", "old").out
    assert "Files: 5," in told
    assert "Imported already, and left alone: 1." in told
    plan = {
        Path(f["file"]).name: f for f in command("backfill", "--plan", "--json", "old").json["plan"]["files"]
    }
    assert [name for name, file in plan.items() if file["batch_id"]] == ["f001.csv"]
    assert plan["f001.csv"]["batch_id"] == first["batch_id"]
    assert plan["big.csv"]["rows"] == pytest.approx(5000, rel=0.1)
    assert db.execute("select count(*) from batches").fetchone() == (1,)
    write(old / "f001.csv", [row("F1-1", items__quantity="3")])
    assert "already" not in command("backfill", "--plan", "old").out


@pytest.mark.parametrize(
    "pattern", ["secret", "secret/*", "secret/none*", "none/*", "none.csv", "open/link/*"]
)
def test_what_may_not_be_read_is_not_looked_at(
    environment: None, db: psycopg.Connection, data: Path, pattern: str
) -> None:
    """In the same words whether it is there or not: nobody can ask what there is."""
    write(data.parent / "secret" / "a.csv", [row()])
    allowed = write(data.parent / "open" / "b.csv", [row()]).parent
    (allowed / "link").symlink_to(data.parent / "secret")

    def admit(path: Path) -> Path:
        if not path.resolve().is_relative_to(allowed):
            raise WrongUseError("It may not be read.")
        return path.resolve()

    with pytest.raises(WrongUseError, match="may not be read"):
        make_plan(load_settings(), [data.parent / pattern], admit=admit)
    found = make_plan(load_settings(), [allowed / "*.csv", allowed], admit=admit).files
    assert [file.delivery.path for file in found] == [allowed / "b.csv"]


def test_an_empty_folder(command: Command, db: psycopg.Connection, data: Path) -> None:
    (data.parent / "old").mkdir()
    for words in (("--json",), ("--json", "--plan")):
        answer = command("backfill", *words, "old")
        assert (answer.status, answer.json["batches"]) == (2, [])
        assert answer.json["error"].endswith("old holds no file to import.")


# Several at once


def test_a_source_and_a_drop(command: Command, db: psycopg.Connection, data: Path) -> None:
    named = write(data.parent / "a.csv", [row("A-1")])
    dropped = write(data / "drop" / "shop" / "b.csv", [row("A-1")])
    answer = command("backfill", "--direct", "--json", "a.csv", data / "drop" / "shop" / "*.csv")
    assert [(b["source"], b["status"]) for b in answer.json["batches"]] == [
        ("default", "loaded"),
        ("shop", "loaded"),
    ]
    assert named.exists()
    assert not dropped.exists()
    write(dropped, [row("A-1")])
    again = command("backfill", "--direct", "--json", data / "drop" / "shop" / "*.csv")
    assert again.batch["status"] == "repeated"
    assert not dropped.exists(), "also where it was imported before"
    other = command("backfill", "--direct", "--json", "--source", "other", "a.csv")
    assert (other.batch["source"], other.batch["status"]) == ("other", "loaded")


def test_one_bad_file_stops_no_other(
    command: Command, imports: ImportEnvironment, db: psycopg.Connection, data: Path
) -> None:
    imports.ask(
        "create function poison() returns trigger language plpgsql as"
        " $$ begin raise exception 'a secret' using errcode = 'XX001'; end $$;"
        "create trigger poison before insert on batches for each row when (new.file = 'f005.csv') execute function poison()"
    )
    names = files(data.parent / "old", 9)
    answer = command("backfill", "--direct", "--json", "old")
    assert answer.status == 4
    assert [(b["file"], b["status"]) for b in answer.json["batches"]] == [
        (name, {"f005.csv": "failed", "f007.csv": "refused", "f003.csv": "partial"}.get(name, "loaded"))
        for name in names
    ]
    assert "secret" not in answer.out + answer.err
    imports.ask("drop trigger poison on batches")
    again = [b["status"] for b in command("backfill", "--direct", "--json", "old").json["batches"]]
    assert again == ["repeated", "refused", "repeated", "loaded", *["repeated"] * 5]


@pytest.fixture
def cluster(imports: ImportEnvironment) -> Iterator[str]:
    """The address of a Dask cluster of two processes."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as found:
        yield found.scheduler_address


@pytest.mark.soak
def test_the_same_database_as_one_by_one(
    imports: ImportEnvironment,
    command: Command,
    cluster: str,
    prefect: str,
    monkeypatch: pytest.MonkeyPatch,
    data: Path,
) -> None:
    from flows.backfill import backfill

    old = data.parent / "old"
    names = files(old, MANY)
    emptied(imports)
    one_by_one = sorted(imports.run(old))
    seen = imports.seen()
    assert (len(seen["batches"]), seen["books"]) == (MANY, [])

    emptied(imports)
    threads = command("backfill", "--direct", "--json", "--at-once", "4", "old").json["batches"]
    assert [batch["file"] for batch in threads] == names
    assert sorted(batch["status"] for batch in threads) == one_by_one
    assert differences(imports.seen(), seen) == []

    emptied(imports)
    monkeypatch.setenv("ORDER_IMPORT_DASK", cluster)
    monkeypatch.setenv("ORDER_IMPORT_FOLDERS", str(old))
    done = backfill(str(old), return_state=True).result(raise_on_failure=False)
    assert [result.file for result in done.results] == names
    assert sorted(result.status for result in done.results) == one_by_one
    assert differences(imports.seen(), seen) == []


def test_no_cluster(environment: None, prefect: str, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    from flows.backfill import backfill

    monkeypatch.setenv("ORDER_IMPORT_DASK", "nonsense")
    monkeypatch.setenv("ORDER_IMPORT_FOLDERS", str(data.parent))
    state = backfill(str(write(data.parent / "a.csv", [row()])), return_state=True)
    assert (state.name, state.message) == (
        "Failed",
        "The Dask cluster of ORDER_IMPORT_DASK cannot be reached.",
    )


def test_a_worker_with_another_database_imports_nothing(
    environment: None, server: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker does that was told another database than the flow, or none."""
    settings = load_settings()
    delivery = Delivery(path=write(data.parent / "a.csv", [row()]), source="default", named=True)
    here = database_identity(settings)
    shared = replace(settings, database_url=None, id_key=None)
    for other in (address(server, "tables_of_ours"), ""):
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", other)
        result = import_on_worker(delivery, shared, here)
        assert result
        assert (result.status, "ORDER_IMPORT_DATABASE_URL" in str(result.reason)) == ("failed", True)
    assert not (data / "postgres").exists()
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", str(settings.database_url))
    result = import_on_worker(delivery, shared, here)
    assert result
    assert result.status == "loaded"


def emptied(imports: ImportEnvironment) -> None:
    imports.empty()
    (imports.drop / "a.csv").unlink()


# Stopped, and gone on with


@contextmanager
def halted(imports: ImportEnvironment, name: str) -> Iterator[None]:
    """While every batch of this name or an earlier one waits for us, at its very begin."""
    imports.ask(
        "create or replace function halt() returns trigger language plpgsql as"
        f" $$ begin perform pg_advisory_xact_lock_shared({HALT}); return new; end $$;"
        f"create trigger halt before insert on batches for each row when (new.file <= '{name}') execute function halt()"
    )
    with psycopg.connect(imports.url, autocommit=True) as db:
        db.execute("select pg_advisory_lock(%s)", (HALT,))
        yield
    imports.ask("drop trigger halt on batches")


def begun(*words: str) -> "subprocess.Popen[str]":
    """A backfill as a process of its own, in a group of its own, as in a terminal."""
    program = [
        sys.executable,
        "-c",
        "from flows.cli import main; main()",
        "backfill",
        "--json",
        "--at-once",
        "2",
    ]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*program, *words, "old"], text=True, start_new_session=True, **pipes)


def test_killed_halfway_and_begun_again(imports: ImportEnvironment, command: Command, data: Path) -> None:
    old = data.parent / "old"
    files(old, 20)
    emptied(imports)
    one_by_one = imports.run(old)
    seen = imports.seen()
    emptied(imports)
    with halted(imports, "f009.csv"):
        process = begun("--direct")
        imports.waiting(2)
        process.kill()
        process.communicate()
    statuses = [batch["status"] for batch in command("backfill", "--direct", "--json", "old").json["batches"]]
    assert statuses[:10] == ["repeated"] * 10
    assert sorted(statuses[10:]) == sorted(one_by_one[:10])
    assert differences(imports.seen(), seen) == []


@pytest.mark.parametrize("way", [["--direct"], []], ids=["direct", "flow"])
def test_ctrl_c_begins_no_other_file(
    imports: ImportEnvironment, command: Command, data: Path, way: list[str]
) -> None:
    files(data.parent / "old", 6)
    emptied(imports)
    with halted(imports, "f003.csv"):
        process = begun(*way)
        imports.waiting(2)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr
        assert "Stopping" in process.stderr.readline()
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    told = json.loads(out)
    assert (process.returncode, told["exit"]) == (130, 130)
    assert "not begun: 2;" in told["error"]
    assert [batch["file"] for batch in told["batches"]] == ["f005.csv", "f004.csv", "f003.csv", "f002.csv"]
    again = command("backfill", "--direct", "--json", "old").json["batches"]
    assert [batch["status"] for batch in again] == ["repeated"] * 4 + ["loaded"] * 2


def test_a_second_ctrl_c_ends_it_at_once(imports: ImportEnvironment, data: Path) -> None:
    files(data.parent / "old", 4)
    emptied(imports)
    with halted(imports, "f003.csv"):
        process = begun("--direct")
        imports.waiting(2)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        process.communicate()
