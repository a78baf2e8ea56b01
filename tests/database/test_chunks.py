"""From rows to chunks of whole orders: whatever the rows' order and the chunk's size, nothing is lost, doubled or torn."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import INVARIANTS, Command
from flows.errors import MachineError
from flows.fix_file.formulas import unescape_formula
from flows.frames import Chunk
from flows.pipeline import chunking
from flows.pipeline.chunking import cut_chunks
from flows.readers import csv_strict
from flows.readers.csv_header import read_header
from flows.readers.csv_strict import StrictCsv
from flows.readers.parquet import ParquetTable
from flows.readers.table import Table
from flows.sources.source import Source
from order_files import many, nested, typed, write
from validators.normalize import normalize

Numbers = list[str | None]

SCHEMA = {"0": pl.String, "1": pl.String, "row_number": pl.Int64, "line": pl.Int64}
SERVICE = {"fault": pl.String, "fault_hint": pl.String}


@dataclass
class Rows(Table):
    """A table of order numbers, delivered in frames of these sizes, the last one of what is left."""

    numbers: Numbers
    sizes: tuple[int, ...] = ()

    header: tuple[str, ...] = ("orderNumber", "items.itemId")
    nested: bool = False
    bytes_each: int = 0
    numbered: tuple[int, ...] = ()
    """Row numbers where they are not the places: of a nested table, an order's rows have one."""

    def __post_init__(self) -> None:
        self.size = self.bytes_each * len(self.numbers)

    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        numbered = self.numbered or range(len(self.numbers))
        rows = [(number, str(at), numbered[at], at) for at, number in enumerate(self.numbers)]
        whole = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(
            pl.lit(None, dtype=dtype).alias(name) for name, dtype in SERVICE.items()
        )
        start = 0
        for size in (*self.sizes, len(rows)):
            frame = whole[start : start + size]
            yield frame.select(*columns, "row_number", "line", *SERVICE) if columns else frame
            start += size


def cut(table: Table, rows: int, order_number: str | None = "0") -> list[Chunk]:
    runs = table.runs(order_number)
    with TemporaryDirectory() as work:
        return list(cut_chunks(table, runs, chunking.chunk_rows_of(table, runs, rows), Path(work)))


def in_rows(cut: list[Chunk]) -> list[list[int]]:
    """The row numbers of each chunk."""
    return [chunk.rows["row_number"].to_list() for chunk in cut]


def order_of(number: str | None) -> str:
    """An order number as it counts; "" is none."""
    return (number or "").strip()


WRITTEN = [
    before + number
    for before, number in product(
        ["", "'", "''", " ", "\t", "'\t", " '"], ["", "A", "=A", "@\u0338A", "é", "e\u0301"]
    )
]


@settings(max_examples=300, deadline=None)
@given(written=st.lists(st.sampled_from(WRITTEN)), is_fix_file=st.booleans())
def test_an_order_has_one_key_and_no_other_has_it(written: list[str], is_fix_file: bool) -> None:
    """In a fix file too, where some of its rows have an apostrophe before its number and others have none."""
    table = Rows(list(written), header=("orderNumber", "import_row" if is_fix_file else "items.itemId"))
    runs = table.runs("0")
    numbers = pl.DataFrame({"order": written}, schema={"order": pl.String})
    came = numbers.select(unescape_formula(pl.col("order"))) if is_fix_file else numbers
    spread = runs.select(pl.col("key").repeat_by("rows").explode()).to_series()
    keys = normalize(came).with_columns(key=spread)
    assert keys["key"].is_null().equals(keys["order"].is_null())
    assert keys.unique().height == keys["order"].n_unique() == keys["key"].n_unique()


NUMBERS = st.lists(
    st.one_of(st.sampled_from(["A", "B", " A", "B ", "é", None, "", " "]), st.sampled_from("CDEFGHIJKL")),
    max_size=40,
)
SIZES = st.lists(st.integers(0, 9), max_size=6).map(tuple)


