"""From nothing to a PostgreSQL of the benchmark's own, a new database in it for each run, and psql."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.watch import FailedError
from flows.database import embedded, postgres_server

_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where databases can be made."""

    url: str

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database, which is dropped afterwards."""
        name = sql.Identifier(f"bench_{os.getpid()}_{next(_numbers)}")
        self._execute(sql.SQL("create database {}").format(name))
        try:
            yield self._address(name.as_string().strip('"'))
        finally:
            self._execute(sql.SQL("drop database {} with (force)").format(name))

    def version(self) -> str:
        """The server's version, such as 18.4."""
        with psycopg.connect(self.url) as db:
            return str(db.info.parameter_status("server_version")).split()[0]

    def spent(self) -> float:
        """Seconds of processor time of its processes so far, of those that have ended too."""
        fields = [_stat(process) for process in self._processes()]
        own = sum(int(ticks) for stat in fields for ticks in stat[11:13])
        return (own + sum(map(int, fields[0][13:15]))) / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def held_to(self, processors: int) -> Iterator[None]:
        """While it, this process and all that they start run on no more of our processors than so many."""
        ours = os.sched_getaffinity(0)
        self._hold_to(set(sorted(ours)[:processors]))
        try:
            yield
        finally:
            self._hold_to(ours)

    def _hold_to(self, processors: set[int]) -> None:
        for process in (0, *self._processes()):
            with suppress(ProcessLookupError):  # a session's, which ends
                os.sched_setaffinity(process, processors)

    def _processes(self) -> list[int]:
        """The server's first process, and those that it has started."""
        with psycopg.connect(self.url) as db:
            row = db.execute("select pg_read_file('postmaster.pid', 0, 20)").fetchone()
        first = int(row[0].split()[0]) if row else 0
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(statement)

    def _address(self, database: str) -> str:
        parts = conninfo_to_dict(self.url)
        return f"postgresql://postgres@/{database}?host={parts['host']}&port={parts['port']}"


def _stat(process: int) -> list[str]:
    """What Linux tells of a process behind its name; zeros when it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return ["0"] * 15


@contextmanager
def started() -> Iterator[Server]:
    """The embedded PostgreSQL, as the project starts it for everybody, in a folder that is removed afterwards."""
    with TemporaryDirectory(prefix="order-import-bench-") as folder:
        data = Path(folder)
        try:
            yield Server(url=embedded.url(data))
        finally:
            embedded.stop(data)


def psql(url: str, *words: str) -> str:
    """What psql prints, which comes with the embedded server; raises FailedError."""
    command = [str(postgres_server._tools() / "psql"), url, "-XqAt", "-v", "ON_ERROR_STOP=1", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"psql ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()
