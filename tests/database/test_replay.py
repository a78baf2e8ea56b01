"""The rejected orders of a finished batch again, after a source's setting was mended."""

from pathlib import Path

import polars as pl
import psycopg
import pytest

from conftest import SAMPLES, Command
from flows.database.rejected_rows import FIRST
from order_files import row, write

SOURCES = """
[sources.default.columns]
"Order" = "orderNumber"
{quantity} = "items.quantity"
[sources.default.defaults]
{default}
"""
MENDED = '"charges.currency" = "USD"'


def sources(path: Path, *, default: str) -> Path:
    return write(path, SOURCES.format(quantity='"Quantity"', default=default))


def without(cells: dict[str, str], *columns: str) -> dict[str, str]:
    return {name: text for name, text in cells.items() if name not in columns}


@pytest.fixture
def rejected(command: Command, data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A batch whose orders lack their currency, which the source's settings ought to give; one is beyond help."""
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources(data.parent / "sources.toml", default="")))
    rows = [row("A-1"), row("A-1", items__itemId="SKU-2"), row("A-2"), row("A-3", items__quantity="0")]
    answer = command(
        "run",
        "--direct",
        "--json",
        write(data.parent / "a.csv", [without(r, "charges.currency") for r in rows]),
    )
    assert answer.batch["orders"] == {"created": 0, "unchanged": 0, "rejected": 3, "warned": 0}
    return str(answer.batch["batch_id"])


def test_a_replay_rescues_what_the_setting_held_back(
    command: Command, db: psycopg.Connection, data: Path, rejected: str
) -> None:
    sources(data.parent / "sources.toml", default=MENDED)
    dry = command("check", "--json", rejected)
    assert dry.batch["orders"]["created"] == 2
    assert db.execute("select count(*) from orders").fetchone() == (0,)

    replayed = command("replay", "--json", rejected)
    assert (replayed.status, replayed.batch["status"]) == (1, "partial")
    assert replayed.batch["orders"] == {"created": 2, "unchanged": 0, "rejected": 1, "warned": 0}
    assert replayed.reasons() == {(5, "items.quantity", "is_in_range")}
    assert db.execute(
        "select order_number, count(*) from orders join order_items using (order_key) group by 1 order by 1"
    ).fetchall() == [("A-1", 2), ("A-2", 1)]

    again = command("replay", "--json", rejected)
    assert again.batch["orders"] == {"created": 0, "unchanged": 2, "rejected": 1, "warned": 0}


def test_rows_of_another_length_stay_so(command: Command, db: psycopg.Connection, data: Path) -> None:
    text = "\n".join((SAMPLES / "clean.csv").read_text().splitlines()[:1])
    columns = text.count(",") + 1
    short = ",".join(["B-1"] * (columns - 1))
    first = command("run", "--direct", "--json", write(data.parent / "b.csv", f"{text}\n{short}\n"))
    assert "has_every_cell" in {check for _, _, check in first.reasons()}
    replayed = command("replay", "--json", first.batch["batch_id"])
    assert replayed.reasons() == first.reasons()


def test_a_nested_batch(command: Command, db: psycopg.Connection, data: Path) -> None:
    first = command("run", "--direct", "--json", SAMPLES / "nested.parquet")
    replayed = command("replay", "--json", first.batch["batch_id"])
    assert (replayed.status, replayed.batch["rows"]["read"]) == (0, 0)


def test_a_nested_batch_whose_order_number_is_given_elsewhere(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty item may stand at any place of it, also where the database hands over the next rows."""
    heads = {name: text for name, text in row("X-1").items() if not name.startswith("items.")}
    given = "".join(f'"{name}" = "{text}"\n' for name, text in heads.items())
    layout = f"[sources.default.defaults]\n{given}"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data.parent / "sources.toml", layout)))
    item = {"itemId": "a", "quantity": 0}
    path = data.parent / "x.parquet"
    pl.DataFrame({"items": [[*[item] * FIRST, None], [item]]}).write_parquet(path)
    first = command("run", "--direct", "--json", path)
    replayed = command("replay", "--json", first.batch["batch_id"])
    for answer in (first, replayed):
        assert (answer.batch["status"], answer.batch["rows"]["read"]) == ("partial", 2)


@pytest.mark.parametrize("words", [("replay", "0" * 20), ("check", "0" * 20), ("report", "0" * 20)])
def test_no_such_batch(command: Command, db: psycopg.Connection, words: tuple[str, ...]) -> None:
    answer = command(*words)
    assert answer.status == 2
    assert "There is no" in answer.err