@settings(max_examples=300, deadline=None)
@given(numbers=NUMBERS, sizes=SIZES, others=SIZES, rows=st.integers(1, 12))
def test_any_rows_in_any_frames(
    numbers: Numbers, sizes: tuple[int, ...], others: tuple[int, ...], rows: int
) -> None:
    made = cut(Rows(numbers, sizes), rows)
    per_chunk = in_rows(made)
    assert [chunk.number for chunk in made] == list(range(1, len(made) + 1))
    assert all(per_chunk)
    assert all(at == sorted(at) for at in per_chunk)
    assert sorted(at for part in per_chunk for at in part) == list(range(len(numbers)))
    orders = [{order_of(numbers[at]) for at in part} - {""} for part in per_chunk]
    assert sum(map(len, orders)) == len(set.union(set(), *orders))
    assert in_rows(cut(Rows(numbers, others), rows)) == per_chunk, "the chunks depend on how the rows came"
    for part in made:
        assert part.rows["1"].to_list() == [str(at) for at in part.rows["row_number"]]


@settings(max_examples=100, deadline=None)
@given(numbers=NUMBERS.map(lambda numbers: sorted(numbers, key=order_of)), rows=st.integers(1, 12))
def test_a_chunk_ends_with_the_order_that_fills_it(numbers: Numbers, rows: int) -> None:
    """Of orders that stand together: the first rows that make a whole chunk, then the rest of their last order."""
    for part in in_rows(cut(Rows(numbers), rows))[:-1]:
        assert len(part) >= rows
        last = order_of(numbers[part[-1]])
        assert len(part) == rows or last == order_of(numbers[part[rows - 1]]) != ""


CASES: dict[str, tuple[Numbers, int, list[list[int]]]] = {
    "no rows": ([], 3, []),
    "together": (["A", "A", "B", "C", "C", "D"], 2, [[0, 1], [2, 3, 4], [5]]),
    "an order longer than a chunk": (["A", "A", "A", "A", "B"], 2, [[0, 1, 2, 3], [4]]),
    "scattered": (["A", "B", "A", "C"], 2, [[1, 3], [0, 2]]),
    "scattered, more than a chunk": (["A", "B", "C", "A", "B", "C"], 2, [[0, 3], [1, 4], [2, 5]]),
    "rows without a number": ([None, "", " ", None], 2, [[0, 1], [2, 3]]),
    "an order around a blank row": (["A", None, "A", "B"], 3, [[1, 3], [0, 2]]),
    "the same number, trimmed and composed": (["é", "B", " e\u0301 "], 1, [[1], [0, 2]]),
}


@pytest.mark.parametrize("case", CASES)
def test_chunks(case: str) -> None:
    numbers, rows, expected = CASES[case]
    assert in_rows(cut(Rows(numbers), rows)) == expected


def test_long_rows_make_short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking, "MAX_CHUNK", 3000)
    numbers: Numbers = ["A", "A", "B", "C", "C", "C", "D", "E"]
    assert in_rows(cut(Rows(numbers, bytes_each=2000), 4)) == [[0, 1], [2, 3, 4, 5], [6, 7]]
    assert in_rows(cut(Rows(numbers, bytes_each=100), 4)) == [[0, 1, 2, 3, 4, 5], [6, 7]]


@pytest.mark.parametrize("now", ["", "A", "AB", "ABCC", "ABCCCCCCC"])
def test_a_file_of_other_rows_than_when_it_was_looked_at_is_told(tmp_path: Path, now: str) -> None:
    """Fewer or more: those that no run is known of are not left out in silence."""
    runs = Rows(list("ABC")).runs("0")
    with pytest.raises(MachineError, match="other rows"):
        list(cut_chunks(Rows(list(now), sizes=(1, 2)), runs, 2, tmp_path))


def test_a_nested_order_without_a_number_stays_together() -> None:
    table = Rows(["A", None, None, None, "B"], nested=True, numbered=(1, 2, 2, 2, 3))
    assert in_rows(cut(table, 2)) == [[1, 2, 2, 2], [3]]
    assert in_rows(cut(Rows([None] * 4, nested=True, numbered=(1, 1, 2, 2)), 1)) == [[1, 1], [2, 2]]


def test_one_order_number_for_all_is_one_chunk() -> None:
    assert in_rows(cut(Rows([None] * 9, (4, 4)), 2, order_number=None)) == [list(range(9))]


def test_a_nested_order_whose_number_is_given_elsewhere_stays_together(tmp_path: Path) -> None:
    """Also an item in which nothing stands, and an order in which nothing stands."""
    items = [[{"itemId": "a"}, None, {"itemId": "b"}], [None, None], [{"itemId": "c"}]]
    pl.DataFrame({"items": items}).write_parquet(tmp_path / "x.parquet")
    made = cut(ParquetTable(tmp_path / "x.parquet", Source()), 1, order_number=None)
    assert in_rows(made) == [[1, 1, 1, 2, 2, 3]]


