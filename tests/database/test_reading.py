"""Input that people really send: accepted as written, or rejected by row and check, or refused with nothing loaded.

The parts are the rows of the table of such input, by their numbers.
"""

import csv
import errno
import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SAMPLES, Answer, Command
from flows.batch import Delivery
from flows.errors import BatchError
from flows.intake import copy_hashed, snapshot
from flows.intake.snapshot import take_snapshot, unpack
from flows.readers import csv_quotes, open_table
from flows.readers import parquet as parquet_reader
from flows.readers.csv_count import count_records
from flows.readers.csv_fast import FastCsv
from flows.readers.csv_header import MAX_HEADER, Header, read_header
from flows.readers.csv_strict import StrictCsv
from flows.readers.parquet_types import flatten
from flows.readers.second_header import refuse_other_order
from flows.readers.table import Table
from flows.sources.fit_header import map_columns
from flows.sources.source import Source
from order_files import PLAIN, THREE, csv_text, many, nested, row, typed, write
from report_page import read_page

TEXT = csv_text(THREE)
HEADER, FIRST, SECOND, THIRD = TEXT.splitlines()
COMMAS = "," * (len(PLAIN) - 1)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """The folder where the files of this test lie."""
    return tmp_path / "sent"


def run(command: Command, path: Path, source: str = "default") -> Answer:
    return command("run", "--direct", "--json", "--source", source, path)


def lines(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


def stored(db: psycopg.Connection) -> list[tuple[object, ...]]:
    return db.execute(
        "select order_number, order_message_message, to_address_postal_code, item_no, item_id, quantity, unit_price"
        " from orders join order_items using (order_key) order by order_number, item_no"
    ).fetchall()


def left_behind(db: psycopg.Connection) -> int:
    """How many rows stand in the tables, the batches themselves aside."""
    tables = ("orders", "order_items", "batch_chunks", "order_results", "findings", "rejected_rows")
    return sum(db.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)  # type: ignore[arg-type]


def told(answer: Answer) -> list[dict[str, Any]]:
    """Every finding in results.csv."""
    results = pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)
    return [finding for cell in results["findings"] for finding in json.loads(cell)]


# --- 1: accepted, however it is written ---------------------------------------------------------------------

FEW, THOUSANDS = ",,,", 5_000

