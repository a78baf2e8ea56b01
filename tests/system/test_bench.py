"""The benchmark: all that it compares write the same orders and items, and what it measures is what it says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest

from bench import compare, ours, processors, ratio, show
from bench.compare import Other
from bench.make_batch import BAD, FAULTS, Made, make_batch
from bench.server import Server
from bench.watch import FailedError, _family, watched
from import_environment import until

ORDERS = 500  # a bad order of each kind

needs_others = pytest.mark.skipif(
    not compare.PYTHON.exists(), reason="`make .venv/bench/installed` installs the others' libraries"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_batch(tmp_path_factory.mktemp("bench") / "made.csv", ORDERS)


@pytest.fixture
def empty(server: str) -> Iterator[str]:
    """The address of a database without tables."""
    with Server(url=server).database() as url:
        yield url


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "COMMAND", str(Path(sys.executable).with_name("order-import")))


def test_the_batch_is_what_is_told_of_it(made: Made) -> None:
    rows = pl.read_csv(made.path, infer_schema=False)
    assert (made.rows, made.orders) == (rows.height, rows["orderNumber"].n_unique())
    assert made.orders - made.created == len(FAULTS)


def test_our_import_writes_the_good_orders(made: Made, empty: str) -> None:
    run = ours.imported(made, empty)
    assert (run.seconds > 0, run.spent > 0, run.peak_mib > 0) == (True, True, True)
    assert written(empty, "order_items") == good(made)


@needs_others
@pytest.mark.parametrize("other", compare.OTHERS, ids=[other.module for other in compare.OTHERS])
def test_the_others_write_the_same(other: Other, made: Made, empty: str) -> None:
    assert compare.imported_by(other, made, empty).peak_mib > 0
    assert written(empty, other.items) == good(made)


ORDER = {
    "orderNumber": "order_number",
    "charges.gmv": "charges_gmv::numeric(14, 2)",
    "orderMessage.message": "order_message_message",
    "toAddress.residential": "to_address_residential",
    "metadata.costCenter": "metadata->0->>'value'",
}
ITEM = {
    "items.itemId": "item_id",
    "items.quantity": "quantity",
    "items.unitPrice": "unit_price::numeric(14, 2)",
    "items.unitWeight.unitOfMeasurement": "unit_weight_unit_of_measurement",
}
"""Members of each kind, and how to ask for them."""


def written(url: str, items: str) -> list[str]:
    """Those of all orders and of all items that are in the database."""
    with psycopg.connect(url) as db:
        return sorted(
            str(row) for table, of in (("orders", ORDER), (items, ITEM)) for row in _asked(db, table, of)
        )


def _asked(db: psycopg.Connection, table: str, of: dict[str, str]) -> list[tuple[str | None, ...]]:
    cells = ", ".join(f"({cell})::text" for cell in of.values())
    return db.execute(f"select {cells} from {table}").fetchall()  # type: ignore[arg-type]


def good(made: Made) -> list[str]:
    """Those of the good orders in the file."""
    rows = pl.read_csv(made.path, infer_schema=False)
    rows = rows.filter(pl.col("orderNumber").str.slice(4).cast(pl.Int64) % BAD != BAD - 1)
    orders = rows.unique("orderNumber")
    return sorted(map(str, [*orders.select(*ORDER).rows(), *rows.select(*ITEM).rows()]))


def test_one_that_fails_is_told_and_stops_no_other(
    made: Made, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Other(name="a missing one", module="missing", leaves_out="all")
    monkeypatch.setattr(compare, "OTHERS", (missing,))
    monkeypatch.setattr(compare, "PYTHON", Path(sys.executable))
    told: list[str] = []
    runs = compare.compared(Server(url=server), made, told.append)
    assert "No module named bench.others.missing" in told[1]
    assert list(compare.table(runs, made))[-1] == "| a missing one | failed |  |  |  | all |"


def test_one_that_writes_too_little_has_failed(made: Made, empty: str) -> None:
    more = Made(path=made.path, orders=ORDERS, rows=made.rows, created=made.created + 1, items=made.items)
    with pytest.raises(FailedError, match="not the batch"):
        ours.imported(more, empty)


def test_the_ratio_is_of_the_same_rows(made: Made, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratio, "RUNS", 1)
    told: list[str] = []
    lines = list(ratio.measured(Server(url=server), made, told.append))
    assert len(lines) == 2 + len(ratio.SETTINGS)  # behind the table's head
    assert len(told) == len(ratio.SETTINGS)


def test_processor_time_is_measured_on_one_and_on_two(
    made: Made, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processors, "RUNS", 1)
    told: list[str] = []
    _, _, *lines = processors.measured(Server(url=server), made, told.append)
    there = len(os.sched_getaffinity(0))
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert [int(row[0]) for row in cells] == sorted({1, min(2, there), there})
    assert all(float(cell) > 0 for row in cells for cell in row[3:])
    assert len(told) == len(lines)


def test_a_server_is_held_to_so_many_processors(server: str) -> None:
    ours = os.sched_getaffinity(0)
    with Server(url=server).held_to(1), psycopg.connect(server) as db:
        assert os.sched_getaffinity(0) == os.sched_getaffinity(db.info.backend_pid) == {min(ours)}
    with psycopg.connect(server) as db:
        assert os.sched_getaffinity(0) == os.sched_getaffinity(db.info.backend_pid) == ours


def test_the_servers_processor_time_is_that_of_its_ended_sessions_too(server: str) -> None:
    """What a session has spent is counted while it is there, and not lost when it has ended."""
    busy, before = Server(url=server), Server(url=server).spent()
    with psycopg.connect(server) as db:
        db.execute("select count(*) from generate_series(1, 3000000)")
        within = busy.spent()
    until(lambda: busy.spent() >= within)
    assert within > before


def test_memory_is_the_whole_familys_and_not_postgres(empty: str) -> None:
    child = "import sys; sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE) as process:
        until(lambda: len(_family(process.pid)) == 2)
        process.communicate()
    with psycopg.connect(empty) as db:
        assert _family(db.info.backend_pid) == []


def test_a_failed_command_says_why() -> None:
    with pytest.raises(FailedError, match=r"ended with 1: no such thing"):
        watched([sys.executable, "-c", "import sys; sys.exit('no such thing')"], {})


@pytest.mark.parametrize("section", show.LIBRARIES)
def test_each_section_has_its_place_on_the_page(section: str) -> None:
    page = show.PAGE.read_text()
    assert show.placed(page, section, "measured").count("\nmeasured\n") == 1
