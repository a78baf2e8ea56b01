"""A real PostgreSQL for the whole session, a database of its own for each test, and the command to run against it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from databases import TEMPLATE, address, database
from flows.database import embedded, migrate
from flows.database.connection import connect_to
from flows.orchestration.server import run_server as server_of_prefect
from import_environment import INVARIANTS, ImportEnvironment, Runner
from order_files import write

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SAMPLES = ROOT / "data" / "samples"


# Prefect leaves clients of its API open, as flow_engine.load_flow_run (3.8) does in the process of a run:
# PrefectHQ/prefect#11909 tells of the same elsewhere. Whoever collects them warns, whatever is under way then.
WARNINGS = "default,ignore:unclosed <socket:ResourceWarning,ignore:unclosed transport:ResourceWarning"


@pytest.fixture(scope="session", autouse=True)
def _shown_warnings() -> Iterator[None]:
    """The processes that tests start show every warning, and an Answer with one is wrong; an error would alter Prefect itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONWARNINGS", WARNINGS)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded PostgreSQL with a database that has our tables, the template of all others."""
    data = tmp_path_factory.mktemp("server")
    url = embedded.url(data)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"create database {TEMPLATE}")
        db.execute("alter system set fsync = off")  # only a power cut would tell, and no test makes one
        db.execute("select pg_reload_conf()")
    template = address(url, TEMPLATE)
    with connect_to(template) as db:
        migrate.upgrade(db, template, "a key for tests")
    yield url
    embedded.stop(data)


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database for this test alone."""
    with database(server, f"test_{abs(hash(request.node.nodeid))}") as url:
        yield url


@pytest.fixture
def db(url: str) -> Iterator[psycopg.Connection]:
    """A look into that database; the books must balance when the test ends."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
        assert connection.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the command answered: exit status, `--json` object or text, standard error."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        """No warning of Python's; one while something is thrown away can only be printed, not raised."""
        assert "Warning: " not in self.err, self.err

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def batch(self) -> dict[str, Any]:
        """The one batch that was looked at."""
        (found,) = self.json["batches"]
        return dict(found)

    @property
    def fix_file(self) -> Path:
        """The batch's file of rejected rows."""
        return Path(self.batch["report"]) / "rejected.csv"

    def reasons(self) -> set[tuple[int, str | None, str]]:
        """(row, column, check) of every finding in the report's results.csv."""
        import polars as pl

        told = pl.read_csv(Path(self.batch["report"]) / "results.csv", infer_schema=False)["findings"]
        return {(f["row"], f["column"], f["check"]) for cell in told for f in json.loads(cell)}


def created(db: psycopg.Connection) -> set[str]:
    """The numbers of the orders that are stored."""
    return {number for (number,) in db.execute("select order_number from orders")}


Command = Callable[..., Answer]
Send = Callable[..., Answer]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of this test."""
    return tmp_path / "data"


@pytest.fixture
def environment(data: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for this test alone."""
    for name in [name for name in os.environ if name.startswith("ORDER_IMPORT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ORDER_IMPORT_DATA", str(data))
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url)
    monkeypatch.setenv("ORDER_IMPORT_ID_KEY", "a key for tests")
    monkeypatch.setenv("ORDER_IMPORT_QUIET_SECONDS", "0")
    monkeypatch.chdir(data.parent)


@pytest.fixture
def command(environment: None) -> Command:
    """Run `order-import` in this process: `command("run", "--direct", "--json", file)`."""

    def run(*words: object) -> Answer:
        from flows.cli import app

        done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
        return Answer(status=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def process(environment: None) -> Command:
    """Run `order-import` as a process of its own, as a user does."""

    def run(*words: object) -> Answer:
        program = [sys.executable, "-c", "from flows.cli import main; main()"]
        done = subprocess.run(
            [*program, *map(str, words)], capture_output=True, text=True, timeout=120, check=False
        )
        return Answer(status=done.returncode, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def send(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Import a file of the source `shop` with these settings; with other words another sub-command."""

    def run(settings: str, content: str | bytes, *words: object, name: str = "a.csv") -> Answer:
        sources = write(tmp_path / "s.toml", f"[sources.shop]\n{settings}")
        monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
        file = write(tmp_path / "sent" / name, content)
        return command(*(words or ("run", "--direct")), "--json", "--source", "shop", file)

    return run


@pytest.fixture
def imports(environment: None, url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> ImportEnvironment:
    """A data folder and a database to disturb, with batches of several small chunks."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "3")
    return ImportEnvironment(url, data)


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Where something runs while the test does something else."""
    with ThreadPoolExecutor() as pool:
        yield pool


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prefect server for the whole session, with a database that is gone afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        with server_of_prefect("127.0.0.1", free_port()) as address:
            yield address


@pytest.fixture
def prefect(prefect_api: str) -> Iterator[str]:
    """Flows of this process run against that server; without heartbeats, which cost a second a flow."""
    from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_api, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield prefect_api


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Runs that can be killed or stopped at any place."""
    program = [sys.executable, str(Path(__file__).with_name("crash_runner.py"))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        runner = Runner(process)
        yield runner
        runner.close()
