"""Floods of findings (P26): lists of many wrong entries and rows in which every cell is wrong, in any mixture.

An order has a thousand findings at most, and they stand for all that would be told without that bound; what the
report tells is what is kept; and memory stays under its cap, whatever is wrong.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_findings import told, wrong
from test_hostile import measured

from conftest import INVARIANTS, Answer, Command
from order_files import Row, row, write
from orders import checked, frame
from soak import SOAK, cases, rounds
from validators import findings
from validators.findings import LONGEST_SHOWN, MOST_FINDINGS

pytestmark = pytest.mark.soak

CAP = 3 << 29
"""What a run may take (P17): 1.5 GiB."""

WRONG_ENTRIES: dict[str, tuple[Any, ...]] = {
    "shippingPreferences.specialServices": (
        None, {}, 7, "x", {"specialserviceId": 7}, {"specialserviceId": ""}, {"specialserviceId": "x" * 31}, {"id": "A"},
        {"specialserviceId": "A", "inputParameters": [{"name": 1, "value": None}, None, {}, "x"]},
    ),
    "metadata": (None, {}, 7, {"name": "a"}, {"name": "a", "value": "b"}, {"name": "x" * 51, "value": "y" * 256}, {"n": 1}),
    "additionalAddresses": (None, {}, [], {"countryCode": "x"}, {"email": "a@@b"}, {"phone": "1\u200b"}, {"name": 7}),
}  # fmt: skip
COLUMNS = [*WRONG_ENTRIES, "shippingPreferences.customs"]


def lists(chance: random.Random, most: int) -> Row:
    """Some of the columns with a list of up to so many entries, of one wrong kind or of several."""
    cells = {"shippingPreferences.customs": json.dumps({"customsInfo": [{}] * chance.randint(1, most)})}
    for column, kinds in WRONG_ENTRIES.items():
        some = chance.sample(kinds, chance.randint(1, 3))
        cells[column] = json.dumps(chance.choices(some, k=chance.randint(1, most)))
    return {name: cells[name] for name in chance.sample(COLUMNS, chance.randint(1, len(COLUMNS)))}


def rows_of_order(number: str, chance: random.Random, rows: int, entries: int) -> Iterator[Row]:
    """An order's rows, each sound but for some of its lists, or wrong in every cell."""
    for at in range(rows):
        sound, lost = row(number, items__itemId=f"{at}"), wrong(number, f"s{at}")
        yield (lost if chance.random() < 0.5 else sound) | (
            lists(chance, entries) if chance.random() < 0.3 else {}
        )


@cases(8, share=20)
@given(
    sizes=st.lists(st.sampled_from([1, 1, 2, 5, 40]), min_size=1, max_size=4),
    entries=st.sampled_from([5, 100, 3000]),
    chance=st.randoms(use_true_random=False),
)
def test_findings_are_bounded_and_their_counts_come_out(
    command: Command,
    db: psycopg.Connection,
    tmp_path: Path,
    sizes: list[int],
    entries: int,
    chance: random.Random,
) -> None:
    source = f"s{db.execute('select count(*) from batches').fetchall()[0][0]}"
    rows = [of for at, size in enumerate(sizes) for of in rows_of_order(f"A-{at}", chance, size, entries)]
    answer = command("run", "--direct", "--json", "--source", source, write(tmp_path / "a.csv", rows))
    assert answer.batch["status"] in ("loaded", "partial")
    assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]
    kept = kept_findings(db, answer)
    event("bounded" if kept["count"].sum() > kept.height else "all told one by one")
    assert max(kept["shown"], default=0) <= LONGEST_SHOWN
    assert max(kept["first_row"].value_counts()["count"], default=0) <= MOST_FINDINGS
    assert sum(answer.batch["findings"].values()) == len(told(answer)) == kept.height
    assert sums(kept) == sums(unbounded(rows))


KIND = ["first_row", "check_name", "severity"]
KINDS = {
    "first_row": pl.Int64,
    "check_name": pl.String,
    "severity": pl.String,
    "count": pl.Int64,
    "shown": pl.Int64,
}


def kept_findings(db: psycopg.Connection, answer: Answer) -> pl.DataFrame:
    """The findings on a batch's orders."""
    found = db.execute(
        f"select {', '.join(KIND)}, count, coalesce(length(value), 0) from findings"
        " where batch_id = %s and chunk_no is not null",
        (answer.batch["batch_id"],),
    ).fetchall()
    return pl.DataFrame(found, schema=KINDS, orient="row")


def unbounded(rows: list[Row]) -> pl.DataFrame:
    """All that there is to be told of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings, "MOST_FINDINGS", 1 << 30)
        whole = checked(frame(rows))
    firsts = whole.rows.group_by("order").agg(first_row=pl.col("row_number").min())
    return whole.findings.join(firsts, on="order")


def sums(found: pl.DataFrame) -> set[tuple[Any, ...]]:
    """How many cells and entries the findings of each kind stand for; an order with too many columns shares them."""
    return set(found.group_by(KIND).agg(pl.col("count").cast(pl.Int64).sum()).rows())


# --- Memory ----------------------------------------------------------------------------------------------------


LARGE = ((200, 30), (2_000, 5), (400, 300), (20, 20_000))
"""Orders of a file, and entries of its lists at most."""


def test_memory_has_a_cap_whatever_is_wrong(
    environment: None, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some large files, in processes of their own, with as many chunks at once as ever."""
    monkeypatch.setenv("ORDER_IMPORT_PROCESSORS", "8")
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "8")
    for chance, again in rounds(1, SOAK // 500):
        orders, entries = chance.choice(LARGE if SOAK else LARGE[:1])
        sizes = (chance.choice([1, 1, 2, 5, 40]) for _ in range(orders))
        rows = [of for at, size in enumerate(sizes) for of in rows_of_order(f"A-{at}", chance, size, entries)]
        path = write(tmp_path / f"{again}.csv", rows)
        answer, peak = measured("run", "--direct", "--json", "--source", f"s{len(again)}", path)
        (batch,) = answer["batches"]
        print(f"{path.stat().st_size >> 20} MiB, {batch['findings']}, peak {peak >> 20} MiB")
        assert batch["status"] in ("loaded", "partial"), again
        assert peak <= CAP, again