AS_PLAIN = {  # what is written, and how many of its rows are blank
    "plain": (TEXT, 0),
    "byte order mark": ("\ufeff" + TEXT, 0),
    "CRLF": (csv_text(THREE, end="\r\n"), 0),
    "byte order mark and CRLF": ("\ufeff" + csv_text(THREE, end="\r\n"), 0),
    "no newline at the end": (TEXT.rstrip("\n"), 0),
    "CRLF, none at the end": (csv_text(THREE, end="\r\n").rstrip("\r\n"), 0),
    "everything quoted": ('"' + TEXT.strip().replace(",", '","').replace("\n", '"\n"') + '"', 0),
    "header in capitals and spaces": (lines(FIRST, SECOND, THIRD, header=HEADER.upper().replace(",", " , ")), 0),
    "quoted newline in the header": (lines(FIRST, SECOND, THIRD, header=HEADER.replace("orderN", '"\norderN').replace("ber,", 'ber\n",')), 0),
    "blank lines": (lines("", FIRST, "", "", SECOND, "", THIRD, "", ""), 6),
    "blank lines, CRLF": (lines("", FIRST, "", "", SECOND, "", THIRD, "", "").replace("\n", "\r\n"), 6),
    "rows of commas alone": (TEXT + f"{COMMAS}\n" * THOUSANDS, THOUSANDS),
    "rows of too few commas": (lines(FIRST, FEW, SECOND, THIRD, FEW, " "), 3),
    "rows of too many commas": (lines(FIRST, SECOND, THIRD, COMMAS + FEW), 1),
    "rows of commas and spaces": (lines(COMMAS.replace(",", " , "), FIRST, SECOND, THIRD), 1),
    "a row of a spreadsheet's whole width": (lines(FIRST, SECOND, "," * 16_383, THIRD), 1),
    "rows of empty quotes": (lines(FIRST, SECOND, THIRD, COMMAS.replace(",", '"",') + '""'), 1),
    "rows in which nobody sees anything": (lines(FIRST, COMMAS + "\u200b", SECOND, f"\u3164{FEW}\ufeff \u2800", THIRD), 2),
    "a message in which nobody sees anything": (csv_text([cells | {"orderMessage.message": "\u200b \u2060"} for cells in THREE]), 0),
    "a column without name and values": (TEXT.replace("\n", ",\n"), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", AS_PLAIN)
def test_accepted_as_if_plain(command: Command, db: psycopg.Connection, sent: Path, case: str) -> None:
    text, blank = AS_PLAIN[case]
    answer = run(command, write(sent / "x.csv", text))
    rows = {
        "read": 3 + blank,
        "created": 3,
        "unchanged": 0,
        "rejected": 0,
        "held_back": 0,
        "blank": blank,
        "skipped": 0,
    }
    assert (answer.status, answer.batch["status"], answer.batch["rows"]) == (0, "loaded", rows)
    assert stored(db) == [
        ("A-1", None, "02108", 1, "SKU-1", 2, Decimal("12.5")),
        ("A-1", None, "02108", 2, "SKU-2", 2, Decimal("12.5")),
        ("A-2", None, "02108", 1, "SKU-1", 2, Decimal("12.5")),
    ]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_character_across_the_end_of_what_the_header_is_looked_for_in(tmp_path: Path, mark: str) -> None:
    for character, shift in product("é日𝄞", range(4)):
        path = write(tmp_path / "x.csv", f"{mark}a,b\n{'x' * shift}{character * MAX_HEADER}")
        assert read_header(path, ",").names == ("a", "b")


def test_a_long_name_is_read_whatever_was_read_before(tmp_path: Path) -> None:
    csv.field_size_limit(131_072)  # as it is in a process that has read nothing
    path = write(tmp_path / "x.csv", f'a,"{"x" * 140_000}"\n')
    assert read_header(path, ",").names == ("a", "x" * 140_000)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("short", [False, True])
def test_a_finding_names_row_and_line(
    command: Command, db: psycopg.Connection, sent: Path, end: str, short: bool
) -> None:
    message = f'one,{end}"two"{end}three'
    long, bad = row("A-1", orderMessage__message=message), row("A-2", items__quantity="0")
    rows = [long, bad, long | {"orderNumber": "A-3"}, bad | {"orderNumber": "A-4"}]
    records = csv_text(rows, end="\0").split("\0")
    records.insert(2, "")  # a blank line behind the first order: row 3, line 5
    text = end.join([*records[:-1], *(["A-5"] if short else []), ""])  # a short row is for the slow reader
    answer = run(command, write(sent / "x.csv", text))
    at = {(f["row"], f["line"], f["check"]) for f in told(answer)}
    expected = {(4, 6, "is_in_range"), (6, 10, "is_in_range")}
    assert at == expected if not short else at >= expected | {(7, 11, "has_every_cell")}
    assert answer.batch["rows"]["blank"] == 1
    assert {message for (message,) in db.execute("select order_message_message from orders")} == {message}


# --- 2, 3, 4, 11, 12: refused, with a code and a sentence, and nothing loaded -------------------------------


class Refused(NamedTuple):
    code: str
    words: str
    content: Callable[[], str | bytes]
    name: str = "x.csv"


def parquet(table: pl.DataFrame | pa.Table, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table.to_arrow() if isinstance(table, pl.DataFrame) else table, buffer, **options)
    return buffer.getvalue()


def flat(**columns: pl.Expr) -> pl.DataFrame:
    return pl.DataFrame(THREE).with_columns(
        columns.get(name.replace(".", "__"), pl.col(name)).alias(name) for name in PLAIN
    )


def as_type(name: str, dtype: pl.DataType) -> bytes:
    return parquet(pl.DataFrame(THREE).with_columns(pl.col(name).cast(dtype)))


def float_in_metadata() -> bytes:
    return parquet(
        nested(many(3)).with_columns(metadata=pl.concat_list(pl.struct(name=pl.lit("a"), value=pl.lit(1.5))))
    )


def twice() -> bytes:
    table = pl.DataFrame(THREE).to_arrow()
    return parquet(table.append_column("items.itemId", table["items.itemId"]))


def damaged() -> bytes:
    """A column of the last row group is written over; the rows before it are as good as ever."""
    content = bytearray(parquet(many(400), row_group_size=100))
    table = pq.ParquetFile(io.BytesIO(content))
    place = table.schema.names.index("toAddress.name")
    column = table.metadata.row_group(table.num_row_groups - 1).column(place)
    start = column.dictionary_page_offset
    content[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    return bytes(content)


SWAPPED = [{"fromAddress.cityTown": "toAddress.cityTown", "toAddress.cityTown": "fromAddress.cityTown"}.get(name, name) for name in PLAIN]  # fmt: skip
MANY_ROWS = "".join(f"{FIRST}\n" for _ in range(60_000))

REFUSED = {
    # 2
    "UTF-16, little end first": Refused("is_utf8", "UTF-16", lambda: b"\xff\xfe" + TEXT.encode("utf-16-le")),
    "UTF-16, big end first": Refused("is_utf8", "UTF-16", lambda: b"\xfe\xff" + TEXT.encode("utf-16-be")),
    "UTF-16 without a mark": Refused("is_utf8", "UTF-16", lambda: TEXT.encode("utf-16-le")),
    "Latin-1": Refused("is_utf8", "Latin-1", lambda: TEXT.replace("Sam", "Zoë").encode("latin-1")),
    "Latin-1 in the last row": Refused("is_utf8", "Latin-1", lambda: (TEXT + MANY_ROWS + "Zoë").encode("latin-1")),
    "Latin-1 behind a short row": Refused("is_utf8", "Latin-1", lambda: (TEXT + "A-1\n" + MANY_ROWS + "Zoë").encode("latin-1")),
    "CR alone": Refused("has_line_feeds", "CR alone", lambda: csv_text(THREE, end="\r")),
    **{
        f"lines that end in {name}": Refused("has_line_feeds", "line separator", lambda end=end: TEXT.replace("\n", end))  # type: ignore[misc]
        for name, end in {"NEL": "\x85", "LS": "\u2028", "PS": "\u2029"}.items()
    },
    "XLSX": Refused("is_csv", "Excel", lambda: b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0 [Content_Types].xml"),
    "XLS": Refused("is_csv", "Excel", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "HTML": Refused("is_csv", "web page", lambda: "<!DOCTYPE html><html><body>Sign in</body></html>"),
    "HTML behind a mark and blanks": Refused("is_csv", "web page", lambda: "\ufeff\r\n <html></html>"),
    "JSON": Refused("is_csv", "JSON", lambda: '{"orderNumber": "A-1"}'),
    **{
        name: Refused("is_csv", name, lambda start=start: start + b"\x01\xff" * 40)  # type: ignore[misc]
        for name, start in {
            "zstd": b"\x28\xb5\x2f\xfd",
            "bzip2": b"BZh91AY&SY",
            "xz": b"\xfd7zXZ\0",
            "7-Zip": b"7z\xbc\xaf\x27\x1c",
            "RAR": b"Rar!\x1a\x07",
            "PGP": b"-----BEGIN PGP MESSAGE-----",
            "RTF": rb"{\rtf1\ansi",
            "SQLite": b"SQLite format 3\0",
            "Arrow": b"ARROW1\0\0",
            "Avro": b"Obj\x01",
        }.items()
    },
    "PDF": Refused("is_csv", "PDF", lambda: "%PDF-1.7 and so on"),
    "Parquet": Refused("is_csv", "Parquet", lambda: parquet(flat())),
    "zero bytes": Refused("is_not_empty", "empty", lambda: ""),
    "a byte order mark alone": Refused("has_header", "header", lambda: "\ufeff"),
    "newlines alone": Refused("has_header", "header", lambda: "\n\n\n"),
    "another kind": Refused("is_known_kind", ".csv, .parquet, .pq", lambda: TEXT, "x.xls"),
    "no kind": Refused("is_known_kind", ".csv, .parquet, .pq", lambda: TEXT, "orders"),
    # 3
    "a quote that is never closed": Refused("has_sound_quotes", "Row 3, which begins on line 3,", lambda: lines(FIRST, SECOND.replace(",,", ',"oh,', 1), THIRD)),
    "a quote closed rows later": Refused("has_sound_quotes", "Row 2, which begins on line 2,", lambda: lines(FIRST.replace(",,", ',"oh,', 1), SECOND, THIRD.replace(",,", ',"x",', 1))),
    "a quote not closed on the last row": Refused("has_sound_quotes", "Row 4, which begins on line 4,", lambda: TEXT.rstrip("\n").rpartition(",")[0] + ',"12.50'),
    "a stray quote behind a quoted cell": Refused("has_sound_quotes", "Row 4, which begins on line 6,", lambda: lines(FIRST.replace(",,", ',"a\nb\nc",', 1), SECOND, THIRD.replace(",,", ',"a"b,', 1))),
    "a stray quote far behind": Refused("has_sound_quotes", "Row 60002, which begins on line 60002,", lambda: lines(MANY_ROWS.strip(), THIRD.replace(",,", ',"a"b,', 1))),
    "a quote that is not closed in the header": Refused("has_header", "quote", lambda: '"' + TEXT),
    "a row too long by hundreds": Refused("fits_header", "Row 3, which begins on line 3, has 319 cells, the header 18", lambda: lines(FIRST, SECOND + "," * 300 + ",x")),
    "a quote not closed, megabytes before the end": Refused("has_sound_quotes", "Row 2, which begins on line 2,", lambda: lines(FIRST.replace(",,", ',"oh,', 1)) + MANY_ROWS * 3),
    "a record over 16 MiB": Refused("fits_record", "16 MiB", lambda: lines(FIRST, SECOND.replace(",,", f",{'x' * (17 << 20)},", 1))),
    "a record of so many lines": Refused("fits_record", "16 MiB", lambda: lines(FIRST, SECOND.replace(",,", ',"' + ("x" * 999 + "\n") * (17 << 10) + '",', 1))),
    # 4
    "a column twice": Refused("has_each_column_once", "items.itemId", lambda: lines(FIRST, header=HEADER.replace("orderMessage.message", " Items.ItemID"))),
    "a column missing": Refused("has_every_column", "toAddress.cityTown", lambda: TEXT.replace("toAddress.cityTown", "city")),
    "the order number missing": Refused("has_every_column", "orderNumber", lambda: TEXT.replace("orderNumber", "number")),
    "both of a pair missing": Refused("has_every_column", "toAddress.name or toAddress.company", lambda: TEXT.replace("toAddress.name", "to")),
    "no header": Refused("has_every_column", "toAddress.cityTown", lambda: lines("A-1,x,USD", header="A-0,y,EUR")),
    "another delimiter": Refused("has_every_column", "set the source's delimiter", lambda: csv_text(THREE, delimiter=";")),
    "the header again, in another order": Refused("has_one_header", "Row 5 is a header again", lambda: TEXT + csv_text([{name: cells[name] for name in SWAPPED} for cells in THREE])),
    # 11
    "a gzip cut short": Refused("is_whole_gzip", "cut short", lambda: gzip.compress(TEXT.encode())[:-9], "x.csv.gz"),
    "a gzip with a wrong sum": Refused("is_whole_gzip", "damaged", lambda: gzip.compress(TEXT.encode())[:-8] + bytes(8), "x.csv.gz"),
    "a gzip's first bytes": Refused("is_whole_gzip", "cut short", lambda: b"\x1f\x8b", "x.csv.gz"),
    "a gzip of nothing": Refused("is_not_empty", "empty", lambda: gzip.compress(b""), "x.csv.gz"),
    "a gzip in a gzip": Refused("is_csv", "packed twice", lambda: gzip.compress(gzip.compress(TEXT.encode())), "x.csv.gz"),
    "a gzip of an Excel workbook": Refused("is_csv", "Excel", lambda: gzip.compress(b"PK\x03\x04"), "x.csv.gz"),
    "a gzip of zeros": Refused("is_no_bomb", "a thousand times", lambda: gzip.compress(bytes(1 << 26)), "x.csv.gz"),
    # 12
    "postal codes as integers": Refused("has_exact_types", "toAddress.postalCode", lambda: as_type("toAddress.postalCode", pl.Int64()), "x.parquet"),
    "order numbers as integers": Refused("has_exact_types", "orderNumber", lambda: parquet(flat(orderNumber=pl.lit(7))), "x.parquet"),
    "metadata as integers": Refused("has_exact_types", "metadata.store", lambda: parquet(flat().with_columns(pl.lit(7).alias("metadata.store"))), "x.parquet"),
    "money as floats": Refused("has_exact_types", "items.unitPrice", lambda: as_type("items.unitPrice", pl.Float64()), "x.parquet"),
    "quantity as floats": Refused("has_exact_types", "items.quantity", lambda: as_type("items.quantity", pl.Float32()), "x.parquet"),
    "nested money as floats": Refused("has_exact_types", "items.unitPrice", lambda: parquet(nested(many(3), {"items.unitPrice": pl.Float64()})), "x.parquet"),
    "floats in a list": Refused("has_exact_types", "metadata", float_in_metadata, "x.parquet"),
    "Parquet without a column": Refused("has_every_column", "toAddress.cityTown", lambda: parquet(flat().drop("toAddress.cityTown")), "x.parquet"),
    "Parquet with a column twice": Refused("has_each_column_once", "items.itemId", twice, "x.parquet"),
    "Parquet with a column twice but for case": Refused("has_each_column_once", "items.itemId", lambda: parquet(flat().with_columns(pl.lit("x").alias("Items.ItemId"))), "x.parquet"),
    "Parquet cut short": Refused("is_parquet", "cut short", lambda: parquet(flat())[:-40], "x.parquet"),
    "Parquet's first bytes": Refused("is_parquet", "cut short", lambda: b"PAR1", "x.parquet"),
    "Parquet with a damaged page far behind": Refused("is_parquet", "damaged", damaged, "x.parquet"),
    "two Parquet files in one": Refused("is_one_parquet", "stand one behind the other", lambda: parquet(flat()) + parquet(flat()), "x.parquet"),
    "garbage": Refused("is_parquet", "not a Parquet", lambda: bytes(range(256)) * 20, "x.parquet"),
    "garbage between the marks": Refused("is_parquet", "damaged", lambda: b"PAR1" + b"garbage " * 500 + b"PAR1", "x.parquet"),
    "a CSV called Parquet": Refused("is_parquet", "not a Parquet", lambda: TEXT, "x.parquet"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_and_nothing_loaded(
    command: Command, db: psycopg.Connection, sent: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_UNPACKED", 1 << 20)  # so that a small bomb will do
    monkeypatch.setattr(parquet_reader, "BATCH_ROWS", 50)  # so that a small file has a page far behind
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "7")
    expected = REFUSED[case]
    path = write(sent / expected.name, expected.content())
    answer = run(command, path)
    batch = answer.batch
    assert (answer.status, batch["status"], batch["report"]) == (3, "refused", None)
    assert expected.words in batch["reason"]
    assert left_behind(db) == 0
    assert db.execute("select status, reason from batches").fetchall() == [("refused", batch["reason"])]
    assert code_of(path) == expected.code


def code_of(path: Path) -> str:
    """The code of the error with which a file is refused."""
    with pytest.raises(BatchError) as refused:
        read_all(path)
    return refused.value.code


def read_all(path: Path) -> None:
    work = path.with_name("work")
    work.mkdir()
    table = open_table(unpack(take_snapshot(Delivery(path=path, source="default"), work)), Source())
    mapping = map_columns(table.header, Source())
    refuse_other_order(table, table.runs(mapping.order_number), mapping.place_of("orderNumber"))
    list(table.frames())


@pytest.mark.parametrize(
    "content", [b"", b"a", os.urandom(3 << 20)], ids=["nothing", "a byte", "three blocks"]
)
@pytest.mark.parametrize("sends", [True, False], ids=["sent", "read and written"])
@pytest.mark.parametrize(
    "piece", [32 << 20, 1 << 20, (1 << 20) - 1], ids=["whole", "in pieces", "beside pages"]
)
def test_our_copy_is_the_file_and_what_is_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, piece: int, *, sends: bool
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EINVAL, "this file system cannot")

    if not sends:
        monkeypatch.setattr(os, "sendfile", refuse)
    monkeypatch.setattr(copy_hashed, "PIECE", piece)
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    work = tmp_path / "work"
    work.mkdir()
    batch = take_snapshot(Delivery(path=path, source="default"), work)
    assert batch.path.read_bytes() == content
    assert batch.sha256 == hashlib.sha256(content).hexdigest()


def test_a_header_alone_is_a_batch_of_no_orders(command: Command, db: psycopg.Connection, sent: Path) -> None:
    contents: dict[str, str | bytes] = {
        "a.csv": HEADER,
        "b.csv": f"\ufeff{HEADER}\r\n",
        "c.parquet": parquet(flat().clear()),
        "d.parquet": parquet(nested(many(1)).clear()),
    }
    for name, content in contents.items():
        answer = run(command, write(sent / name, content))
        assert (answer.status, answer.batch["status"], answer.batch["rows"]["read"]) == (0, "loaded", 0)
    assert left_behind(db) == 0


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "dangling link"])  # 2 and 10
def test_what_is_no_file_is_not_opened(
    command: Command, db: psycopg.Connection, sent: Path, kind: str
) -> None:
    target, path = write(sent / "target", TEXT), sent / "x.csv"
    if kind == "folder":
        write(path / "inside.csv", TEXT)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target if kind == "link" else sent / "nothing")
    answer = run(command, path)
    assert (answer.status, answer.batch["status"], answer.batch["batch_id"]) == (3, "refused", None)
    assert ("a link" if "link" in kind else "a folder, a pipe") in answer.batch["reason"]
    assert db.execute("select count(*) from batches").fetchone() == (0,)


# --- 3 to 9: orders rejected by row and check ---------------------------------------------------------------

Found = set[tuple[int, str | None, str]]

REJECTED: dict[str, tuple[str, Found]] = {  # with the finding that must be there; no other row has an error
    # 3
    "a row too long": (lines(FIRST, SECOND, THIRD + ","), {(4, None, "has_every_cell")}),
    "a row too short by an optional cell": (lines(FIRST, SECOND, THIRD.rpartition(",")[0]), {(4, None, "has_every_cell")}),
    "a row too short by most": (lines(FIRST, "A-2,,USD"), {(3, None, "has_every_cell")}),
    "a row too long by a spreadsheet's width": (lines(FIRST, SECOND + "," * 16_366, THIRD), {(3, None, "has_every_cell")}),
    "a row with a delimiter too many": (lines(FIRST, SECOND.replace("1 Sample", "1, Sample"), THIRD), {(3, None, "has_every_cell")}),
    "a row with a delimiter too few": (lines(FIRST, SECOND.replace("Boston,", "Boston "), THIRD), {(3, None, "has_every_cell")}),
    "a row of one separator, which is no white space": (lines(FIRST, "\x1c"), {(3, None, "has_every_cell"), (3, "orderNumber", "has_no_control_characters")}),
    # 4
    "the header in the middle": (lines(FIRST, SECOND, HEADER, THIRD), {(4, None, "is_no_header")}),
    "the header in the middle, in capitals": (lines(FIRST, HEADER.upper()), {(3, None, "is_no_header")}),
    # 5
    "NUL": (csv_text([row("A\0-1")]), {(2, "orderNumber", "has_no_control_characters")}),
    "a control character": (csv_text([row(orderMessage__message="a\x07b")]), {(2, "orderMessage.message", "has_no_control_characters")}),
    "a zero-width space": (csv_text([row("A\u200b-1")]), {(2, "orderNumber", "has_no_hidden_characters")}),
    "a byte order mark in the first cell": (csv_text([row("\ufeffA-1")]), {(2, "orderNumber", "has_no_hidden_characters")}),
    # 7
    "an exponent": (csv_text([row("1.23457E+17")]), {(2, "orderNumber", "is_not_exponent")}),
    "a ZIP without its zero": (csv_text([row(toAddress__postalCode="2108")]), {(2, "toAddress.postalCode", "is_us_postal_code")}),
    "a ZIP with decimals": (csv_text([row(toAddress__postalCode="12345.0")]), {(2, "toAddress.postalCode", "is_us_postal_code")}),
    "a quantity with decimals": (csv_text([row(items__quantity="12345.0")]), {(2, "items.quantity", "is_integer")}),
    # what a spreadsheet writes for a cell that has no value
    **{f"the order number {e}": (csv_text([row(e)]), {(2, "orderNumber", "is_calculated")}) for e in ("#N/A", "#REF!", "#NV", "########", "Err:502")},
    **{f"the name {e}": (csv_text([row(toAddress__name=e)]), {(2, "toAddress.name", "is_calculated")}) for e in ("#NAME?", "#WERT!", "#VALEUR!", "#¿NOMBRE?", "###")},
    "an error in metadata": (csv_text([row() | {"metadata.a": "#DIV/0!"}]), {(2, "metadata.a", "is_calculated")}),
    "an error for a number": (csv_text([row(items__quantity="#VALUE!")]), {(2, "items.quantity", "is_calculated")}),
    # 8
    **{f"quantity {q}": (csv_text([row(items__quantity=q)]), {(2, "items.quantity", "is_in_range")}) for q in ("0", "-1", "99999999999")},
    **{f"quantity {q}": (csv_text([row(items__quantity=q)]), {(2, "items.quantity", "is_integer")}) for q in ("1.5", "1_000", "١٢")},
    **{f"gmv {a}": (csv_text([row() | {"charges.gmv": a}]), {(2, "charges.gmv", "is_decimal")}) for a in ("$1,234.50", "1.234,50", "1e3")},
    # 9
    "heads that differ": (csv_text([row(), row(items__itemId="2", toAddress__cityTown="Salem")]), {(3, "toAddress.cityTown", "agrees_in_order")}),
    "one bad row of five": (csv_text([row(items__itemId=str(n), items__quantity=str(n)) for n in (1, 2, 0, 4, 5)]), {(4, "items.quantity", "is_in_range")}),
    "no order number": (
        csv_text([row(), row("")]),
        {(2, "orderNumber", "has_all_its_rows"), (3, "orderNumber", "is_present")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_rejected_by_row_and_check(command: Command, db: psycopg.Connection, sent: Path, case: str) -> None:
    text, expected = REJECTED[case]
    answer = run(command, write(sent / "x.csv", text))
    assert (answer.status, answer.batch["status"]) == (1, "partial")
    errors = {(f["row"], f["column"], f["check"]) for f in told(answer) if f["severity"] == "error"}
    assert errors >= expected
    assert {row for row, _, _ in errors} == {row for row, _, _ in expected}
    assert all(f["hint"] and f["line"] for f in told(answer))


@pytest.mark.parametrize(
    "case", ["an exponent", "a ZIP without its zero", "a ZIP with decimals", "a quantity with decimals"]
)
def test_the_hint_names_the_spreadsheet(
    command: Command, db: psycopg.Connection, sent: Path, case: str
) -> None:
    answer = run(command, write(sent / "x.csv", REJECTED[case][0]))
    assert all("spreadsheet" in f["hint"] for f in told(answer))


@pytest.mark.parametrize(("currency", "amount"), [("USD", "12.345"), ("JPY", "1200.50")])
def test_too_many_decimals_are_a_warning(
    command: Command, db: psycopg.Connection, sent: Path, currency: str, amount: str
) -> None:
    cells = row(charges__currency=currency) | {"charges.gmv": amount}
    answer = run(command, write(sent / "x.csv", [cells]))
    assert (answer.status, answer.batch["orders"]["warned"]) == (0, 1)
    assert answer.reasons() == {(2, "charges.gmv", "fits_currency_decimals")}
    assert db.execute("select charges_gmv from orders").fetchall() == [(Decimal(amount),)]


def test_an_unknown_column_is_told_with_the_nearest_name(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    answer = run(command, write(sent / "x.csv", [row(toAddress__adressLine2="x", colour="red")]))
    assert (answer.status, answer.batch["findings"]) == (0, {"errors": 0, "warnings": 2})
    findings = db.execute(
        "select column_name, check_name, hint from findings order by column_name"
    ).fetchall()
    assert [name for name, _, _ in findings] == ["colour", "toAddress.adressLine2"]
    assert {check for _, check, _ in findings} == {"is_known"}
    assert findings[1][2].endswith("Is it toAddress.addressLine2?")
    assert "toAddress.adressLine2" in read_page(answer.batch["report"]).text


def test_one_bad_row_holds_four_back(command: Command, db: psycopg.Connection, sent: Path) -> None:
    text, _ = REJECTED["one bad row of five"]
    answer = run(command, write(sent / "x.csv", text + csv_text([row("A-2")]).partition("\n")[2]))
    rows = {"read": 6, "created": 1, "unchanged": 0, "rejected": 1, "held_back": 4, "blank": 0, "skipped": 0}
    assert answer.batch["rows"] == rows
    assert [number for number, *_ in stored(db)] == ["A-2"]


def test_heads_that_differ_name_both_rows(command: Command, db: psycopg.Connection, sent: Path) -> None:
    answer = run(command, write(sent / "x.csv", REJECTED["heads that differ"][0]))
    assert "Row 2 and row 3" in told(answer)[0]["hint"]


def test_rows_far_apart_and_blank_heads_are_one_order(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "2")
    blank = dict.fromkeys(PLAIN, "") | {"orderNumber": "A-1", "items.quantity": "1"}
    between = [row(f"B-{n}") for n in range(20)]
    rows = [
        blank | {"items.itemId": "1"},
        *between,
        row("A-1", items__itemId="2"),
        blank | {"items.itemId": "3"},
    ]
    answer = run(command, write(sent / "x.csv", rows))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 21)
    items = [(no, item) for number, _, _, no, item, *_ in stored(db) if number == "A-1"]
    assert items == [(1, "1"), (2, "2"), (3, "3")]


def test_the_same_order_in_two_files_at_once(process: Command, db: psycopg.Connection, sent: Path) -> None:
    files = [write(sent / f"{name}.csv", [*(row(f"{n}") for n in range(200)), row(name)]) for name in "ab"]
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(partial(run, process), files))
    assert [answer.status for answer in answers] == [0, 0]
    assert sum(answer.batch["orders"]["created"] for answer in answers) == 202
    assert sum(answer.batch["orders"]["unchanged"] for answer in answers) == 200
    assert db.execute("select count(*) from orders").fetchone() == (202,)


# --- 5, 6, 10: kept exactly ---------------------------------------------------------------------------------

SKUS = (
    *("#1001", "#N", "##", "#N/A-1", "Err:5", "#REF"),
    "02108",
    "00012",
    "22E1",
    "TRUE",
    "NA",
    "Null",
    "nan",
    "N/A",
    "1.50",
    "1e3",
    "-",
    "0x1F",
    "2026-02-30",
)
TEXTS = (
    "😀 👩‍👩‍👧", "مرحبا بالعالم", "\u05e9\u05dc\u05d5\u05dd \u202ebidi", "e\u0301 is \u00e9", "日本",
    "=1+1", "+1 555", "-1", "@SUM(A1)", "'=1", "''", "=HYPERLINK(\"http://x\")", "|calc", "%0A",
    "<script>alert(1)</script>", "&amp;", "'); drop table orders; --", "$$", "%s {} {0}", "null",
    r"\N", r"\.", r"\\.", r"\t", r"a\nb", "\\", "a\\", 'say "hi"', '"', "a,b;c|d",
    "first\n\\.\nlast", "\\.\n\\N", "a\tb", "a\r\nb", "a\rb", "x" * 1000,
)  # fmt: skip


@pytest.mark.parametrize("form", ["LF", "CRLF", "parquet"])
def test_kept_exactly(command: Command, db: psycopg.Connection, sent: Path, form: str) -> None:
    rows = [row(f"S-{n}", items__itemId=sku) for n, sku in enumerate(SKUS)]
    rows += [row(f"T-{n:02}", orderMessage__message=text) for n, text in enumerate(TEXTS)]
    if form == "parquet":
        path = write(sent / "x.parquet", parquet(pl.DataFrame(rows)))
    else:
        path = write(sent / "x.csv", csv_text(rows, end="\n" if form == "LF" else "\r\n", quoted=True))
    answer = run(command, path)
    assert (answer.status, answer.batch["orders"]["rejected"]) == (0, 0)
    items = db.execute(
        "select item_id from orders join order_items using (order_key) where order_number like 'S%' order by order_key"
    )
    assert tuple(item for (item,) in items) == SKUS
    messages = db.execute(
        "select order_message_message from orders where order_number like 'T%' order by order_number"
    )
    expected = [text.replace("e\u0301", "\u00e9") for text in TEXTS]  # NFC is the only change
    assert [text for (text,) in messages] == expected


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "<img src=x onerror=alert(1)>",
        "'); drop table orders; --",
        r"\N",
        r"\.",
        "a\nb",
        "\x1b[31mred",
        "ö\udcff",
    ],
)
def test_any_name_of_a_file(command: Command, db: psycopg.Connection, sent: Path, name: str) -> None:
    path = sent / f"{name}.csv".replace("/", "")
    answer = run(command, write(path, TEXT))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 2)
    shown = db.execute("select file from batches").fetchall()[0][0]
    assert shown == answer.batch["file"] == "".join(c if c.isprintable() else "\ufffd" for c in path.name)
    assert "<img" not in (Path(answer.batch["report"]) / "report.html").read_text()
    assert "\x1b" not in command("run", "--direct", path).out


# --- 11: gzip ----------------------------------------------------------------------------------------------------

GZIPS = {
    "x.csv.gz": lambda: gzip.compress(TEXT.encode()),
    "X.CSV.GZ": lambda: gzip.compress(TEXT.encode()),
    "without-gz.csv": lambda: gzip.compress(TEXT.encode()),
    "two-members.csv.gz": lambda: gzip.compress(TEXT[:300].encode()) + gzip.compress(TEXT[300:].encode()),
    "x.parquet.gz": lambda: gzip.compress(parquet(flat())),
}


@pytest.mark.parametrize("name", GZIPS)
def test_gzip_is_read(command: Command, db: psycopg.Connection, sent: Path, name: str) -> None:
    answer = run(command, write(sent / name, GZIPS[name]()))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 2)


# --- 12: Parquet -------------------------------------------------------------------------------------------------


def test_real_types_say_the_same_as_text(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """Whole numbers for money, decimals, booleans, categories, several row groups, an index as pandas writes it."""
    flat = many(40)
    forms = {
        "typed": typed(flat),
        "whole": typed(flat.with_columns(pl.lit("7").alias("charges.gmv")), {"charges.gmv": pl.Int64()}),
        "categories": flat.cast(
            {"toAddress.countryCode": pl.Categorical(), "charges.currency": pl.Categorical()}
        ),
        "index": flat.with_row_index("__index_level_0__").with_columns(
            weight=pl.lit(0.5), seen=pl.lit(b"\xff")
        ),
        "nothing": flat.with_columns(pl.lit(None).alias("orderMessage.type")),
    }
    for name, table in forms.items():
        path = write(sent / f"{name}.parquet", parquet(table, row_group_size=17))
        answer = run(command, path, source=name)
        assert (answer.status, answer.batch["orders"]["rejected"]) == (0, 0), answer.batch
    items = "select item_id, quantity, unit_price, unit_weight_weight from order_items join orders using (order_key) where source = %s order by order_number, item_no"
    expected = [
        (sku, int(q), Decimal(price), Decimal(weight))
        for sku, q, price, weight in flat.select(
            "items.itemId", "items.quantity", "items.unitPrice", "items.unitWeight.weight"
        ).rows()
    ]
    for name in forms:
        assert db.execute(items, (name,)).fetchall() == expected


def test_a_type_by_the_sources_own_name(
    command: Command, db: psycopg.Connection, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = '[sources.shop.columns]\n"Menge" = "items.quantity"\n"PLZ" = "toAddress.postalCode"\n'
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(sent / "sources.toml", layout)))
    named = (
        flat()
        .rename({"items.quantity": "menge ", "toAddress.postalCode": "PLZ"})
        .cast({"menge ": pl.Int64()})
    )
    answer = run(command, write(sent / "a.parquet", parquet(named)), source="shop")
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 2)
    bad = parquet(named.cast({"PLZ": pl.Int64()}))
    answer = run(command, write(sent / "b.parquet", bad), source="shop")
    assert (answer.status, "PLZ" in answer.batch["reason"]) == (3, True)


