"""P5: killed anywhere, any number of times, then run once to the end: tables and report are those of an undisturbed run."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import BOOKS
from made import row, write

# What no two runs share: keys of a sequence, and times.
VOLATILE = {
    "order_key",
    "first_key",
    "created_at",
    "committed_at",
    "answered_at",
    "started_at",
    "finished_at",
}
TABLES = ("orders", "order_items", "batches", "batch_chunks", "order_results", "findings", "rejected_rows")

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


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, str(Path(__file__).with_name("crashing.py"))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


class World:
    """A data folder and a database that can be emptied, imported into, killed in, and looked at."""

    def __init__(self, runner: subprocess.Popen[str], db: psycopg.Connection, data: Path) -> None:
        self.runner, self.db, self.data = runner, db, data

    def empty(self) -> None:
        """As before the first run: one file waits in the drop."""
        self.db.execute(
            "truncate orders, order_items, batches, batch_chunks, order_results, findings, rejected_rows"
        )
        shutil.rmtree(self.data, ignore_errors=True)
        write(self.data / "drop" / "shop" / "a.csv", ROWS)

    def run(self, kill_at: int | None = None, variant: str | None = None) -> dict[str, Any]:
        environment = {name: value for name, value in os.environ.items() if name.startswith("ORDER_IMPORT_")}
        order = {"file": "-", "kill_at": kill_at, "variant": variant, "environment": environment}
        assert self.runner.stdin
        assert self.runner.stdout
        print(json.dumps(order), file=self.runner.stdin, flush=True)
        told: dict[str, Any] = json.loads(self.runner.stdout.readline())
        return told

    def seen(self) -> dict[str, Any]:
        """Everything that another run must find the same."""
        tables = {table: self._rows(table) for table in TABLES}
        files = sorted(path.relative_to(self.data) for path in self.data.rglob("*") if path.is_file())
        reports = {str(path): _timeless(self.data / path) for path in files if path.parts[0] == "reports"}
        places = sorted(
            (path.parts[0], path.name.rsplit("-", 1)[-1]) for path in files if path.parts[0] != "reports"
        )
        return {**tables, **reports, "files": places, "books": self.db.execute(BOOKS).fetchall()}

    def _rows(self, table: str) -> list[str]:
        columns = [
            column.name
            for column in self.db.execute(f"select * from {table} limit 0").description or ()
            if column.name not in VOLATILE
        ]
        of = (
            f"{table} join (select order_key, order_number from orders) o using (order_key)"
            if table == "order_items"
            else table
        )
        extra = ["order_number"] if table == "order_items" else []
        return sorted(
            str(found) for found in self.db.execute(f"select {', '.join(columns + extra)} from {of}")
        )


def _timeless(path: Path) -> str:
    lines = path.read_text().splitlines()
    if path.name == "results.csv":
        return "\n".join(
            ",".join(part for at, part in enumerate(line.split(",", 6)) if at != 5) for line in lines
        )
    return "\n".join(lines)


@pytest.fixture
def world(
    runner: subprocess.Popen[str],
    environment: None,
    db: psycopg.Connection,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "3")
    return World(runner, db, data)


def test_the_sweep_over_all_places(world: World) -> None:
    world.empty()
    places = int(world.run()["said"].split()[0])
    undisturbed = world.seen()
    assert undisturbed["books"] == []
    assert len(undisturbed["orders"]) == 4
    differences = []
    for place in range(1, places + 1):
        world.empty()
        killed = world.run(kill_at=place)
        assert killed["status"] == 9, f"place {place} was not reached"
        world.run()
        if (seen := world.seen()) != undisturbed:
            differences.append(
                (place, [name for name in seen | undisturbed if seen.get(name) != undisturbed.get(name)])
            )
    print(f"{places} places, {len(differences)} differences")
    assert differences == []


@pytest.mark.parametrize("variant", ["claim_apart", "results_after"])
def test_the_sweep_catches_a_broken_variant(world: World, variant: str) -> None:
    world.empty()
    places = int(world.run(variant=variant)["said"].split()[0])
    undisturbed = world.seen()
    for place in range(1, places + 1):
        world.empty()
        world.run(kill_at=place, variant=variant)
        world.run(variant=variant)
        if world.seen() != undisturbed:
            world.empty()  # the books do not balance, and that is what was to be shown
            return
    pytest.fail("the sweep did not see it")


@pytest.mark.parametrize("runners", [1, 2])
def test_random_kills(world: World, runners: int, request: pytest.FixtureRequest) -> None:
    """On top of the sweep: real processes, killed at any moment, several at once."""
    world.empty()
    world.run()
    undisturbed = world.seen()
    world.empty()
    chance = random.Random(runners)
    program = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--direct"]
    for _ in range(int(os.environ.get("KILLS", "6")) // runners):
        processes = [
            subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(runners)
        ]
        time.sleep(chance.uniform(0.3, 1.1))
        for process in processes:
            process.kill()
            process.wait()
        if not list((world.data / "drop" / "shop").glob("*.csv")):
            assert world.run()["status"] == 0
            assert world.seen() == undisturbed
            world.empty()
    world.run()
    assert world.seen() == undisturbed
