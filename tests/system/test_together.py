"""Several at once: readers, runs, senders, a stopped worker, a role with few rights, and nobody in another's way.

P2 whole orders, P4 once, P8 again is nothing, P9 no silent conflict, P12 pinned bytes, P13 safe originals,
P15 together, P16 blast radius, P18 nothing waits for ever, P20 least privilege.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from conftest import Answer, Command
from flows.database import session, stuck_sessions
from flows.intake.found import NOT_ITS_TURN
from flows.pipeline import commit_chunk, run_local
from import_environment import CHILDREN_FIRST, PATIENCE, ROWS, ImportEnvironment, Runner, differences, until
from order_files import many, row, write

STRIDE = int(os.environ.get("STRIDE", "53"))
"""Every how manieth place a worker is stopped at; 1 takes minutes."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as short as a test can bear."""
    monkeypatch.setattr(stuck_sessions, "STOPPED_SECONDS", 0.3)
    monkeypatch.setattr(run_local, "PAUSES", (0.05,) * 4)
    monkeypatch.setitem(session.SETTINGS, "lock_timeout", "200ms")


def started(*words: object) -> "subprocess.Popen[str]":
    """A process that imports."""
    program = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--direct", "--json"]
    return subprocess.Popen(
        [*program, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: "subprocess.Popen[str]") -> Answer:
    """What it answered; a traceback is none."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return Answer(status=process.returncode, out=out, err=err)


# P2


@pytest.mark.parametrize("table", ["orders", "order_items", "order_results", "findings", "rejected_rows"])
def test_nothing_of_a_chunk_is_seen_before_all_of_it(
    imports: ImportEnvironment, aside: ThreadPoolExecutor, table: str
) -> None:
    imports.empty()
    with imports.locked(table):
        run = aside.submit(imports.run)
        imports.waiting()
        seen = {name: imports.ask(f"select count(*) from {name}")[0][0] for name in CHILDREN_FIRST}
    assert seen == dict.fromkeys(CHILDREN_FIRST, 0) | {"batches": 1}
    assert run.result() == ["partial"]


def test_a_reader_sees_whole_orders_or_none(
    imports: ImportEnvironment, aside: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "10")
    imports.empty(many(150).to_dicts())
    broken = (
        "select order_number from orders o where 1 + substr(order_number, 3)::int %% 4"
        " <> (select count(*) from order_items i where i.order_key = o.order_key)"
    )
    counts, torn = set(), []
    with psycopg.connect(imports.url, autocommit=True) as reader:
        run = aside.submit(imports.run)
        while not run.done():
            torn += reader.execute(broken, ()).fetchall()
            counts |= set(reader.execute("select count(*) from orders").fetchall())
    assert run.result() == ["loaded"]
    assert len(counts) > 3, "the reader was asleep"
    assert torn == []


# P4, P9


def test_two_runs_on_one_file(imports: ImportEnvironment) -> None:
    undisturbed = imports.undisturbed()
    with imports.locked("order_items"):
        runs = [started(), started()]
        imports.waiting(runs=2)
    answers = [ended(run) for run in runs]
    assert [answer.status for answer in answers] == [1, 1]
    assert answers[0].batch == answers[1].batch
    assert imports.seen() == undisturbed


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [({}, "unchanged"), ({"toAddress__cityTown": "Salem", "items__quantity": "3"}, "rejected")],
)
def test_one_order_in_two_batches_at_once(
    imports: ImportEnvironment, tmp_path: Path, cells: dict[str, str], outcome: str
) -> None:
    imports.empty()
    files = [
        write(tmp_path / "one.csv", [row("A-1"), row("B-1")]),
        write(tmp_path / "two.csv", [row("A-1", **cells), row("B-2")]),
    ]
    with imports.locked("orders"):
        runs = [started(file) for file in files]
        imports.waiting(2)  # both have asked, and neither knows of the other
    batches = [ended(run).batch for run in runs]
    first, second = sorted(batches, key=lambda batch: -batch["orders"]["created"])
    assert (first["orders"]["created"], second["orders"]["created"]) == (2, 1)
    assert second["orders"][outcome] == 1
    assert imports.ask("select batch_id from orders where order_number = 'A-1'") == [(first["batch_id"],)]
    assert [hint.split(";")[0] for (hint,) in imports.ask("select hint from findings")] == (
        [f"Batch {first['batch_id']} has imported this order with other values of toAddress.cityTown, items"]
        if outcome == "rejected"
        else []
    )
    assert imports.seen()["books"] == []


def test_a_deadlock_does_not_surface(imports: ImportEnvironment, tmp_path: Path) -> None:
    imports.empty()
    imports.ask(
        "create function slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(0.3); return new; end $$;"
        "create trigger slow before insert on orders for each row execute function slow()"
    )
    files = [
        write(tmp_path / "one.csv", [row("A-1"), row("A-2")]),
        write(tmp_path / "two.csv", [row("A-2"), row("A-1")]),
    ]
    with imports.locked("orders"):
        runs = [started(file) for file in files]
        imports.waiting(2)
    answers = [ended(run) for run in runs]
    assert [answer.status for answer in answers] == [0, 0]
    assert [answer.err.count("40P01") for answer in sorted(answers, key=lambda one: one.err)] == [0, 1]
    assert sorted(answer.batch["orders"]["created"] for answer in answers) == [0, 2]
    assert imports.seen()["books"] == []


# P8


def test_the_same_bytes_under_three_names(imports: ImportEnvironment, command: Command) -> None:
    imports.empty()
    first = command("run", "--direct", "--json").batch
    before = {table: imports.ask(f"select * from {table} order by {table}::text") for table in CHILDREN_FIRST}
    report = _stamps(Path(first["report"]))
    for name in ("b.csv", "Grüße, 2.csv", "deeper/a.csv"):
        write(imports.drop / name, ROWS)
        again = command("run", "--direct", "--json")
        assert (again.status, again.batch["status"]) == (1, "repeated")
        assert (again.batch["batch_id"], again.batch["report"]) == (first["batch_id"], first["report"])
        after = {
            table: imports.ask(f"select * from {table} order by {table}::text") for table in CHILDREN_FIRST
        }
        assert after == before
    assert _stamps(Path(first["report"])) == report
    names = ("Grüße, 2.csv", "a.csv", "a.csv", "b.csv")
    assert imports.seen()["files"] == [("archive", name) for name in names]


def _stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


# P13, P15


def test_four_runs_on_one_drop_and_one_of_them_killed(imports: ImportEnvironment) -> None:
    _twelve_files(imports)
    sent = _census(imports.data / "drop")
    assert imports.run() == ["partial"] * 4 + ["refused"] + ["repeated"] + ["partial"] * 4 + ["refused"] + [
        "partial"
    ]
    undisturbed = imports.seen()
    _twelve_files(imports)
    with imports.locked("order_items"):
        runs = {run.pid: run for run in (started() for _ in range(4))}
        waiting = imports.waiting(4)
        busy = next(ours for _, ours, statement in waiting if statement.startswith("lock table"))
        runs[busy].send_signal(signal.SIGKILL)
        runs.pop(busy).communicate()
    assert {ended(run).status for run in runs.values()} <= {1, 3}  # 3 for who was first with a refused one
    assert differences(imports.seen(), undisturbed) == []
    assert _census(imports.data / "archive", imports.data / "refused") == sent
    assert _census(imports.data / "drop", imports.data / "work") == []


def _twelve_files(imports: ImportEnvironment) -> None:
    """Of two sources: partial ones, one that comes twice, and one of each that cannot be read."""
    imports.empty()
    for source in ("books", "shop"):
        for at, name in enumerate("abcdef"):
            rows = [cells | {"orderNumber": f"{name}-{cells['orderNumber']}"} for cells in ROWS]
            write(imports.data / "drop" / source / f"{name}.csv", rows if at != 4 else b"PK\x03\x04")
    shutil.copyfile(imports.data / "drop" / "books" / "a.csv", imports.data / "drop" / "books" / "f.csv")


def _census(*folders: Path) -> list[str]:
    """The hashes of the files that senders have sent."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.suffix != ".txt")


# P16


def test_a_poison_batch_sinks_no_other(imports: ImportEnvironment, command: Command) -> None:
    imports.empty([row("A-1")])
    imports.ask(
        "create function poison() returns trigger language plpgsql as $$ begin"
        " raise exception 'a secret' using errcode = 'XX001'; end $$;"
        "create trigger poison before insert on orders for each row when (new.source = 'bad') execute function poison()"
    )
    drop = imports.data / "drop"
    bad = write(drop / "bad" / "a.csv", [row("A-1")])
    write(imports.drop / "b.csv", b"PK\x03\x04")
    (imports.drop / "c.csv").symlink_to(bad)
    os.mkfifo(imports.drop / "d.csv")
    write(imports.drop / "e.parquet", b"PAR1 and no more")
    write(imports.drop / "f.csv", [row("A-2"), row("A-3", items__quantity="0")])
    write(imports.drop / "g.csv", [row("A-4")])
    answer = command("run", "--direct", "--json")
    assert answer.status == 4
    assert [(batch["file"], batch["status"]) for batch in answer.json["batches"]] == [
        ("a.csv", "failed"),
        ("a.csv", "loaded"),
        *((name, "refused") for name in ("b.csv", "c.csv", "d.csv", "e.parquet")),
        ("f.csv", "partial"),
        ("g.csv", "loaded"),
    ]
    assert [str(found.relative_to(drop)) for found in drop.rglob("*.*")] == ["bad/a.csv"]
    assert bad.exists()
    assert "secret" not in answer.out + answer.err + json.dumps(answer.json)
    reasons = {found.name.rsplit("-", 1)[-1] for found in (imports.data / "refused").rglob("*.reason.txt")}
    assert reasons == {f"{name}.reason.txt" for name in ("b.csv", "c.csv", "d.csv", "e.parquet")}


def test_a_failed_batch_waits_its_turn(imports: ImportEnvironment, command: Command) -> None:
    imports.empty()
    imports.ask("alter table order_items rename to lost")
    assert imports.run() == ["failed"]
    imports.ask("alter table lost rename to order_items")
    assert imports.run() == []
    answer = command("run", "--direct", "--json").json
    told = {"file": "a.csv", "source": "shop", "why": NOT_ITS_TURN}
    assert (answer["batches"], answer["waiting"], answer["exit"]) == ([], [told], 0)
    for failures, minutes in ((1, 1), (2, 2), (3, 4), (7, 60), (5000, 60)):
        imports.ask(
            "update batches set failures = %s, finished_at = clock_timestamp() - make_interval(secs => %s)",
            failures,
            60 * minutes - 5,
        )
        assert imports.run() == [], "too early"
    imports.ask("update batches set finished_at = clock_timestamp() - interval '61 minutes'")
    assert imports.run() == ["partial"]


def test_a_failed_batch_does_not_wait_when_somebody_asks_for_it(imports: ImportEnvironment) -> None:
    undisturbed = imports.undisturbed()
    imports.ask("alter table order_items rename to lost")
    assert imports.run() == ["failed"]
    assert imports.run(imports.drop / "a.csv") == ["failed"]
    assert imports.ask("select failures from batches") == [(2,)]
    imports.ask("alter table lost rename to order_items")
    assert imports.run(imports.drop) == [], "a folder is not a file that somebody asks for"
    assert imports.run(imports.drop / "a.csv") == ["partial"]
    assert imports.seen() == undisturbed


# P11, P12

NEWER = [row("N-1"), row("N-2", items__quantity="0")]


def _rename_over(path: Path) -> None:
    write(path.with_name(".new"), NEWER).replace(path)


def _append(path: Path) -> None:
    with path.open("a") as file:
        file.write(path.read_text().splitlines()[1].replace("A-1", "N-1") + "\n")


@pytest.mark.parametrize(
    ("meddle", "left", "then"),
    [
        (lambda path: write(path, NEWER), ["a.csv"], ["partial"]),
        (_rename_over, ["a.csv"], ["partial"]),
        (_append, ["a.csv"], ["partial"]),
        (lambda path: os.truncate(path, 10), ["a.csv"], ["refused"]),
        (lambda path: path.unlink(), [], []),
        (lambda path: path.rename(path.with_name("b.csv")), ["b.csv"], ["repeated"]),
    ],
    ids=["written over", "replaced", "appended to", "cut", "deleted", "renamed"],
)
def test_what_was_pinned_is_imported(
    imports: ImportEnvironment,
    aside: ThreadPoolExecutor,
    meddle: Callable[[Path], object],
    left: list[str],
    then: list[str],
) -> None:
    undisturbed = imports.undisturbed()
    with imports.locked("order_items"):
        run = aside.submit(imports.run)
        imports.waiting()
        meddle(imports.drop / "a.csv")
    assert run.result() == ["partial"]
    assert differences(imports.seen(), undisturbed) == ["files"]
    kept = [path.read_bytes() for path in imports.drop.iterdir()]
    assert [path.name for path in imports.drop.iterdir()] == left
    assert imports.run() == then
    assert list(imports.drop.iterdir()) == []
    gone = [path for name in ("archive", "refused") for path in (imports.data / name).rglob("*.csv")]
    assert [path.read_bytes() for path in gone] == kept


@pytest.mark.parametrize("change", ["grows", "shrinks", "is touched"])
def test_a_file_that_changes_while_it_is_copied_is_left(
    imports: ImportEnvironment, aside: ThreadPoolExecutor, change: str
) -> None:
    imports.empty()
    file = imports.drop / "a.csv"
    os.truncate(file, 1 << 26)  # so that a copy takes longer than a change
    done = threading.Event()

    def meddle() -> None:
        for step in range(1 << 20):
            if done.is_set():
                break
            if change == "is touched":
                os.utime(file)
            else:
                os.truncate(file, (1 << 26) + (step if change == "grows" else -step))

    meddling = aside.submit(meddle)
    assert imports.run() == []
    assert imports.ask("select count(*) from batches") == [(0,)]
    done.set()
    meddling.result()
    assert file.exists()
    write(file, ROWS)
    assert imports.run() == ["partial"]


def test_a_marker_says_when_a_file_is_complete(
    imports: ImportEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = write(tmp_path / "sources.toml", "[sources.shop]\nmarker = '.done'\n[sources.other]\n")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
    imports.empty()
    write(imports.drop / "b.csv", b"PK\x03\x04")
    assert imports.run() == []
    for name in ("a.csv.done", "b.csv.done", "c.csv.done"):
        write(imports.drop / name, b"")
    assert imports.run() == ["partial", "refused"]
    assert [path.name for path in imports.drop.iterdir()] == ["c.csv.done"]
    assert imports.seen()["files"][:5] == [
        ("archive", "a.csv"),
        ("archive", "a.csv.done"),
        ("drop", "c.csv.done"),
        ("refused", "b.csv"),
        ("refused", "b.csv.done"),
    ]
    write(imports.drop / "a.csv", NEWER)
    assert imports.run() == [], "the marker of the file before it was still there"
    write(imports.data / "drop" / "other" / "a.csv", NEWER)
    assert imports.run() == ["partial"], "a source without a marker has none to wait for"


# P18


def test_a_stopped_worker_is_in_nobodys_way(
    imports: ImportEnvironment, runner: Runner, aside: ThreadPoolExecutor, impatient: None
) -> None:
    """Stopped anywhere, its work is done by another; and it does no harm when it goes on."""
    undisturbed = imports.undisturbed()
    places = runner.run(signal=signal.SIGSTOP)["places"]
    telling = ("after flock", "before copy_to", "before _exit_gen")  # a lock, a COPY, a whole transaction
    chosen = {at for name in telling for at in [n for n, place in enumerate(places, 1) if place == name][::3]}
    found = []
    for at in sorted(chosen | {*range(1, len(places) + 1, STRIDE)}):
        imports.empty()
        runner.begin(at=at, signal=signal.SIGSTOP)
        stopped = runner.stopped()
        other = aside.submit(imports.run)
        wait([other], timeout=PATIENCE)
        in_time = other.done()
        os.kill(stopped, signal.SIGCONT)
        statuses = {*other.result(), *runner.end()["statuses"]}
        if not in_time or not statuses <= {"partial", "repeated"}:
            found.append((at, places[at - 1], f"{in_time} {statuses}"))
        found += [(at, places[at - 1], name) for name in differences(imports.seen(), undisturbed)]
    assert found == []


def test_a_worker_that_was_stopped_for_too_long_begins_again(
    imports: ImportEnvironment, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")  # a second might be in a COPY, which no timeout ends
    undisturbed = imports.undisturbed()
    session = {"idle_in_transaction_session_timeout": "100ms"}
    runner.begin(at=1, name="before _start_copy_gen", signal=signal.SIGSTOP, session=session)
    stopped = runner.stopped()
    ours = (
        "select pid from pg_stat_activity where datname = current_database() and xact_start is not null"
        " and application_name like 'order-import %'"
    )
    until(lambda: imports.ask(ours), lambda found: not found)
    os.kill(stopped, signal.SIGCONT)
    assert runner.end()["statuses"] == ["partial"]
    assert imports.seen() == undisturbed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock_timeout", "1min"),
        ("statement_timeout", "10min"),
        ("transaction_timeout", "30min"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("client_connection_check_interval", "10s"),
    ],
)
def test_our_sessions_have_timeouts(url: str, name: str, value: str) -> None:
    with session.connect_to(url) as db:
        assert db.execute("select current_setting(%s)", (name,)).fetchone() == (value,)
        alive = db.info.get_parameters()
        assert {"keepalives_idle", "tcp_user_timeout", "connect_timeout"} <= alive.keys()


def test_only_sessions_of_ours_that_stopped_are_ended(
    url: str, impatient: None, aside: ThreadPoolExecutor
) -> None:
    stopped, at_rest, at_work, other = [session.connect_to(url) for _ in range(3)] + [psycopg.connect(url)]
    stopped.execute("begin")
    other.execute("select 1")
    at_work.execute("begin")
    sleeping = aside.submit(at_work.execute, "select pg_sleep(1)")
    time.sleep(0.5)
    with session.connect_to(url) as db:
        assert stuck_sessions.terminate_stuck_sessions(db) == 1
    sleeping.result()
    for sound in (at_rest, at_work, other):
        sound.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        stopped.execute("select 1")
    for one in (stopped, at_rest, at_work, other):
        one.close()


def test_the_sessions_of_another_role_are_not_ours_to_end(url: str, impatient: None) -> None:
    """Whoever may end the sessions of others would, for a name of ours proves nothing."""
    with session.connect_to(url) as db:
        db.execute("create role stranger login")
        try:
            with psycopg.connect(url, user="stranger", application_name="order-import 1 x") as other:
                other.execute("select 1")
                time.sleep(0.5)
                assert stuck_sessions.terminate_stuck_sessions(db) == 0
                other.execute("select 1")
        finally:
            db.execute("drop role stranger")


def in_the_middle(monkeypatch: pytest.MonkeyPatch, disturb: Callable[[int], None]) -> None:
    """Do this after the chunk's question which orders are known, and before its COPY, at each try."""
    tries = iter(range(100))

    def disturbed(*args: Any) -> str:
        disturb(next(tries))
        return load(*args)

    load = commit_chunk.load
    monkeypatch.setattr(commit_chunk, "load", disturbed)
    monkeypatch.setattr(run_local, "PAUSES", ())


def test_a_chunk_that_waits_for_a_stopped_session_frees_itself(
    imports: ImportEnvironment, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = imports.undisturbed()
    with session.connect_to(imports.url) as stopped:

        def lock_the_orders(number: int) -> None:
            if number == 0:
                stopped.execute("begin; lock table orders in share mode")

        in_the_middle(monkeypatch, lock_the_orders)
        assert imports.run() == ["partial"]
        assert imports.seen() == undisturbed
        with pytest.raises(psycopg.OperationalError):
            stopped.execute("select 1")


def test_a_chunk_may_lose_many_races(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its orders is taken by another batch between the question and the COPY, one at a time."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "20")
    imports.empty([row("B-1")])
    assert imports.run() == ["loaded"]
    write(imports.drop / "b.csv", [row(f"A-{number}") for number in range(8)])

    def take(number: int) -> None:
        if number < 8:
            changes = {"order_id": f"PB000000000{number}", "order_number": f"A-{number}"}
            imports.ask(
                "insert into orders select (jsonb_populate_record(o, %s || jsonb_build_object('order_key',"
                " nextval('orders_order_key_seq')))).* from orders o where order_number = 'B-1'",
                Jsonb(changes),
            )

    in_the_middle(monkeypatch, take)
    assert imports.run() == ["partial"]
    assert imports.ask("select count(*) from order_results where outcome = 'rejected'") == [(8,)]


# P20


@pytest.fixture
def importer(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Imports are done by a role that has no more rights than it needs."""
    ((name,),) = imports.ask("select current_database()")
    imports.ask(f"revoke all on database {name} from public; revoke all on schema public from public")
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", imports.create_importer("importer"))
    yield
    imports.ask("drop owned by importer; drop role importer")


def test_few_rights_are_enough(imports: ImportEnvironment, command: Command, importer: None) -> None:
    undisturbed = imports.undisturbed()
    first = command("run", "--direct", "--json").batch
    assert imports.seen() == undisturbed
    write(imports.drop / "b.csv", ROWS)
    write(imports.drop / "c.csv", [row("A-5"), row("A-6", items__quantity="3"), row("A-7"), row("A-8")])
    write(imports.drop / "d.csv", b"PK\x03\x04")
    imports.ask("alter table orders add constraint no_eight check (order_number <> 'A-8')")
    batches = command("run", "--direct", "--json").json["batches"]
    assert [batch["status"] for batch in batches] == ["repeated", "partial", "refused"]
    assert batches[1]["orders"] == {"created": 1, "unchanged": 1, "rejected": 2, "warned": 0}
    assert command("replay", "--json", first["batch_id"]).status == 1
    assert command("report", "--json", first["batch_id"]).status == 1
    assert command("check", "--json", Path(first["report"]) / "rejected.csv").status == 1
    assert imports.seen()["books"] == []


@pytest.mark.parametrize("table", ["orders", "order_items"])
def test_those_rights_are_few(imports: ImportEnvironment, importer: None, table: str) -> None:
    more = "update, delete, truncate, references, trigger"
    assert imports.ask("select has_table_privilege('importer', %s, %s)", table, more) == [(False,)]
    assert imports.ask("select has_schema_privilege('importer', 'public', 'create')") == [(False,)]
