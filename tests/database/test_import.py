"""The main job, end to end against a real PostgreSQL: samples in, orders and an answer for each out."""

from pathlib import Path

import psycopg
import pytest

from conftest import SAMPLES, Command
from flows.report import FILES, WORKBOOK


@pytest.mark.parametrize(
    ("file", "status", "created", "rejected", "items"),
    [
        ("clean.csv", "loaded", 150, 0, 357),
        ("faulty.csv", "partial", 46, 130, 79),
        ("nested.parquet", "loaded", 80, 0, 197),
        ("sample-order.csv", "loaded", 1, 0, 2),
    ],
)
def test_sample(
    command: Command, db: psycopg.Connection, file: str, status: str, created: int, rejected: int, items: int
) -> None:
    answer = command("run", "--direct", "--json", SAMPLES / file)
    assert answer.status == (1 if rejected else 0)
    batch = answer.batch
    assert (batch["status"], batch["orders"]["created"], batch["orders"]["rejected"], batch["items"]) == (
        status,
        created,
        rejected,
        items,
    )
    assert db.execute("select count(*) from orders").fetchone() == (created,)
    assert db.execute("select count(*) from order_items").fetchone() == (items,)
    assert {path.name for path in Path(batch["report"]).iterdir()} == {
        *FILES,
        *([WORKBOOK] if rejected else []),
    }


def test_again_is_nothing(command: Command, db: psycopg.Connection) -> None:
    first = command("run", "--direct", "--json", SAMPLES / "clean.csv").batch
    before = db.execute("select * from orders order by order_key").fetchall()
    again = command("run", "--direct", "--json", SAMPLES / "clean.csv")
    assert (again.status, again.batch["status"]) == (0, "repeated")
    assert (again.batch["batch_id"], again.batch["report"]) == (first["batch_id"], first["report"])
    assert again.batch["orders"]["created"] == 0
    assert db.execute("select * from orders order by order_key").fetchall() == before