@pytest.mark.parametrize(
    "text",
    ["\x01", "\x0112.5", "\x01\x01", "\x01" * 3, r"\u0001", "\\\x01", "\\u0001\x01", "\x01\\u0001", '"\x01'],
)
def test_a_text_in_a_list_of_a_parquet_is_itself(text: str) -> None:
    """Whatever the numbers beside it are marked with."""
    entry = {"name": "a", "value": text, "price": Decimal("1.50")}
    rows = flatten(pl.DataFrame({"metadata": [[entry]]}))
    assert json.loads(rows["metadata"].item(), parse_float=Decimal) == [entry]
    assert "1.50" in rows["metadata"].item()


def test_a_parquet_whose_cells_hold_its_marks_is_one_file(
    command: Command, db: psycopg.Connection, sent: Path
) -> None:
    cells = row(orderMessage__message="a PAR1PAR1 of ours", toAddress__name="PAR1PAR1")
    path = write(sent / "x.parquet", parquet(pl.DataFrame([cells]), compression="NONE"))
    assert path.read_bytes().count(b"PAR1PAR1") > 1
    assert run(command, path).status == 0


def test_a_parquets_first_row_is_row_1(command: Command, db: psycopg.Connection, sent: Path) -> None:
    rows = [row("A-1"), row("A-2", items__quantity="0")]
    answer = run(command, write(sent / "x.parquet", parquet(pl.DataFrame(rows))))
    assert [(f["row"], f["line"]) for f in told(answer)] == [(2, None)]
    orders = nested(many(20)).with_columns(
        pl.col("items").list.eval(pl.element().struct.with_fields(quantity=pl.lit(0))).alias("items")
    )
    answer = run(command, write(sent / "nested.parquet", parquet(orders, row_group_size=6)))
    assert {(f["row"], f["item"]) for f in told(answer)} == {
        (n + 1, item) for n in range(20) for item in range(1, 2 + n % 4)
    }
    assert (answer.batch["rows"]["read"], answer.batch["rows"]["rejected"]) == (20, 20)


