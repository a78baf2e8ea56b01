"""`make bench`: measures everything, a section after the other, and writes each into docs/performance.md when it is done.

By environment, as in `make bench SIZES="100000 10000000"`: ONLY, the sections; RATIO_ORDERS and ORDERS, the orders
of the batch that is copied and of the one that all ways import; SIZES, the rows of growing batches; FILES, how many
small ones, and OTHERS, the orders of a table that is not empty.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import compare, growth, plot, processors, ratio, shapes, show
from bench.make_batch import make_batch
from bench.server import Server, started

RATIO_ORDERS = "400000"  # a million rows, so that what a process costs at its start does not hide the rest
ORDERS = "100000"  # 250,000 rows take the slowest way some two minutes
FILES, OTHERS = (
    "1000",
    "1000000",
)  # small files, and orders that are there already; 10000000 take five minutes
SIZES = "100000 300000 1000000 3000000"  # rows; 10000000 takes another few minutes, and 30 GB of disk


def main() -> int:
    """Measure; 1 when something failed, which the page then says."""
    sections = {
        "ratio": _ratio,
        "processors": _processors,
        "compared": _compared,
        "grown": _grown,
        "shaped": _shaped,
    }
    asked = os.environ.get("ONLY", " ".join(sections)).split()
    status = 0
    with started() as server, TemporaryDirectory(prefix="order-import-batches-") as folder:
        for name in asked:
            _tell(f"{name} …")
            try:
                status |= sections[name](server, Path(folder))
            except Exception as error:  # noqa: BLE001 - what fails in one section costs no other its minutes
                _tell(f"{name} failed: {error!r}")
                show.write(name, ["It failed."], server.version())
                status = 1
    return status


def _ratio(server: Server, folder: Path) -> bool:
    made = make_batch(folder / "ratio.csv", int(os.environ.get("RATIO_ORDERS", RATIO_ORDERS)))
    show.write("ratio", ratio.measured(server, made, _tell), server.version())
    made.path.unlink()
    return False


def _processors(server: Server, folder: Path) -> bool:
    made = make_batch(folder / "processors.csv", int(os.environ.get("RATIO_ORDERS", RATIO_ORDERS)))
    show.write("processors", processors.measured(server, made, _tell), server.version())
    made.path.unlink()
    return False


def _compared(server: Server, folder: Path) -> bool:
    made = make_batch(folder / "compared.csv", int(os.environ.get("ORDERS", ORDERS)))
    runs = compare.compared(server, made, _tell)
    head = f"{made.orders:,} orders on {made.rows:,} rows, {made.orders - made.created:,} of them bad:"
    picture = plot.plot_compared(runs, made.rows)
    show.write("compared", [head, "", *compare.table(runs, made), "", picture], server.version())
    made.path.unlink()
    return any(run.watched is None for run in runs)


def _shaped(server: Server, folder: Path) -> bool:
    made = make_batch(folder / "shaped.csv", int(os.environ.get("RATIO_ORDERS", RATIO_ORDERS)))
    files, others = int(os.environ.get("FILES", FILES)), int(os.environ.get("OTHERS", OTHERS))
    show.write("shaped", shapes.table(shapes.shaped(server, made, files, others, _tell)), server.version())
    made.path.unlink()
    return False


def _grown(server: Server, folder: Path) -> bool:
    sizes = [int(size) for size in os.environ.get("SIZES", SIZES).split()]
    runs = growth.grown(server, folder, sizes, _tell)
    show.write("grown", [*growth.table(runs), "", plot.plot_grown(runs)], server.version())
    return any(run.watched is None for run in runs)


def _tell(sentence: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
