"""A run of the command's steps that is killed, or stopped, before or after its n-th side effect.

Side effects are what another process can see: each round trip to the server (statement, COPY, commit), fsync,
rename. They are counted at the libraries' edge, so that the program under test is the one that users run.

`python crash_runner.py` reads orders to run, as JSON lines, from standard input; each runs in a process of its own.
"""

import dataclasses
import fcntl
import json
import os
import sys
import threading
from collections.abc import Callable
from signal import SIGKILL, pthread_kill
from typing import Any

# What is imported here is imported once, and not in each child: a third of its time.
import numpy.ma  # noqa: F401
import pandera.backends.polars.container  # noqa: F401
import polars as pl
import psycopg
import pyarrow.compute  # noqa: F401

import flows.pipeline.import_batch
import flows.report.html
from flows.database import load
from flows.database import session as sessions
from flows.frames import Answers, Assembled
from flows.intake.discover import discover
from flows.pipeline import commit_chunk, run_local
from flows.settings import load_settings
from flows.spool import Spool


class Places:
    """Names the places, two for each effect, and sends itself a signal at the chosen one, or at the n-th of a name."""

    def __init__(self, at: int | None, name: str | None, signal: int) -> None:
        self.passed: list[str] = []
        self._at, self._name, self._signal = at, name, signal
        self._counting = threading.Lock()  # chunks load at the same time

    def watch(self, owner: Any, name: str) -> None:
        """Make a place before and after each call of this function."""
        effect: Callable[..., Any] = getattr(owner, name)

        def watched(*args: Any, **kwargs: Any) -> Any:
            # What a connection waits for is a generator, which has a name of its own: copy_to, _exit_gen …
            self._here(f"before {getattr(args[-1], '__name__', name)}")
            done = effect(*args, **kwargs)
            self._here(f"after {getattr(args[-1], '__name__', name)}")
            return done

        setattr(owner, name, watched)

    def _here(self, name: str) -> None:
        with self._counting:
            self.passed.append(name)
            passed = self.passed.count(name) if name == self._name else 0
            if self._at == (passed if self._name else len(self.passed)):
                # To this thread: sent to the process, the signal may find another one first, while this goes on.
                pthread_kill(threading.get_ident(), self._signal)


def claim_apart(db: psycopg.Connection, of: Any, settled: Any, proof: Any) -> Any:
    """A broken variant: the claim is committed before the data."""
    nothing = Assembled(orders=settled.create.orders.clear(), items=settled.create.items.clear())
    none = NO_ANSWERS
    claimed = sound_load(db, of, dataclasses.replace(settled, create=nothing, answers=none), proof)
    if not claimed:
        return False
    first_key = db.execute(
        "select first_key from batch_chunks where batch_id = %s and chunk_no = %s",
        (of.batch_id, settled.number),
    ).fetchone()
    with db.transaction():
        for copy in load._copies(of, settled, first_key[0] if first_key else 0):
            load.copy_in(db, copy)
    return claimed


def results_after(db: psycopg.Connection, of: Any, settled: Any, proof: Any) -> Any:
    """A broken variant: results and findings are committed after the claim and the orders."""
    none = NO_ANSWERS
    done = sound_load(db, of, dataclasses.replace(settled, answers=none), proof)
    if done:
        nothing = dataclasses.replace(
            settled.create, orders=settled.create.orders.clear(), items=settled.create.items.clear()
        )
        with db.transaction():
            for copy in load._copies(of, dataclasses.replace(settled, create=nothing), 0):
                load.copy_in(db, copy)
    return done


NO_ANSWERS = Answers(
    results=pl.DataFrame(schema={"outcome": pl.String}), findings=Spool(), rejected=pl.DataFrame()
)
sound_load = load.load
VARIANTS = {"claim_apart": claim_apart, "results_after": results_after}


def run(
    at: int | None = None,
    name: str | None = None,
    variant: str | None = None,
    signal: int = SIGKILL,
    session: dict[str, str] | None = None,
) -> str:
    """Import what waits in the drop; the places that there were, and what became of each batch.

    `session` are settings of the server's for our sessions.
    """
    sessions.SETTINGS.update(session or {})
    if variant:
        commit_chunk.load = VARIANTS[variant]  # type: ignore[assignment]
    run_local.PAUSES = (0.1,) * 4
    places = Places(at, name, signal)
    places.watch(psycopg.Connection, "wait")
    for effect in ("fsync", "rename", "replace"):
        places.watch(os, effect)
    if signal != SIGKILL:  # which lets go of its locks
        places.watch(fcntl, "flock")
    settings = load_settings()
    results = run_local.import_all(discover(settings, []), settings)
    return json.dumps({"places": places.passed, "statuses": [result.status for result in results]})


def serve() -> None:
    """Run each JSON line of standard input in a child of its own, forked before any thread has begun."""
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.environ.update(order.pop("environment"))
            os.write(write, run(**order).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as told:
            said = json.loads(told.read() or "{}")
        print(json.dumps({"ended": os.waitpid(child, 0)[1]} | said), flush=True)


if __name__ == "__main__":
    flows.report.html._template()  # compiled once, too
    serve()