# --- The two readers, and the count that chooses between them ----------------------------------------------


def cells(table: Table) -> tuple[list[tuple[str, ...]], list[int], list[int]]:
    """Cells, blank when null, row numbers and lines of all frames."""
    names = [str(at) for at in range(len(table.header))]
    frames = [frame.select(*names, "row_number", "line") for frame in table.frames()]
    whole = pl.concat(frames) if frames else pl.DataFrame(schema=[*names, "row_number", "line"])
    text = whole.select(pl.col(names).fill_null("")).rows()
    return text, whole["row_number"].to_list(), whole["line"].to_list()


@pytest.mark.parametrize("name", ["clean.csv", "faulty.csv", "sample-order.csv", "shop/lampenladen.csv"])
def test_both_readers_see_the_same_rows(name: str) -> None:
    path = SAMPLES / name
    header = read_header(path, ";" if "shop" in name else ",")
    count = count_records(path, header)
    assert count
    assert count.is_equal
    assert cells(FastCsv(path, header, count)) == cells(StrictCsv(path, header))


CELLS = st.one_of(
    st.text(st.sampled_from('ab ,;"\n\r\t\0é日\u2028\ufeff\x1c\x85'), max_size=6),
    st.sampled_from(["", "x", "\r\n", '"', '""', r"\N", "A-1", " "]),
)


