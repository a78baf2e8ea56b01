"""From one batch to what an import of it costs on one processor, on two, on all: seconds, and processor time of ours and the server's.

Import and server are held to so many by their affinity, by which the import chooses how many chunks it checks and loads
at once. Processor time says what the work is: it depends far less than seconds on what else the machine does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import sched_getaffinity
from statistics import median

from bench.make_batch import Made
from bench.ours import imported
from bench.server import Server

RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Run:
    """Seconds of an import, and seconds of processor time of its processes and of the server's."""

    seconds: float
    ours: float
    servers: float


def measured(server: Server, made: Made, tell: Callable[[str], None]) -> Iterator[str]:
    """The lines of the page's table, a row for one processor, for two, and for all where there are more."""
    yield "| processors | seconds | rows a second | ours | the server's | both, CPU-seconds a million rows |"
    yield "|---|---|---|---|---|---|"
    there = len(sched_getaffinity(0))
    for processors in sorted({1, min(2, there), there}):
        runs = []
        for number in range(RUNS):
            with server.held_to(processors):
                runs.append(_run(server, made))
            tell(
                f"on {processors}, {number + 1} of {RUNS}: {runs[-1].ours:.1f} + {runs[-1].servers:.1f} CPU-seconds"
            )
        yield _row(processors, runs, made)


def _run(server: Server, made: Made) -> Run:
    with server.database() as url:
        before = server.spent()
        done = imported(made, url)
        return Run(seconds=done.seconds, ours=done.spent, servers=server.spent() - before)


def _row(processors: int, runs: list[Run], made: Made) -> str:
    seconds, millions = median(run.seconds for run in runs), made.rows / 1e6
    ours, servers, both = (
        f"{median(each) / millions:.1f}"
        for each in (
            [run.ours for run in runs],
            [run.servers for run in runs],
            [run.ours + run.servers for run in runs],
        )
    )
    cells = (f"{processors}", f"{seconds:.1f}", f"{made.rows / seconds:,.0f}", ours, servers, both)
    return f"| {' | '.join(cells)} |"
