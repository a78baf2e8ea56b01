"""From a batch to the ratio of a whole import to psql's \\copy of the rows that it wrote.

Both go into the same tables with the same constraints on the same server, in turn; below 1 an import costs less
than a plain copy of its own result. Each run has a database of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.make_batch import Made
from bench.ours import imported
from bench.server import Server, psql

RUNS = 3
SETTINGS: dict[str, dict[str, str]] = {
    "key proven once a chunk": {},
    "key proven row by row": {"ORDER_IMPORT_FOREIGN_KEY": "row"},
}
"""What is measured: a name, and the settings of ours that it stands for."""
TABLES = ("orders", "order_items")  # parents first
COLUMNS = (
    "select string_agg(quote_ident(attname), ',' order by attnum) from pg_attribute"
    " where attrelid = '{}'::regclass and attnum > 0 and not attisdropped"
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """Seconds of the import and of \\copy, and the import's peak of memory."""

    seconds: float
    copy_seconds: float
    peak_mib: int

    @property
    def ratio(self) -> float:
        return self.seconds / self.copy_seconds


def measured(server: Server, made: Made, tell: Callable[[str], None]) -> Iterator[str]:
    """The lines of the page's table, a row for each of the settings."""
    yield "| settings | import | `\\copy` | ratio, median | ratios | rows a second | memory |"
    yield "|---|---|---|---|---|---|---|"
    for name, settings in SETTINGS.items():
        runs = []
        for number in range(RUNS):
            runs.append(_run(server, made, settings))
            tell(f"ratio, {name}, {number + 1} of {RUNS}: {runs[-1].ratio:.2f}")
        yield _row(name, runs, made)


def _run(server: Server, made: Made, settings: Mapping[str, str]) -> Run:
    with server.database() as url, TemporaryDirectory(prefix="order-import-copy-") as folder:
        done = imported(made, url, settings)
        copies = [_copied_out(url, table, Path(folder)) for table in TABLES]
        psql(url, "-c", "truncate orders, order_items")
        begin = perf_counter()
        psql(url, "--single-transaction", *(word for copy in copies for word in ("-c", copy)))
        return Run(seconds=done.seconds, copy_seconds=perf_counter() - begin, peak_mib=done.peak_mib)


def _copied_out(url: str, table: str, folder: Path) -> str:
    """Write the table's rows to a file; the command that loads them back."""
    columns = psql(url, "-c", COLUMNS.format(table))
    psql(url, "-c", f"\\copy (select {columns} from {table}) to '{folder}/{table}.csv' csv")
    return f"\\copy {table} ({columns}) from '{folder}/{table}.csv' csv"


def _row(name: str, runs: list[Run], made: Made) -> str:
    seconds, copy_seconds = median(r.seconds for r in runs), median(r.copy_seconds for r in runs)
    cells = (
        name,
        f"{seconds:.1f} s",
        f"{copy_seconds:.1f} s",
        f"{median(r.ratio for r in runs):.2f}",
        ", ".join(f"{r.ratio:.2f}" for r in runs),
        f"{made.rows / seconds:,.0f}",
        f"{max(r.peak_mib for r in runs):,} MiB",
    )
    return f"| {' | '.join(cells)} |"