@st.composite
def well_formed(draw: st.DrawFn) -> tuple[str, str]:
    """A delimiter, and a CSV as a careful program writes it."""
    delimiter, width = draw(st.sampled_from(",;\t|")), draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    text = io.StringIO()
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([[f"name {at}" for at in range(width)], *rows])
    return delimiter, text.getvalue()


@st.composite
def ill_formed(draw: st.DrawFn) -> tuple[str, str]:
    """A delimiter, and anything at all behind a header."""
    delimiter = draw(st.sampled_from(",;\t|"))
    header = draw(st.sampled_from(["a\n", "a,b\n", "\ufeffa,b\r\n", 'a,"b\nc"\n', "a,b,c\n"]))
    parts = st.sampled_from(
        [*'ab,;"\n\r \t', "\r\n", "é", "\ufeff", "\0", "\u2028", "\x0c", '""', '"a"', r"\N", "\n\n"]
    )
    body = "".join(draw(st.lists(parts, max_size=24)))
    return delimiter, (header + body).replace(",", delimiter)


@settings(max_examples=400, deadline=None)
@given(written=st.one_of(well_formed(), ill_formed()), block=st.sampled_from([8, 32, csv_quotes.BLOCK]))
def test_the_count_vouches_for_the_quick_reader(
    written: tuple[str, str], block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where the count finds equal records, they are those of the csv module; else it leaves the file to the slow reader."""
    delimiter, text = written
    path = write(tmp_path_factory.getbasetemp() / "any.csv", text)
    try:
        header = read_header(path, delimiter)
    except BatchError:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_quotes, "BLOCK", block)
        patch.setattr(csv_quotes, "PIECE", 2 * block)
        count = count_records(path, header)
    expected = by_the_csv_module(text, header)
    if count is None or not count.is_equal:
        assert count is None or count.records == sum(
            frame.height for frame in StrictCsv(path, header).frames()
        )
        return
    assert expected is not None
    assert count.records == len(expected)
    quick, numbers, at = cells(FastCsv(path, header, count))
    assert quick == expected
    assert numbers == list(range(2, len(expected) + 2))
    assert (quick, numbers, at) == cells(StrictCsv(path, header))


@settings(max_examples=100, deadline=None)
@given(written=well_formed())
def test_the_quick_reader_takes_what_is_well_formed(
    written: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    delimiter, text = written
    path = write(tmp_path_factory.getbasetemp() / "any.csv", text)
    header = read_header(path, delimiter)
    rows = by_the_csv_module(text, header)
    stray = "\r" in text.replace("\r\n", "\n") or "\ufeff" in text
    count = count_records(path, header)
    assert (count and count.is_equal) or rows is None or stray


def by_the_csv_module(text: str, header: Header) -> list[tuple[str, ...]] | None:
    """The rows behind the header, a blank line as blank cells; None where one is not as wide, or a quote not sound."""
    stream = io.StringIO(text.removeprefix("\ufeff"), newline="")
    try:
        records = list(csv.reader(stream, delimiter=header.delimiter, strict=True))
    except csv.Error:
        return None
    width = len(header.names)
    if any(len(record) not in (0, width) for record in records):
        return None
    return [tuple(record or [""] * width) for record in records[1:]]