def test_rows_of_any_length_in_any_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_strict, "BATCH_ROWS", 2)
    lines = ["orderNumber,b", "A,1", "B", "C,1,2,3", "", "A,1,2", "D,1", "B,,"]
    path = write(tmp_path / "x.csv", "\n".join(lines))
    made = cut(StrictCsv(path, read_header(path, ",")), 2)
    assert in_rows(made) == [[4, 5], [7], [2, 6], [3, 8]]
    faults = {
        number: fault is not None
        for chunk in made
        for number, fault in chunk.rows.select("row_number", "fault").rows()
    }
    assert faults == {2: False, 3: True, 4: True, 5: False, 6: True, 7: False, 8: True}
    cells = {
        line[0]: line[1:] for chunk in made for line in chunk.rows.select("row_number", "^[0-9]$").rows()
    }
    assert [cell for cell in cells[4] if cell] == ["C", "1", "2", "3"]


# --- The whole way: one batch in every form, in chunks of every size -----------------------------------------


def scattered(flat: pl.DataFrame) -> pl.DataFrame:
    return flat.sample(fraction=1, shuffle=True, seed=7)


def blank_heads(flat: pl.DataFrame) -> pl.DataFrame:
    """The head's cells stand on one row of each order, which is not always its first."""
    at = pl.int_range(pl.len()).over("orderNumber")
    keeps = at == pl.col("orderNumber").hash(1) % pl.len().over("orderNumber")
    heads = [name for name in flat.columns if not name.startswith("items.") and name != "orderNumber"]
    return flat.with_columns(pl.when(keeps).then(pl.col(name)).alias(name) for name in heads)


def files(folder: Path) -> dict[str, Path]:
    """The same orders, in every form that a batch may have."""
    folder.mkdir()
    flat = many(60)
    forms = {"plain.csv": flat, "scattered.csv": scattered(flat), "blank-heads.csv": blank_heads(flat)}
    forms |= {
        "text.parquet": flat,
        "scattered.parquet": scattered(typed(flat)),
        "nested.parquet": nested(flat),
    }
    for name, frame in forms.items():
        if name.endswith(".csv"):
            frame.write_csv(folder / name)
        else:
            frame.write_parquet(folder / name, row_group_size=13)
    slow_one = write(folder / "csv_strict.csv", (folder / "plain.csv").read_text() + "M-99999,too,short\n")
    return {name: folder / name for name in forms} | {"csv_strict.csv": slow_one}


Stored = list[dict[str, Any]]


def contents(db: psycopg.Connection) -> tuple[Stored, Stored]:
    """Orders and items, without the columns that tell file, chunk and time."""
    orders = db.execute(
        "select to_jsonb(o) - '{order_key,batch_id,first_row,created_at}'::text[]"
        " from orders o order by order_number"
    )
    items = db.execute(
        "select jsonb_build_object('order', order_number) || to_jsonb(i) - '{order_key}'::text[]"
        " from order_items i join orders using (order_key) order by order_number, item_id"
    )
    return [order for (order,) in orders], [item for (item,) in items]


def without_numbers(items: Stored) -> Stored:
    return [{name: value for name, value in item.items() if name != "item_no"} for item in items]


def test_every_form_gives_the_same_orders(
    command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: tuple[Stored, Stored] | None = None
    for (name, path), rows in product(files(tmp_path / "sent").items(), (50_000, 7)):
        monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", str(rows))
        db.execute("truncate orders, batches cascade")
        answer = command("run", "--direct", "--json", path)
        assert answer.batch["orders"]["created"] == 60, answer.batch
        assert rows > 7 or db.execute("select count(*) > 5 from batch_chunks").fetchone() == (True,)
        assert db.execute(INVARIANTS).fetchall() == []
        orders, items = contents(db)
        expected = expected or (orders, items)
        assert orders == expected[0], (name, rows)
        if "scattered" in name:
            assert without_numbers(items) == without_numbers(expected[1]), (name, rows)
        else:
            assert items == expected[1], (name, rows)
    assert expected
    assert [len(part) for part in expected] == [60, many(60).height]
