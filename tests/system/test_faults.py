"""P6, P7: whatever happens to the server and on the way to it, tables and report are those of an undisturbed run."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from psycopg.conninfo import conninfo_to_dict

from conftest import Command
from flows import order_ids
from flows.database import embedded, migrate
from flows.database.connection import connect_to
from flows.pipeline import run_local
from import_environment import CHILDREN_FIRST, ImportEnvironment, Runner, differences, until
from order_files import many, row
from tcp_proxy import Cut, Proxy, after_bytes, before_answer, before_commit, before_committed


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as short as a server needs for its restart."""
    monkeypatch.setattr(run_local, "PAUSES", (0.3,) * 100)


# A backend ends


@pytest.mark.parametrize("table", CHILDREN_FIRST)
def test_a_backend_is_ended_while_it_waits_to_write(
    imports: ImportEnvironment, aside: ThreadPoolExecutor, table: str
) -> None:
    undisturbed = imports.undisturbed()
    with imports.locked(table):
        run = aside.submit(imports.run)
        backend, _, _ = imports.waiting()[0]
        imports.ask("select pg_terminate_backend(%s, 5000)", backend)
    assert run.result() == ["partial"]
    assert imports.seen() == undisturbed


def test_a_backend_is_ended_while_it_reads_a_copy(imports: ImportEnvironment, runner: Runner) -> None:
    """The client is held in the middle of what it sends."""
    undisturbed = imports.undisturbed()
    places = runner.run(signal=signal.SIGSTOP)["places"]
    found = []
    for at in range(1, places.count("after copy_to") + 1, 3):
        imports.empty()
        runner.begin(at=at, name="after copy_to", signal=signal.SIGSTOP)
        stopped = runner.stopped()
        ended = imports.ask(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = %s and query like 'copy %%'",
            f"order-import {stopped}",
        )
        assert {done for (done,) in ended} == {True}  # one, or two that load at the same time
        os.kill(stopped, signal.SIGCONT)
        assert runner.end()["statuses"] == ["partial"]
        found += [(at, name) for name in differences(imports.seen(), undisturbed)]
    assert found == []


# The server ends


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a server that a test may end."""
    data = tmp_path_factory.mktemp("own")
    with connect_to(embedded.url(data)) as db:
        migrate.upgrade(db, embedded.url(data), "a key for tests")
    yield data
    embedded.stop(data)


@pytest.fixture
def ours(imports: ImportEnvironment, own: Path, monkeypatch: pytest.MonkeyPatch) -> ImportEnvironment:
    """A imports on that server, of which the import is not told the address: it is the embedded one."""
    monkeypatch.setenv("ORDER_IMPORT_DATA", str(own))
    monkeypatch.delenv("ORDER_IMPORT_DATABASE_URL")
    return ImportEnvironment(embedded.url(own), own)


def _stop_at_once(imports: ImportEnvironment) -> None:
    os.kill(_postmaster(imports), signal.SIGQUIT)


def _kill_a_backend(imports: ImportEnvironment) -> None:
    """The server ends all others then, and recovers."""
    os.kill(imports.waiting()[0][0], signal.SIGKILL)


def _postmaster(imports: ImportEnvironment) -> int:
    return int((imports.data / "postgres" / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize("end", [_stop_at_once, _kill_a_backend, lambda imports: embedded.stop(imports.data)])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_the_server_ends(
    ours: ImportEnvironment,
    aside: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[ImportEnvironment], object],
    whose: str,
) -> None:
    undisturbed = ours.undisturbed()
    if whose == "theirs":
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", ours.url)
    with ours.locked("order_items"):
        run = aside.submit(ours.run)
        ours.waiting()
        end(ours)
    time.sleep(1)
    embedded.url(ours.data)  # somebody starts it again, be it the run
    assert run.result() == ["partial"]
    assert ours.seen() == undisturbed


# The connection is cut


@pytest.fixture
def proxy(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Between the import and the server."""
    parts = conninfo_to_dict(imports.url)
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy(Path(folder), Path(str(parts["host"])))
        address = f"postgresql://postgres@/{parts['dbname']}?host={folder}&port=5432"
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", address)
        yield proxy
        proxy.close()


@pytest.mark.parametrize(
    ("cut", "numbers"),
    [
        (after_bytes, [0, 20, *range(100, 80_000, 1_499)]),
        (before_commit, range(1, 100)),
        (before_committed, range(1, 100)),
        (before_answer, range(1, 500, 7)),
    ],
)
def test_the_connection_is_cut(
    imports: ImportEnvironment,
    command: Command,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    cut: Callable[[int], Cut],
    numbers: list[int],
) -> None:
    monkeypatch.setattr(run_local, "PAUSES", (0.01,) * 4)
    undisturbed = imports.undisturbed()
    cuts, found = 0, list[tuple[int, str]]()
    for number in numbers:
        imports.empty()
        proxy.cut = cut(number)
        answer = command("run", "--direct", "--json")
        if proxy.cut is not None:  # a run is over before that
            break
        cuts += 1
        if not answer.json["batches"]:  # not even begun: one sentence, and another run
            assert (answer.status, answer.err.count("\n")) == (4, 1)
            answer = command("run", "--direct", "--json")
        assert (answer.batch["status"], answer.batch["orders"]["created"]) == ("partial", 4)
        found += [(number, name) for name in differences(imports.seen(), undisturbed)]
    print(f"{cuts} cuts, {len(found)} differences")
    assert found == []
    assert 4 < cuts < len(numbers)


