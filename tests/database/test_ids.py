"""Public ids: the same everywhere with the same key, and a collision loses no order."""

import re
from pathlib import Path

import polars as pl
import psycopg
import pytest

from conftest import Command
from flows import order_ids
from flows.database import migrate
from order_files import write

NUMBERS = pl.Series([f"ORD-{n}" for n in range(2000)])
NO_SALT = pl.zeros(2000, pl.Int32, eager=True)


def made(source: str = "shop", key: str = "a key") -> pl.Series:
    return order_ids.order_ids(source, NUMBERS, NO_SALT, migrate.hash_key(key))


def test_form_and_distinctness() -> None:
    assert all(re.fullmatch("PB[0-9A-Za-z]{10}", order_id) for order_id in made())
    assert made().n_unique() == len(NUMBERS)


def test_they_depend_on_source_number_and_key_alone() -> None:
    assert made().to_list() == made().to_list()
    shuffled = order_ids.order_ids("shop", NUMBERS.reverse(), NO_SALT, migrate.hash_key("a key"))
    assert shuffled.reverse().to_list() == made().to_list()
    assert not set(made()) & set(made(source="other"))
    assert not set(made()) & set(made(key="other"))


def test_an_id_never_changes() -> None:
    """A release that made other ids would break every link that was ever handed out."""
    assert made()[:3].to_list() == ["PBd5e94bLliO", "PBB9MbQpjOpi", "PBcj4KC539WK"]


def test_the_first_and_last_of_the_space() -> None:
    assert order_ids._base62(pl.Series([0, 61, 62, order_ids.SPACE - 1], dtype=pl.UInt64)).to_list() == [
        "PB0000000000",
        "PB000000000z",
        "PB0000000010",
        "PBzzzzzzzzzz",
    ]


@pytest.mark.parametrize("space", [400, 10_000])
def test_a_collision_loses_no_order(
    command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, space: int
) -> None:
    """And each is answered with the id that it has, also when it comes once more."""
    from conftest import SAMPLES

    monkeypatch.setattr(order_ids, "SPACE", space)
    for file, created in (("clean.csv", 150), ("nested.parquet", 80)):
        assert command("run", "--direct", "--json", SAMPLES / file).batch["orders"]["created"] == created
    assert db.execute("select count(*), count(distinct order_id) from orders").fetchone() == (230, 230)
    again = command("run", "--direct", "--json", "--source", "default", SAMPLES / "clean.csv")
    assert again.batch["status"] == "repeated"
    content = (SAMPLES / "clean.csv").read_bytes() + b"\n"
    answer = command("run", "--direct", "--json", write(tmp_path / "again.csv", content)).batch
    assert answer["orders"]["unchanged"] == 150
    told = pl.read_csv(Path(answer["report"]) / "results.csv", infer_schema=False)
    stored = dict(db.execute("select order_number, order_id from orders").fetchall())
    assert {number: stored[number] for number in told["orderNumber"]} == dict(
        told.select("orderNumber", "orderId").rows()
    )
