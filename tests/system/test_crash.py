"""P5: killed anywhere, any number of times, then run once to the end: tables and report are those of an undisturbed run."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from import_environment import ImportEnvironment, Runner, differences
from soak import KILLS

KILLED = 9


@pytest.mark.parametrize(("connections", "stride"), [("1", 1), ("2", 5)])
def test_the_sweep_over_all_places(
    imports: ImportEnvironment, runner: Runner, monkeypatch: pytest.MonkeyPatch, connections: str, stride: int
) -> None:
    """Over one connection the n-th place is the same in every run; over two, whichever is the n-th this time."""
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", connections)
    undisturbed = imports.undisturbed()
    assert len(undisturbed["orders"]) == 4
    places = runner.run()["places"]
    assert imports.seen() == undisturbed
    found = []
    for place in range(1, len(places) + 1, stride):
        imports.empty()
        assert runner.run(at=place)["ended"] == KILLED, f"place {place} was not reached"
        runner.run()
        found += [(place, name) for name in differences(imports.seen(), undisturbed)]
    print(f"{len(places)} places, {len(found)} differences")
    assert found == []


def test_a_chunk_that_is_done_stays_the_same_chunk(
    imports: ImportEnvironment, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is set when the batch goes on."""
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")
    undisturbed = imports.undisturbed()
    for place in range(5, 300, 5):
        imports.empty()
        runner.run(at=place)
        if len(imports.ask("select chunk_no from batch_chunks")) == 1:
            break
    else:
        pytest.fail("it was never killed between its first and its second chunk")
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "1")
    assert set(runner.run()["statuses"]) <= {"loaded", "partial"}
    assert imports.seen() == undisturbed


@pytest.mark.parametrize("variant", ["claim_apart", "results_after"])
def test_the_sweep_catches_a_broken_variant(
    imports: ImportEnvironment, runner: Runner, monkeypatch: pytest.MonkeyPatch, variant: str
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")
    imports.empty()
    places = runner.run(variant=variant)["places"]
    undisturbed = imports.seen()
    for place in sorted(range(1, len(places) + 1), key=lambda at: at % 8):  # it shows in a stretch of places
        imports.empty()
        runner.run(at=place, variant=variant)
        runner.run(variant=variant)
        if imports.seen() != undisturbed:
            return
    pytest.fail("the sweep did not see it")


@pytest.mark.soak
@pytest.mark.parametrize("runners", [1, 2])
def test_random_kills(imports: ImportEnvironment, runner: Runner, runners: int) -> None:
    """On top of the sweep: real processes, killed at any moment, several at once; each round goes on until it is done.

    They name the file, since a sweep sets one aside that ends its workers (P27).
    """
    path = imports.drop / "a.csv"
    undisturbed = imports.undisturbed()
    chance = random.Random(runners)
    start = time.monotonic()
    _begin(path).wait()
    whole = time.monotonic() - start
    imports.empty()
    kills = (KILLS or 6) // runners
    inside = finished = 0
    for _ in range(kills):
        processes = [_begin(path) for _ in range(runners)]
        time.sleep(chance.uniform(0.6, 1.05) * whole)
        for process in processes:
            process.kill()
            process.wait()
        inside += bool(imports.ask("select 1 from batches where status = 'loading'"))
        if not list(imports.drop.glob("*.csv")):
            finished += 1
            assert runner.run()["ended"] == 0
            assert imports.seen() == undisturbed
            imports.empty()
    imports.run(*imports.drop.glob("*.csv"))
    assert imports.seen() == undisturbed
    print(
        f"{kills} times {runners} killed, {inside} in the middle of a batch, {finished} when all was done, 0 differences"
    )


def _begin(path: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--direct", str(path)]
    return subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