# The disk is full


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder of a server on a disk of its own."""
    folder = tmp_path_factory.mktemp("small")
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        with connect_to(embedded.url(folder)) as db:
            migrate.upgrade(db, embedded.url(folder), "a key for tests")
        yield folder
        embedded.stop(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path, free: int) -> Path:
    """A file that leaves so many bytes free."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
            file.flush()
    os.truncate(ballast, ballast.stat().st_size - free)
    return ballast


@pytest.fixture
def filled(imports: ImportEnvironment, small: Path, monkeypatch: pytest.MonkeyPatch) -> ImportEnvironment:
    """A imports on that disk, with a batch of which a part finds room where 512 KB are free."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "500")
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", embedded.url(small))
    return ImportEnvironment(embedded.url(small), imports.data)


ROWS = [*many(1500).to_dicts(), row("A-1", items__quantity="0")]


@pytest.mark.parametrize("free", [0, 1 << 18, 1 << 19])
def test_the_disk_is_full_and_freed_for_the_next_run(
    filled: ImportEnvironment, small: Path, command: Command, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    """Where nothing at all is free, the server may end, and has to be started again."""
    monkeypatch.setattr(run_local, "PAUSES", (0.01,) * 2)
    undisturbed = filled.undisturbed(ROWS)
    filled.ask("vacuum full")
    ballast = _fill(small, free)
    full = command("run", "--direct", "--json")
    assert full.status == 4
    assert (filled.drop / "a.csv").exists()
    ballast.unlink()
    embedded.url(small)
    assert command("run", "--direct", "--json", filled.drop / "a.csv").batch["status"] == "partial"
    assert filled.seen() == undisturbed


def test_the_disk_is_full_and_freed_while_we_wait(
    filled: ImportEnvironment, small: Path, aside: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    undisturbed = filled.undisturbed(ROWS)
    filled.ask("vacuum full")
    ballast = _fill(small, 1 << 18)
    run = aside.submit(filled.run)
    until(lambda: "tried again: PostgreSQL ended it: the disk of the server is full (53100)" in caplog.text)
    ballast.unlink()
    assert run.result() == ["partial"]
    assert filled.seen() == undisturbed


# The database refuses


def test_an_order_that_only_the_database_refuses(
    imports: ImportEnvironment, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    imports.empty()
    imports.ask("alter table orders add constraint no_three check (order_number <> 'A-3')")
    answer = command("run", "--direct", "--json")
    assert (answer.status, answer.batch["status"]) == (1, "partial")
    assert answer.batch["orders"] == {"created": 3, "unchanged": 0, "rejected": 3, "warned": 1}
    results = pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)
    (three,) = results.filter(orderNumber="A-3").rows(named=True)
    assert (three["status"], three["code"], three["outcome"], three["orderId"]) == (
        "Failed",
        "500",
        "rejected",
        None,
    )
    hints = imports.ask("select check_name, hint from findings where severity = 'error' and row_number = 6")
    assert [(name, "23514" in hint) for name, hint in hints] == [("is_storable", True)]
    assert "23514" in caplog.text, "somebody must learn of it"
    assert "no_three" not in answer.out + answer.err + caplog.text
    assert sorted(imports.ask("select order_number from orders")) == [("A-1",), ("A-5",), ("A-6",)]
    assert imports.seen()["books"] == []


def test_refused_orders_on_both_sides_of_one_whose_id_is_taken(
    imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The halving that looks for refused orders meets the taken id, and has to go on once that is settled."""
    monkeypatch.setenv(
        "ORDER_IMPORT_CHUNK_ROWS", "1000"
    )  # so many that COPY looks at ids before the last order
    imports.empty([row(f"A-{n}") for n in range(1000)])
    imports.ask("alter table orders add constraint odd check (order_number not in ('A-0', 'A-999'))")
    key = migrate.hash_key("a key for tests")
    (taken,) = order_ids.order_ids("shop", pl.Series(["A-501"]), pl.Series([0]), key)
    imports.ask(
        "with theirs as (insert into orders (order_id, source, order_number, batch_id, first_row)"
        " values (%s, 'other', 'X', 'theirs', 2) returning order_key)"
        "insert into order_items (order_key, item_no) select order_key, 1 from theirs",
        taken,
    )
    assert imports.run() == ["partial"]
    assert imports.ask("select count(*) from orders where source = 'shop'") == [(998,)]
    refused = imports.ask("select order_number, code from order_results order by 1")
    assert refused == [("A-0", 500), ("A-999", 500)]
    assert imports.seen()["books"] == []
