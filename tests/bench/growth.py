"""From sizes to how our import's time and memory grow with a batch, from an empty database each time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.make_batch import Made, make_batch
from bench.ours import imported
from bench.server import Server
from bench.watch import FailedError, Watched

ROWS_AN_ORDER = 2.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was measured at a size; nothing when it failed."""

    rows: int
    file_mb: int
    watched: Watched | None


def grown(server: Server, folder: Path, sizes: list[int], tell: Callable[[str], None]) -> list[Run]:
    """One import of about so many rows after the other; each file is removed when it is imported."""
    runs = []
    for size in sizes:
        made = make_batch(folder / f"{size}.csv", round(size / ROWS_AN_ORDER))
        run = _run(server, made, tell)
        made.path.unlink()
        runs.append(run)
    return runs


def _run(server: Server, made: Made, tell: Callable[[str], None]) -> Run:
    done = None
    try:
        with server.database() as url:
            done = imported(made, url)
        tell(f"{made.rows:,} rows: {done.seconds:.1f} s, {done.peak_mib:,} MiB")
    except FailedError as error:
        tell(f"{made.rows:,} rows failed: {error}")
    return Run(rows=made.rows, file_mb=made.path.stat().st_size // 1_000_000, watched=done)


def table(runs: list[Run]) -> Iterator[str]:
    """The lines of the page's table."""
    yield "| rows | file | seconds | rows a second | memory |"
    yield "|---|---|---|---|---|"
    for run in runs:
        done = run.watched
        cells = (
            (f"{done.seconds:.1f}", f"{run.rows / done.seconds:,.0f}", f"{done.peak_mib:,} MiB")
            if done
            else ("failed", "", "")
        )
        yield f"| {run.rows:,} | {run.file_mb:,} MB | {' | '.join(cells)} |"
