"""From a batch to how long our import and what people would use instead take for it, each a whole process.

All go into the same server, each into a database of its own; all write the same orders and items, or have failed.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.make_batch import Made
from bench.others.tables import make_tables
from bench.ours import imported
from bench.server import Server, psql
from bench.watch import FailedError, Watched, watched

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"
"""Has the libraries of the others on top of ours. Not in our own: pandas alone makes our start slower."""


@dataclass(frozen=True, kw_only=True)
class Other:
    """What could be used instead: its module, the table of items that it fills, and what it leaves out."""

    name: str
    module: str
    leaves_out: str
    items: str = "order_items"
    makes_tables: bool = False


OTHERS = (
    Other(
        name="Polars, `write_database` by ADBC",
        module="polars_adbc",
        leaves_out="bounded memory; JSONB",
    ),
    Other(
        name="dlt, fed with Arrow tables that Polars made",
        module="dlt_arrow",
        leaves_out="bounded memory; foreign key, primary keys and public id; orders and items at once",
        makes_tables=True,
    ),
    Other(
        name="pandas, Pandera, `to_sql` by COPY",
        module="pandas_to_sql",
        leaves_out="bounded memory; JSONB",
    ),
    Other(
        name="dlt, an object an order, Pydantic",
        module="dlt_rows",
        leaves_out="orders whose rows stand apart; foreign key and public id; orders and items at once",
        items="orders__items",
        makes_tables=True,
    ),
    Other(
        name="csv, Pydantic, SQLAlchemy's ORM, an object a row",
        module="orm",
        leaves_out="orders whose rows stand apart; JSONB",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was measured of one; nothing when it failed."""

    name: str
    leaves_out: str
    watched: Watched | None


def compared(server: Server, made: Made, tell: Callable[[str], None]) -> list[Run]:
    """Ours first, then the others."""
    ours = Other(name="**order-import**", module="", leaves_out="")
    runs = []
    for other in (ours, *OTHERS):
        try:
            with server.database() as url:
                done = imported_by(other, made, url) if other.module else imported(made, url)
            tell(f"{other.name}: {made.rows / done.seconds:,.0f} rows a second")
        except FailedError as error:
            done = None
            tell(f"{other.name} failed: {error}")
        runs.append(Run(name=other.name, leaves_out=other.leaves_out, watched=done))
    return runs


def imported_by(other: Other, made: Made, url: str) -> Watched:
    """Import the batch by another way; raises FailedError unless it wrote every good order and item, and no other."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
    if not other.makes_tables:
        make_tables(url)
    with TemporaryDirectory(prefix="order-import-other-") as folder:
        words = ("-m", f"bench.others.{other.module}", str(made.path), url, f"{folder}/refused.csv")
        run = watched([str(PYTHON), *words], environment)
    counts = psql(url, "-c", f"select (select count(*) from orders), (select count(*) from {other.items})")
    if counts != f"{made.created}|{made.items}":
        raise FailedError(f"It wrote {counts} orders and items, not {made.created}|{made.items}.")
    return run


def table(runs: list[Run], made: Made) -> Iterator[str]:
    """The lines of the page's table."""
    yield "| | seconds | rows a second | times our seconds | memory | leaves out, besides the above |"
    yield "|---|---|---|---|---|---|"
    ours = runs[0].watched
    for run in runs:
        yield f"| {' | '.join((run.name, *_cells(run.watched, ours, made), run.leaves_out))} |"


def _cells(run: Watched | None, ours: Watched | None, made: Made) -> tuple[str, str, str, str]:
    if run is None:
        return "failed", "", "", ""
    times = f"{run.seconds / ours.seconds:.1f}" if ours else ""
    return f"{run.seconds:.1f}", f"{made.rows / run.seconds:,.0f}", times, f"{run.peak_mib:,} MiB"
