"""From calls to a PostgreSQL of our own, really started in temporary folders."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from conftest import ROOT
from flows.database import embedded
from import_environment import until

CALLER = "import sys, pathlib, flows.database.embedded; print(flows.database.embedded.url(pathlib.Path(sys.argv[1])))"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    embedded.stop(tmp_path / "data")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the tests share, with a table kept(k) of one row."""
    folder = tmp_path_factory.mktemp("data")
    ask(folder, "create table kept as select 'anna@example.org' k")
    ask(folder, "create unique index on kept (k)")
    yield folder
    embedded.stop(folder)


def ask(data: Path, query: LiteralString, *values: str) -> Any:
    with psycopg.connect(embedded.url(data), autocommit=True) as connection:
        cursor = connection.execute(query, values or None)
        return cursor.fetchall()[0][0] if cursor.description else None


def pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def caller(data: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CALLER, str(data)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0, cwd=ROOT)


def test_nothing_is_made_by_asking(fresh: Path) -> None:
    assert not embedded.exists(fresh)
    assert not embedded.stop(fresh)
    assert not fresh.exists()


def test_the_second_call_finds_the_server_of_the_first(data: Path) -> None:
    assert ask(data, "select 1") == 1
    first = pid(data)
    assert ask(data, "select current_database() || version()").startswith("order_importPostgreSQL 18")
    assert pid(data) == first
    assert os.getsid(first) != os.getsid(0), "Ctrl-C would stop it"


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"])
def test_what_is_committed_lasts(data: Path, name: str) -> None:
    assert ask(data, "select current_setting(%s)", name) == "on"


def test_only_its_owner_gets_in(data: Path) -> None:
    assert ask(data, "select current_setting('listen_addresses')") == ""
    assert (data / "postgres").stat().st_mode & 0o777 == 0o700


def test_no_value_in_the_log(data: Path) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation, match="anna"):
        ask(data, "insert into kept values ('anna@example.org')")
    with pytest.raises(psycopg.DataError, match="anna"):
        ask(data, "select 'anna@example.org'::int")
    with pytest.raises(psycopg.OperationalError):
        ask(data, "select pg_terminate_backend(pg_backend_pid()), 'anna@example.org'")
    log = until(
        lambda: "".join(file.read_text() for file in (data / "postgres").glob("server-*.log")),
        lambda text: "terminating connection" in text,
    )
    assert "ready to accept connections" in log
    assert "anna" not in log


def test_a_killed_server_comes_back_with_its_data(data: Path) -> None:
    ask(data, "insert into kept values ('late')")
    os.kill(pid(data), signal.SIGKILL)
    assert ask(data, "select count(*) from kept where k = 'late'") == 1


def test_a_stopped_server_comes_back_with_its_data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded.url(data)
    assert embedded.stop(data)
    assert not embedded.stop(data)
    for name in ("PGHOST", "PGPORT", "PGDATA", "PGUSER", "PGPASSWORD", "PGDATABASE"):
        monkeypatch.setenv(name, "1")
    assert ask(data, "select count(*) from kept where k like 'anna%'") == 1


@pytest.mark.parametrize("state", ["ready", ""])
def test_a_pid_file_that_lies(data: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    embedded.stop(data)
    monkeypatch.setattr(embedded, "GRACE", 1.0)  # in which a new server answers on a busy machine, too
    lines = [str(os.getpid()), "", "", "5432", ".", "", "", state] if state else [""]
    (data / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    assert ask(data, "select 1") == 1


def test_four_at_once_get_one_server(fresh: Path) -> None:
    callers = [caller(fresh) for _ in range(4)]
    assert {process.communicate()[0].strip() for process in callers} == {embedded.url(fresh)}
    assert sorted(path.name for path in fresh.iterdir()) == ["postgres", "postgres.lock"]


@pytest.mark.parametrize("name", ["deep/" * 30, 'odd, $(name) "of` a%20folder'])
def test_any_path_will_do(fresh: Path, name: str) -> None:
    folder = fresh / name
    sockets = ask(folder, "select current_setting('unix_socket_directories')")
    assert Path(sockets).is_dir()
    assert embedded.stop(folder)
    assert not Path(sockets).exists()


def test_half_a_cluster_is_not_taken_for_one(fresh: Path) -> None:
    process = caller(fresh)
    while not list(fresh.glob("postgres.new-*/PG_VERSION")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not embedded.exists(fresh)
    assert ask(fresh, "select 1") == 1
    assert sorted(path.name for path in fresh.iterdir()) == ["postgres", "postgres.lock"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a stand-in")
def test_root_opens_folders_for_search_only(fresh: Path, caplog: pytest.LogCaptureFixture) -> None:
    fresh.mkdir(mode=0o700)
    assert ask(fresh, "select 1") == 1
    assert fresh.stat().st_mode & 0o777 == 0o701
    assert f"Opened {fresh} for search" in caplog.text


def test_no_programs_no_traceback(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(embedded.EmbeddedError, match=r"no PostgreSQL 18.*\(its log: .*\)\.$"):
        embedded.url(fresh)
