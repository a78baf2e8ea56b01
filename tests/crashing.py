"""A run of the command's steps that is killed before or after its n-th side effect.

Side effects are what another process can see: each round trip to the server (statement, COPY, commit), fsync,
rename. They are counted at the libraries' edge, so that the program under test is the one that users run.

`python crashing.py` reads orders to run, as JSON lines, from standard input; each runs in a process of its own.
"""

import dataclasses
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from flows import commit, load
from flows.direct import import_directly
from flows.drop import find
from flows.rows import Answers, Assembled
from flows.settings import load_settings


class Places:
    """Counts the places, two for each effect, and dies at the chosen one."""

    def __init__(self, kill_at: int | None) -> None:
        self.passed, self._kill_at = 0, kill_at

    def watch(self, owner: Any, name: str) -> None:
        """Make a place before and after each call of this function."""
        effect: Callable[..., Any] = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._here()
            done = effect(*args, **kwargs)
            self._here()
            return done

        setattr(owner, name, watched)

    def _here(self) -> None:
        self.passed += 1
        if self.passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def claim_apart(db: psycopg.Connection, of: Any, number: int, settled: Any) -> Any:
    """A broken variant: the claim is committed before the data."""
    nothing = Assembled(orders=settled.create.orders.clear(), items=settled.create.items.clear())
    none = NO_ANSWERS
    claimed = sound_load(db, of, number, dataclasses.replace(settled, create=nothing, answers=none))
    if not claimed:
        return False
    first_key = db.execute(
        "select first_key from batch_chunks where batch_id = %s and chunk_no = %s", (of.batch_id, number)
    ).fetchone()
    with db.transaction():
        for table, columns, rows in load._copies(of, number, settled, first_key[0] if first_key else 0):
            load.copy_in(db, table, columns, rows)
    return claimed


def results_after(db: psycopg.Connection, of: Any, number: int, settled: Any) -> Any:
    """A broken variant: results and findings are committed after the claim and the orders."""
    none = NO_ANSWERS
    done = sound_load(db, of, number, dataclasses.replace(settled, answers=none))
    if done:
        nothing = dataclasses.replace(
            settled.create, orders=settled.create.orders.clear(), items=settled.create.items.clear()
        )
        with db.transaction():
            for table, columns, rows in load._copies(
                of, number, dataclasses.replace(settled, create=nothing), 0
            ):
                load.copy_in(db, table, columns, rows)
    return done


NO_ANSWERS = Answers(
    results=pl.DataFrame(schema={"outcome": pl.String}), findings=pl.DataFrame(), rejected=pl.DataFrame()
)
sound_load = load.load
VARIANTS = {"claim_apart": claim_apart, "results_after": results_after}


def run(file: str, kill_at: int | None, variant: str | None) -> str:
    """Import what waits in the drop (`file` is "-"), or one file; how many places there were, and what became of it."""
    if variant:
        commit.load = VARIANTS[variant]  # type: ignore[assignment]
    places = Places(kill_at)
    places.watch(psycopg.Connection, "wait")
    for name in ("fsync", "rename", "replace"):
        places.watch(os, name)
    settings = load_settings()
    results = import_directly(find(settings, [] if file == "-" else [Path(file)]), settings)
    return f"{places.passed} {[result.status for result in results]}"


def serve() -> None:
    """Run each JSON line of standard input in a child of its own, forked before any thread has begun."""
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.environ.update(order["environment"])
            os.write(write, run(order["file"], order["kill_at"], order["variant"]).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as told:
            said = told.read()
        print(json.dumps({"status": os.waitpid(child, 0)[1], "said": said}), flush=True)


if __name__ == "__main__":
    serve()
