"""From one batch to what the same orders cost in other shapes: scattered, in many small files, once more, beside many others."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bench.make_batch import Made
from bench.ours import COMMAND, SOME_REJECTED, at, imported
from bench.server import Server
from bench.watch import FailedError, watched

SMALL = 40  # orders of a small file


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What was imported, its seconds, and what they come to."""

    name: str
    seconds: float
    comes_to: str


def shaped(server: Server, made: Made, files: int, others: int, tell: Callable[[str], None]) -> list[Shape]:
    """Import the batch as it is, scattered, into a table that has `others` orders, and so many small files of it twice."""
    shapes = list[Shape]()

    def add(name: str, seconds: float, comes_to: str) -> None:
        tell(f"{name}: {seconds:.1f} s, {comes_to}")
        shapes.append(Shape(name=name, seconds=seconds, comes_to=comes_to))

    with server.database() as url:
        grouped = imported(made, url).seconds
    add(f"{made.rows:,} rows, each order's together", grouped, "")
    with server.database() as url, _scattered(made) as scattered:
        seconds = imported(scattered, url).seconds
    add("the same rows, shuffled", seconds, f"{seconds / grouped:.2f} times")
    with server.database() as url:
        there = 0
        while there < others:
            imported(made, url, source=f"s{there}")
            there += made.created
        seconds = imported(made, url).seconds
    add(f"the first again, where {there:,} orders are already", seconds, f"{seconds / grouped:.2f} times")
    with server.database() as url, TemporaryDirectory(prefix="order-import-small-") as folder:
        many = _small(made, Path(folder), files)
        first, again = _all_of(many, url)
    add(f"{len(many):,} files of {SMALL} orders", first, f"{1000 * first / len(many):.0f} ms a file")
    add("the same files again", again, f"{1000 * again / len(many):.0f} ms a file")
    return shapes


def table(shapes: list[Shape]) -> Iterator[str]:
    """The lines of the page's table."""
    yield "| what is imported | seconds | which is |"
    yield "|---|---|---|"
    for shape in shapes:
        yield f"| {shape.name} | {shape.seconds:.1f} | {shape.comes_to} |"


@contextmanager
def _scattered(made: Made) -> Iterator[Made]:
    """The batch with its rows shuffled, removed afterwards."""
    path = made.path.with_name("scattered.csv")
    pl.read_csv(made.path, infer_schema=False).sample(fraction=1, shuffle=True, seed=1).write_csv(path)
    yield replace(made, path=path)
    path.unlink()


def _small(made: Made, folder: Path, files: int) -> list[str]:
    """The first orders of the batch in so many files."""
    rows = pl.scan_csv(made.path, infer_schema=False).head(files * SMALL * 4).collect()
    number = pl.col("orderNumber").rle_id()
    some = rows.filter(number < files * SMALL).with_columns(file=pl.col("orderNumber").rle_id() // SMALL)
    parts = some.partition_by("file", maintain_order=True, include_key=False)
    for place, part in enumerate(parts):
        part.write_csv(folder / f"{place:05}.csv")
    return sorted(str(path) for path in folder.iterdir())


def _all_of(files: list[str], url: str) -> tuple[float, float]:
    with TemporaryDirectory(prefix="order-import-data-") as data:
        environment = at(url, data)
        watched([COMMAND, "db", "upgrade"], environment)
        command = [COMMAND, "run", *files, "--direct", "--json"]
        runs = [watched(command, environment, [0, SOME_REJECTED]) for _ in range(2)]
    first, again = (json.loads(run.out)["batches"] for run in runs)
    if {batch["status"] for batch in first} - {"loaded", "partial"}:
        raise FailedError("Not all small files were imported.")
    if {batch["status"] for batch in again} != {"repeated"}:
        raise FailedError("A small file was imported twice.")
    return runs[0].seconds, runs[1].seconds
