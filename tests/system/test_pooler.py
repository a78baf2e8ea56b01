"""P24: a pooler that shares sessions between transactions is refused, one that gives us sessions of our own works."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from conftest import Command
from flows.database import pooler
from flows.database.pooler import keeps_backend
from flows.database.postgres_server import SOCKET
from import_environment import ImportEnvironment, until
from order_files import many, row, write

# How a pooler lends its processes, made up


class MadeUpPool:
    """Processes, lent a transaction or a session at a time; those that nobody has, in the order in which they are lent."""

    def __init__(self, free: int, *, sessions: bool, newest_first: bool) -> None:
        self.free, self.sessions, self._newest_first = deque(range(1, free + 1)), sessions, newest_first

    def take(self) -> int | None:
        if not self.free:
            return None
        return self.free.pop() if self._newest_first else self.free.popleft()


class MadeUpLine:
    """A client of it."""

    def __init__(self, pool: MadeUpPool) -> None:
        self._pool, self._has, self._asked = pool, None, b""  # type: ignore[var-annotated]

    def ask(self, query: bytes) -> None:
        self._asked = query

    def answer(self, _: float) -> int | None:
        has = self._has = self._has or self._pool.take()
        if has and not self._pool.sessions and not self._asked.startswith(b"begin"):
            self._pool.free.append(has)
            self._has = None
        return has


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("free", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("sessions", [True, False])
def test_whether_a_process_stays_ours_is_found_out(free: int, newest_first: bool, sessions: bool) -> None:
    pool = MadeUpPool(free, sessions=sessions, newest_first=newest_first)
    ours, other = MadeUpLine(pool), MadeUpLine(pool)
    ours.ask(b"select pg_backend_pid()")
    backend = ours.answer(0)
    assert backend
    assert keeps_backend(backend, ours, other) == sessions


# The real one

Bounce = Callable[..., str]


@pytest.fixture
def bounce(server: str, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bounce]:
    """Start PgBouncer with such settings, and make it the way to the database."""
    if not shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("no PgBouncer is installed")
    monkeypatch.setattr(pooler, "_found_sound", set())
    running = []

    def start(**settings: object) -> str:
        bounced = _bounced(url, settings)
        running.append(bounced)
        address = bounced.__enter__()
        monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", address)
        return address

    yield start
    for bounced in running:
        bounced.__exit__(None, None, None)


@contextmanager
def _bounced(url: str, settings: dict[str, object]) -> Iterator[str]:
    parts = conninfo_to_dict(url)
    # PgBouncer is no root's either, and has to enter the folder of the server's socket.
    owner = Path(str(parts["host"])).stat()
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, owner.st_uid, owner.st_gid)
        ini = Path(folder, "pgbouncer.ini")
        of = {
            "auth_type": "any",
            "unix_socket_dir": folder,
            "listen_port": 5432,
            "listen_addr": "",
        } | settings
        lines = "".join(f"{name} = {value}\n" for name, value in of.items())
        ini.write_text(
            f"[databases]\n* = host={parts['host']} port=5432 user=postgres\n[pgbouncer]\n{lines}"
            f"logfile = {folder}/log\n"
        )
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        with subprocess.Popen(
            [str(program), "-q", str(ini)], user=owner.st_uid, group=owner.st_gid, stderr=subprocess.DEVNULL
        ) as process:
            until(lambda: _listens(Path(folder, SOCKET)))

            yield f"postgresql://postgres@/{parts['dbname']}?host={folder}&port=5432"
            process.kill()


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0


@pytest.mark.parametrize(
    "words", [("run", "--direct"), ("check",), ("db", "upgrade"), ("report",), ("replay",)]
)
@pytest.mark.parametrize(
    "settings",
    [
        {"pool_mode": "transaction"},
        {"pool_mode": "transaction", "default_pool_size": 1},
        {"pool_mode": "transaction", "min_pool_size": 4, "server_round_robin": 1},
        {"pool_mode": "statement"},
    ],
)
def test_shared_sessions_are_refused_and_left_as_they_were(
    imports: ImportEnvironment,
    command: Command,
    bounce: Bounce,
    words: tuple[str, ...],
    settings: dict[str, object],
) -> None:
    address = bounce(**settings)
    file = write(imports.data / "a.csv", many(40).to_dicts())
    answer = command(*words, *{"db": [], "report": ["b" * 20], "replay": ["b" * 20]}.get(words[0], [file]))
    assert answer.status == 4
    assert "shares its sessions" in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err
    assert imports.ask("select count(*) from batches") == [(0,)]
    locks = "select count(*) from pg_locks where locktype = 'advisory' and database in (select oid from pg_database where datname = current_database())"
    assert imports.ask(locks) == [(0,)]
    shown = "current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('row_security')"
    for _ in range(5):
        with psycopg.connect(address, autocommit=True) as stranger:
            assert stranger.execute(f"select {shown}").fetchone() == ("0", "0", "on")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"server_reset_query": ""},
        {"default_pool_size": 4, "server_round_robin": 1},
        {"default_pool_size": 5},
    ],
)
def test_sessions_of_our_own_work(
    imports: ImportEnvironment, command: Command, bounce: Bounce, settings: dict[str, object]
) -> None:
    undisturbed = imports.undisturbed()
    bounce(pool_mode="session", **settings)
    assert command("db", "upgrade").status == 0
    for _ in range(3):  # what one leaves in a session the next may find
        imports.empty()
        answer = command("run", "--direct", "--json")
        assert (answer.status, answer.batch["status"]) == (1, "partial")
        assert imports.seen() == undisturbed
    assert command("report", "--json", answer.batch["batch_id"]).status == 1
    assert command("replay", "--json", answer.batch["batch_id"]).status == 1


def test_one_session_is_enough(
    imports: ImportEnvironment, command: Command, bounce: Bounce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")
    bounce(pool_mode="session", default_pool_size=1)
    answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")]))
    assert (answer.status, answer.batch["status"]) == (0, "loaded")


def test_a_pool_that_is_taken_is_waited_for_so_long(
    imports: ImportEnvironment, command: Command, bounce: Bounce, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.database import session

    monkeypatch.setattr(session, "PATIENCE", 1)
    with psycopg.connect(bounce(pool_mode="session", default_pool_size=1), autocommit=True) as stranger:
        stranger.execute("select 1")
        answer = command("run", "--direct", "--json", write(imports.data / "a.csv", [row("A-1")]))
    assert (answer.status, answer.json["batches"]) == (4, [])
    assert "does not answer" in answer.json["error"]
