"""Reasons and warnings that are seldom met: headers with what nobody sees, Parquet that cannot be read here, two counts that differ."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import Command, Send
from flows.readers import csv_count, csv_fast
from flows.readers.csv_header import read_header
from order_files import csv_text, row, write

PLAIN = csv_text([row("A-1"), row("A-2")])


def parquet(codec: str) -> bytes:
    """The rows as a Parquet file, its columns said to be packed by this codec in place of zstd."""
    file = io.BytesIO()
    pl.read_csv(io.StringIO(PLAIN), infer_schema=False).write_parquet(file, compression="zstd")
    # In the footer's Thrift a codec is the field behind the column's name: zstd is 6, lzo 3, each twice as zigzag.
    return file.getvalue().replace(b"orderNumber\x15\x0c", b"orderNumber\x15" + {"lzo": b"\x06"}[codec])


REFUSED: dict[str, tuple[str, Callable[[], str | bytes], str]] = {
    "a control character in a name": ("has_plain_header", lambda: PLAIN.replace("items.itemId", "items.\x07itemId"), "a.csv"),
    "a Parquet with an encrypted footer": ("is_not_encrypted", lambda: b"PARE" + bytes(100) + b"PARE", "a.parquet"),
    "a codec that is not read here": ("has_known_compression", lambda: parquet("lzo"), "a.parquet"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(command: Command, db: psycopg.Connection, tmp_path: Path, case: str) -> None:
    code, content, name = REFUSED[case]
    answer = command("run", "--direct", "--json", write(tmp_path / name, content()))
    assert (answer.status, answer.batch["status"]) == (3, "refused")
    assert answer.batch["reason"].endswith(f"({code})")
    assert db.execute("select count(*) from orders").fetchone() == (0,)


def test_two_readers_that_disagree(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: psycopg.Connection
) -> None:
    """No file is known that makes them; so one of them loses a row here."""
    scan = pl.scan_csv

    def lossy(*words: Any, **options: Any) -> pl.LazyFrame:
        return scan(*words, **options).head(1)

    monkeypatch.setattr(csv_fast.pl, "scan_csv", lossy)
    answer = command("run", "--direct", "--json", write(tmp_path / "a.csv", PLAIN))
    assert answer.batch["reason"].endswith("(has_equal_records)")
    assert db.execute("select count(*) from orders").fetchone() == (0,)


def test_two_looks_that_disagree_vouch_for_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is known that makes them; so one of them sees a record more here."""
    path, scan = write(tmp_path / "a.csv", PLAIN), csv_count.scan_quotes

    def one_more(*words: Any) -> Any:
        seen = scan(*words)
        return seen and replace(seen, records=seen.records + 1)

    header = read_header(path, ",")
    both = [csv_count.count_records(path, header)]
    monkeypatch.setattr(csv_count, "scan_quotes", one_more)
    both += [csv_count.count_records(path, header)]
    assert [count and count.is_equal for count in both] == [True, False]


def test_a_batch_that_never_had_rows_is_not_replayed(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """No finished batch is without its header, unless somebody has written to the ledger."""
    loaded = command("run", "--direct", "--json", write(tmp_path / "a.csv", PLAIN))
    db.execute("update batches set header = null")
    answer = command("replay", "--json", loaded.batch["batch_id"])
    assert answer.status == 3
    assert answer.batch["reason"].endswith("(has_kept_rows)")


def test_what_nobody_sees_in_a_name_is_told(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    content = PLAIN.replace("items.itemId", "items.item\u200bId")
    assert command("run", "--direct", write(tmp_path / "a.csv", content)).status == 0
    told = db.execute("select check_name, column_name, severity, row_number from findings").fetchall()
    assert told == [("has_plain_name", "items.itemId", "warning", 1)]


def test_a_name_that_is_set_and_not_there_is_told(send: Send, db: psycopg.Connection) -> None:
    assert send('[sources.shop.columns]\n"SKU" = "metadata.sku"', PLAIN).batch["status"] == "loaded"
    told = db.execute("select check_name, column_name, severity, row_number from findings").fetchall()
    assert told == [("is_in_the_file", "SKU", "warning", 1)]
