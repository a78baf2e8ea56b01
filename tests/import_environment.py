"""A data folder and a database to import into and to disturb, and everything that another run must find the same."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from flows.intake.discover import discover
from flows.pipeline.run_local import import_all
from flows.settings import load_settings
from order_files import Row, row, write

GRANTS = Path(__file__).parents[1] / "docs" / "grants.sql"
"""The rights that the docs tell to give; tests import under them."""

# SQL that must return no rows, whatever was imported (P1): every row accounted for, no order without items,
# every result with the findings that its outcome needs.
INVARIANTS = """
select 'rows do not add up' from batch_chunks
where rows_read <> rows_created + rows_unchanged + rows_rejected + rows_held_back + rows_blank + rows_skipped
union all
select 'an order without items' from orders o where not exists (select from order_items i where i.order_key = o.order_key)
union all
select 'rejected without a reason' from order_results r where outcome = 'rejected' and not exists
(select from findings f where f.batch_id = r.batch_id and f.first_row = r.first_row and severity = 'error')
union all
select 'a reason, and not rejected' from findings f where severity = 'error' and chunk_no is not null and not exists
(select from order_results r where r.batch_id = f.batch_id and r.first_row = f.first_row and outcome = 'rejected')
union all
select 'chunks and orders differ' from batch_chunks c where orders_created <>
(select count(*) from orders o where o.order_key between c.first_key and c.first_key + 999999)
union all
select 'rejected and kept rows differ' from batch_chunks c where
(select count(distinct row_number) from rejected_rows r where r.batch_id = c.batch_id and r.chunk_no = c.chunk_no)
not between rows_rejected + rows_held_back and rows_rejected + rows_held_back + rows_skipped
"""

# What no two runs share: keys of a sequence, times, and how often the machine failed.
VOLATILE = {
    "order_key",
    "first_key",
    "created_at",
    "committed_at",
    "answered_at",
    "started_at",
    "finished_at",
    "failures",
}
CHILDREN_FIRST = (
    "order_items",
    "orders",
    "batch_chunks",
    "order_results",
    "findings",
    "rejected_rows",
    "batches",
)
PATIENCE = 90  # seconds that a test waits for what is bound to happen: on a busy machine a server of Prefect's takes 40

FOLDERS = ("drop", "archive", "refused", "reports", "work")

ROWS = [
    row("A-1"),
    row("A-1", items__itemId="SKU-2"),
    row("A-2", toAddress__countryCode="USA"),
    row("A-2", items__itemId="SKU-2"),
    row("A-3", charges__gmv="1.005"),
    row("A-4", items__quantity="0"),
    row("A-5"),
    row("A-1", items__itemId="SKU-3"),
    row("A-6"),
]
"""Created, rejected, held back, warned; one order is scattered, so that it is a chunk of its own."""


class ImportEnvironment:
    """A data folder and a database that can be emptied, imported into, and looked at."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data

    @property
    def drop(self) -> Path:
        """Where the shop leaves its files."""
        return self.data / "drop" / "shop"

    def empty(self, rows: Sequence[Row] = ROWS) -> None:
        """As before the first run: one file waits in the drop."""
        self.ask(";".join(f"delete from {table}" for table in CHILDREN_FIRST))
        for name in FOLDERS:
            shutil.rmtree(self.data / name, ignore_errors=True)
        write(self.drop / "a.csv", rows)

    def run(self, *paths: Path) -> list[str]:
        """Import what waits in the drop, in this process: what became of each batch."""
        settings = load_settings()
        return [str(result.status) for result in import_all(discover(settings, list(paths)), settings)]

    def undisturbed(self, rows: Sequence[Row] = ROWS) -> dict[str, Any]:
        """What is seen after a run that nothing happens to; empty again afterwards."""
        self.empty(rows)
        assert self.run() == ["partial"]
        seen = self.seen()
        assert seen["books"] == []
        self.empty(rows)
        return seen

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement returns."""
        with psycopg.connect(self.url, autocommit=True) as db:
            cursor = db.execute(query, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def create_importer(self, name: str) -> str:
        """A role that may import and no more; the address of its sessions."""
        self.ask(GRANTS.read_text())
        self.ask(f"create role {name} login in role order_importer")
        return self.url.replace("//postgres@", f"//{name}@")

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """While nobody can write into this table."""
        db = psycopg.connect(self.url)
        try:
            db.execute(f"lock table {table} in share row exclusive mode")
            yield
        finally:
            db.close()

    def waiting(self, sessions: int = 1, runs: int = 1) -> list[tuple[int, int, str]]:
        """Wait until so many sessions, of so many runs of ours, wait for a lock: server process, our process, statement."""
        query = (
            "select pid, split_part(application_name, ' ', 2)::int, query from pg_stat_activity"
            " where datname = current_database() and application_name like 'order-import %'"
            " and wait_event_type = 'Lock' order by pid"
        )
        return until(
            lambda: self.ask(query),
            lambda found: len(found) >= sessions and len({ours for _, ours, _ in found}) >= runs,
        )

    def seen(self) -> dict[str, Any]:
        """Everything that another run must find the same."""
        with psycopg.connect(self.url, autocommit=True) as db:
            tables = {table: _rows(db, table) for table in CHILDREN_FIRST}
            tables["books"] = list(map(str, db.execute(INVARIANTS)))
        files = sorted(
            path.relative_to(self.data)
            for name in FOLDERS
            for path in (self.data / name).rglob("*")
            if path.is_file()
        )
        reports = {str(path): _timeless(self.data / path) for path in files if path.parts[0] == "reports"}
        places = sorted(
            (path.parts[0], path.name.rsplit("-", 1)[-1]) for path in files if path.parts[0] != "reports"
        )
        return {**tables, **reports, "files": places}


T = TypeVar("T")


def until(look: Callable[[], T], is_so: Callable[[T], object] = bool) -> T:
    """Look again and again until it is so; what was seen."""
    ends = time.monotonic() + PATIENCE
    while not is_so(seen := look()):
        assert time.monotonic() < ends, f"it never came to pass: {seen}"
        time.sleep(0.01)
    return seen


def differences(seen: dict[str, Any], undisturbed: dict[str, Any]) -> list[str]:
    """Names of the tables and files that are not the same."""
    return [name for name in seen | undisturbed if seen.get(name) != undisturbed.get(name)]


def _rows(db: psycopg.Connection, table: str) -> list[str]:
    names = (column.name for column in db.execute(f"select * from {table} limit 0").description or ())
    columns = ", ".join(name for name in names if name not in VOLATILE)
    if table == "order_items":
        columns += ", (select order_number from orders o where o.order_key = order_items.order_key)"
    return sorted(map(str, db.execute(f"select {columns} from {table}")))


def _timeless(path: Path) -> str:
    if path.suffix == ".xlsx":  # which holds no time
        return path.read_bytes().hex()
    lines = path.read_text().splitlines()
    if path.name == "report.html":
        return "\n".join(re.sub("<time>.*?</time>", "", line) for line in lines)
    if path.name == "results.csv":
        return "\n".join(
            ",".join(part for at, part in enumerate(line.split(",", 6)) if at != 5) for line in lines
        )
    return "\n".join(lines)


class Runner:
    """crash_runner.py, which does the runs that it is told of one after the other, each in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, **order: Any) -> dict[str, Any]:
        """A run to its end, or to the place where it is killed: wait status, number of places, statuses of batches."""
        self.begin(**order)
        return self.end()

    def begin(self, **order: Any) -> None:
        """Begin a run: `at` a place a `signal` is sent to it, `variant` names what is broken in it."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("ORDER_IMPORT_")}
        assert self._process.stdin
        print(json.dumps({"environment": environment} | order), file=self._process.stdin, flush=True)

    def end(self) -> dict[str, Any]:
        """Wait for the run that was begun."""
        assert self._process.stdout
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        """End it, and the run that a test may have left behind when it failed."""
        for child in _children(self._process.pid):
            os.kill(child, signal.SIGKILL)
        assert self._process.stdin
        self._process.stdin.close()

    def stopped(self) -> int:
        """Wait until the run has stopped at its place, and return its process."""
        return until(lambda: [child for child in _children(self._process.pid) if _state(child) == "T"])[0]


def _children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
