"""P17: input that was made to hurt, or that something has chewed: refused or read, in bounded memory, the worker alive."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import INVARIANTS, Command
from flows import sandbox
from flows.errors import BatchError, MachineError
from flows.readers import csv_quotes, order_runs, parquet_sandbox, record_limits
from flows.readers.csv_count import count_records
from flows.readers.csv_header import read_header
from flows.readers.record_limits import check_line_lengths
from order_files import PLAIN, THREE, csv_text, many, nested, row, typed, write
from soak import cases

HEADER, FIRST, _, OTHER = csv_text(THREE).splitlines()
MEMORY = 2 << 30
"""What a run and its children may take, whatever comes."""


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """The folder where the files of this test lie."""
    return tmp_path / "sent"


# --- Bombs: files of a few kilobytes, and files of hundreds of megabytes ------------------------------------


def parquet(path: Path, columns: dict[str, pa.Array], **options: Any) -> None:
    pq.write_table(pa.table(columns), path, row_group_size=1 << 30, compression="zstd", **options)


def repeated(value: str, rows: int) -> pa.Array:
    """One value, many times, in a byte a row; as a file it takes a few bytes in all."""
    places = pa.Array.from_buffers(pa.int8(), rows, [None, pa.py_buffer(bytes(rows))])
    return pa.DictionaryArray.from_arrays(places, pa.array([value]))


def rows(count: int, **cells: str) -> dict[str, pa.Array]:
    return {name: repeated(cells.get(name.replace(".", "__"), cell), count) for name, cell in PLAIN.items()}


def entries(column: str, counts: list[int], **cells: pa.Array) -> dict[str, pa.Array]:
    """Nested orders whose `column` is a list of so many nulls."""
    table = nested(many(1)).to_arrow()
    kind = pa.large_list(table.schema.field(column).type.value_type)
    columns = {
        name: pa.concat_arrays([table[name].combine_chunks()] * len(counts)) for name in table.schema.names
    }
    return columns | {column: pa.array([[None] * count for count in counts], kind)} | cells


def heavy_head() -> dict[str, pa.Array]:
    """A MiB of metadata on each of ten thousand items."""
    kind = nested(many(1)).to_arrow().schema.field("metadata").type
    return entries("items", [10_000], metadata=pa.array([[{"name": "n", "value": "x" * (1 << 20)}]], kind))


def deep() -> pa.DataType:
    kind = pa.string()
    for _ in range(60):
        kind = pa.struct([("a", kind)])
    return kind


def text(path: Path, parts: Iterator[str]) -> None:
    with path.open("w") as file:
        file.writelines(parts)


def lines(count: int, cell: str = "") -> Iterator[str]:
    yield f"{HEADER}\n"
    yield from (FIRST.replace("A-1", f"A-{n}").replace(",,", f",{cell},", 1) + "\n" for n in range(count))


def one_line(path: Path, before: str = "") -> None:
    path.write_text(f"{HEADER}\n{before}")
    os.truncate(path, 300 << 20)


BOMBS: dict[str, tuple[str, Callable[[Path], object]]] = {  # how the reason ends, and who makes the file
    "5 KB of 10 GB.parquet": ("fits_memory", lambda p: parquet(p, rows(10_000, toAddress__name="x" * (1 << 20)), store_schema=False)),
    "5 KB of 10 GB of categories.parquet": ("fits_memory", lambda p: parquet(p, rows(10_000, toAddress__name="x" * (1 << 20)))),
    "millions of rows.parquet": ("is_no_bomb", lambda p: parquet(p, rows(6_000_000), store_schema=False)),
    "millions of rows of categories.parquet": ("is_no_bomb", lambda p: parquet(p, rows(6_000_000))),
    "millions of rows of nothing.parquet": ("is_no_bomb", lambda p: parquet(p, {"a": pa.nulls(600_000_000)}, max_rows_per_page=1 << 30)),
    "a page of 256 MiB.parquet": ("fits_memory", lambda p: parquet(p, {name: pa.array([cell if "." in name else "x" * (1 << 28)]) for name, cell in PLAIN.items()})),
    "a record over 16 MiB.parquet": ("fits_record", lambda p: parquet(p, {name: pa.array([cell or "x" * (17 << 20)]) for name, cell in PLAIN.items()})),
    "orders of five million items.parquet": ("fits_memory", lambda p: parquet(p, entries("items", [100_000] * 50))),
    "millions of entries.parquet": ("fits_record", lambda p: parquet(p, entries("metadata", [4_000_000]))),
    "five million entries.parquet": ("fits_memory", lambda p: parquet(p, entries("metadata", [5_000_000]))),
    "a long head on many items.parquet": ("fits_memory", lambda p: parquet(p, heavy_head())),
    "5,001 columns.parquet": ("fits_columns", lambda p: parquet(p, {f"c{n}": pa.nulls(1) for n in range(5_001)})),
    "structs in structs.parquet": ("is_parquet", lambda p: parquet(p, {"orderNumber": pa.nulls(1, deep())})),
    "one line of 300 MB.csv": ("fits_record", one_line),
    "one line of 300 MB behind a stray quote.csv": ("fits_record", lambda p: one_line(p, 'A-1,x"y\n')),
    "300 MB of long rows.csv": ("fits_memory", lambda p: text(p, lines(5_000, "x" * (1 << 16)))),
    "long rows in short lines.csv": ("fits_memory", lambda p: text(p, lines(50, '"' + ("x" * 1023 + "\n") * (6 << 10) + '"'))),
    "thousands of columns.csv": ("fits_columns", lambda p: write(p, HEADER + "".join(f",c{n}" for n in range(5_000)))),
    "a header of 2 MB.csv": ("has_header", lambda p: write(p, HEADER + "".join(f",{n}{'c' * 2_000}" for n in range(1_000)))),
}  # fmt: skip


def test_bombs_are_refused_and_the_next_batch_is_loaded(
    environment: None, db: psycopg.Connection, sent: Path
) -> None:
    good = write(sent / "good.csv", THREE)
    for name, (_, make) in BOMBS.items():
        make(sent / name)
    answer, peak = measured("run", "--direct", "--json", *(sent / name for name in BOMBS), good)
    told = {
        batch["file"]: (batch["status"], str(batch["reason"]).rpartition(" ")[2])
        for batch in answer["batches"]
    }
    assert told == {name: ("refused", f"({code})") for name, (code, _) in BOMBS.items()} | {
        good.name: ("loaded", "None")
    }
    assert db.execute("select count(*) from orders").fetchone() == (2,)
    assert db.execute("select count(*) from batch_chunks").fetchone() == (1,)
    print(f"peak {peak >> 20} MiB")
    assert max(peak, sandbox.MAX_MEMORY) <= MEMORY


def test_an_order_that_no_memory_holds_is_rejected_alone(
    environment: None, db: psycopg.Connection, sent: Path
) -> None:
    """Its rows stand in the fix file, and were never in memory together; a dry run is as modest."""
    sent.mkdir()
    parquet(items := sent / "items.parquet", entries("items", [1_000_000]))
    line = FIRST.replace(",,", f",{'x' * 800},", 1) + "\n"
    text(rows := sent / "rows.csv", iter([HEADER, "\n", OTHER, "\n"] + [line] * 600_000))
    for words in (["check", "--json"], ["run", "--direct", "--json"]):
        for path, held_back in ((items, 0), (rows, 599_999)):
            answer, peak = measured(*words, path)
            (batch,) = answer["batches"]
            print(f"peak {peak >> 20} MiB")
            assert (batch["status"], batch["rows"]["held_back"]) == ("partial", held_back)
            assert peak <= 3 * MEMORY // 4
    assert db.execute("select count(*) from findings where check_name = 'fits_order'").fetchone() == (2,)


# The process tells itself the most memory that it had; what another tells of it holds what that one had before.
PROGRAM = """
from flows.cli import main
from pathlib import Path
import sys
try:
    main()
finally:
    print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def measured(*words: object) -> tuple[dict[str, Any], int]:
    """What the command answers as a process of its own, and the most memory that it had; its children have a limit."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout), int(done.stderr.split()[-1]) << 10


def test_what_is_large_and_sound_is_read(command: Command, db: psycopg.Connection, sent: Path) -> None:
    """Long rows, as many as may be; thousands of columns; an order of as many rows as may be one."""
    sent.mkdir()
    text(sent / "long.csv", lines(100, "x" * (1 << 16)))
    wide = [row(f"W-{n}") | {f"unknown {at}": "x" for at in range(5_000 - len(PLAIN))} for n in range(3)]
    write(sent / "wide.csv", wide)
    write(sent / "order.csv", [row(items__itemId=f"{n}") for n in range(20_000)])
    parquet(sent / "wide.parquet", {name: pa.array([cell]) for name, cell in wide[0].items()})
    for name, created in {"long.csv": 0, "wide.csv": 3, "order.csv": 1, "wide.parquet": 0}.items():
        answer = command("run", "--direct", "--json", sent / name)
        assert (answer.batch["status"], answer.batch["orders"]["created"]) in [
            ("loaded", created),
            ("partial", 0),
        ], answer


def test_too_many_rows(
    monkeypatch: pytest.MonkeyPatch, command: Command, db: psycopg.Connection, sent: Path
) -> None:
    monkeypatch.setattr(order_runs, "MAX_ROWS", 2)
    answer = command("run", "--direct", "--json", write(sent / "x.csv", THREE))
    assert (answer.status, answer.batch["reason"]) == (
        3,
        "The file has more than 2 rows. Send them in several files. (fits_rows)",
    )


@pytest.mark.parametrize("ending", ["\n", ""])
@pytest.mark.parametrize(
    ("length", "fits"), [(record_limits.MAX_RECORD, True), (record_limits.MAX_RECORD + 1, False)]
)
def test_the_look_at_lines_is_exact(tmp_path: Path, length: int, fits: bool, ending: str) -> None:
    path = write(tmp_path / "x.csv", "a\n" * 5_000 + "x" * length + ending)
    with nullcontext() if fits else pytest.raises(BatchError, match="fits_record"):
        check_line_lengths(path)


@settings(max_examples=200, deadline=None)
@given(lengths=st.lists(st.integers(0, 60), max_size=30), ending=st.booleans())
def test_the_look_sees_all_that_is_beyond(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], ending: bool
) -> None:
    content = "\n".join("x" * length for length in lengths) + "\n" * ending
    path = write(tmp_path_factory.getbasetemp() / "look.csv", content or "\n")
    beyond = sum(length - 8 for length in lengths if length > 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_limits, "USUAL", 8)
        patch.setattr(record_limits, "MAX_BEYOND", beyond)
        check_line_lengths(path)
        patch.setattr(record_limits, "MAX_BEYOND", beyond - 1)
        if beyond:
            with pytest.raises(BatchError, match="fits_memory"):
                check_line_lengths(path)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_record_counts_as_often_as_it_is_repeated(more: int, fits: bool) -> None:
    """As the head of an order is on each of its items."""
    with nullcontext() if fits else pytest.raises(BatchError, match="fits_memory"):
        record_limits.RecordLimits().take(record_limits.USUAL + 1, record_limits.MAX_BEYOND + more)


def test_a_cell_of_nothing_but_lines_takes_no_memory_a_line(tmp_path: Path) -> None:
    """Over several blocks of the look, which counts a record once in each of them."""
    lines_each = 3 * csv_quotes.BLOCK // 2
    path = write(tmp_path / "x.csv", "a,b\n" + ('1,"' + "\n" * lines_each + '"\n') * 2)
    text = np.memmap(path, np.uint8, "r")[4:]
    seen = csv_quotes.scan_quotes(text, ",")
    assert seen
    assert [len(part) for part in seen.long] == [len(seen.long[0])] * 2
    assert len(seen.long[0]) < 8
    count = count_records(path, read_header(path, ","))
    assert count is None or count.long_records.rows() == [(0, lines_each), (1, 2 * lines_each)]


@settings(max_examples=300, deadline=None)
@given(
    parts=st.lists(st.sampled_from([*"aé€😀\n", b"\x80", b"\xe2\x82", b"\xf0"]), max_size=20),
    look=st.integers(4, 9),
)
def test_text_is_utf8_wherever_it_is_cut(parts: list[str | bytes], look: int) -> None:
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_quotes, "LOOK", look)
        is_utf8 = content.decode(errors="ignore").encode() == content
        with nullcontext() if is_utf8 else pytest.raises(UnicodeError):
            csv_quotes.scan_quotes(np.frombuffer(content, np.uint8), ",")


# --- The trial of a Parquet file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        (-11, "damaged"),
        (-6, "damaged"),
        (-9, "ended from outside"),
        (1, "could not begin"),
        (10, "damaged"),
        (11, "a thousand times"),
        (12, "2 GiB"),
        (subprocess.TimeoutExpired("", 1), "2 GiB"),
    ],
)
def test_however_the_trial_ends(monkeypatch: pytest.MonkeyPatch, ended: int | Exception, error: str) -> None:
    def end(*_: object) -> int:
        if isinstance(ended, Exception):
            raise ended
        return ended

    monkeypatch.setattr(sandbox, "_run", end)
    with pytest.raises((BatchError, MachineError), match=error) as raised:
        parquet_sandbox.read_in_sandbox(Path("x"))
    assert isinstance(raised.value, MachineError) == (ended in (-9, 1))


def test_the_trial_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", "postgresql://x:canary@/y")
    told = write(tmp_path / "told.py", "import os, sys; sys.exit(11 if 'canary' in str(os.environ) else 0)")
    monkeypatch.setattr(parquet_sandbox, "__file__", str(told))
    parquet_sandbox.read_in_sandbox(told)


# --- Good files that something has chewed: P1 holds -----------------------------------------------------------


def forms() -> dict[str, tuple[bytes, bytes]]:
    """Two good files of each form."""
    flat, more = many(100), many(60).with_columns(pl.col("orderNumber").str.replace("M", "N"))
    spaced = csv_text(blank(flat)).replace("\n", "\r\n").encode()
    made: dict[str, tuple[bytes, bytes]] = {
        "csv": (csv_text(blank(flat)).encode(), csv_text(blank(more), quoted=True).encode()),
        "csv.gz": (gzip.compress(spaced), gzip.compress(csv_text(blank(more)).encode())),
        "flat.parquet": (in_parquet(flat, compression="none"), in_parquet(typed(more), row_group_size=7)),
        "sums.parquet": (in_parquet(flat, write_page_checksum=True), in_parquet(more, compression="gzip")),
        "nested.parquet": (
            in_parquet(nested(flat), compression="none"),
            in_parquet(nested(more), row_group_size=7),
        ),
    }
    return made


def blank(flat: pl.DataFrame) -> list[dict[str, str]]:
    return flat.fill_null("").to_dicts()


def in_parquet(table: pl.DataFrame, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table.to_arrow(), buffer, **options)
    return buffer.getvalue()


FORMS = forms()


@st.composite
def chewed(draw: st.DrawFn) -> tuple[str, bytes]:
    """The name of a form, and a good file of it, flipped, cut, doubled in part, spliced with another, or all of it."""
    form = draw(st.sampled_from(sorted(FORMS)))
    content, other = draw(st.permutations(FORMS[form]))
    packed = form.endswith(".gz") and draw(st.booleans())  # chewed before it was packed, or afterwards
    if packed:
        content, other = gzip.decompress(content), gzip.decompress(other)
    ways = [flipped] if draw(st.booleans()) else [flipped, cut, doubled, spliced]
    for _ in range(draw(st.integers(1, 2))):
        content = draw(st.sampled_from(ways))(draw, content, other)
    return form, gzip.compress(content) if packed else content


def place(draw: st.DrawFn, content: bytes) -> int:
    return draw(st.integers(0, len(content)))


def flipped(draw: st.DrawFn, content: bytes, _: bytes) -> bytes:
    """A few bytes changed: a bit of each, or for one that means something in a CSV."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 3)) if content else 0):
        at = draw(st.integers(0, len(content) - 1))
        changed[at] = draw(
            st.sampled_from([changed[at] ^ 1, changed[at] ^ 2, changed[at] ^ 128, *b'",\n\r\0='])
        )
    return bytes(changed)


def cut(draw: st.DrawFn, content: bytes, _: bytes) -> bytes:
    start, end = sorted((place(draw, content), place(draw, content)))
    return content[:start] + content[end:] if draw(st.booleans()) else content[:start]


def doubled(draw: st.DrawFn, content: bytes, _: bytes) -> bytes:
    start, end = sorted((place(draw, content), place(draw, content)))
    return content[:end] + content[start:end] + content[end:]


def spliced(draw: st.DrawFn, content: bytes, other: bytes) -> bytes:
    return content[: place(draw, content)] + other[place(draw, other) :]


@pytest.mark.soak
@cases(60)
@given(made=chewed())
def test_whatever_comes_is_accounted_for(
    command: Command, db: psycopg.Connection, sent: Path, made: tuple[str, bytes]
) -> None:
    form, content = made
    path = write(sent / f"x.{form}", content)
    source = f"s{db.execute('select count(*) from batches').fetchall()[0][0]}"
    answer = command("run", "--direct", "--json", "--source", source, path)
    batch = answer.batch
    assert (batch["status"], answer.status) in [("loaded", 0), ("partial", 1), ("refused", 3)], batch
    assert "Traceback" not in answer.out + answer.err
    assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]
    if batch["status"] == "refused":
        chunks = db.execute("select count(*) from batch_chunks where batch_id = %s", (batch["batch_id"],))
        assert chunks.fetchone() == (0,)
    else:
        assert batch["rows"]["read"] == counted(path)


def counted(path: Path) -> int:
    """The rows behind the header, counted in another way."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    stream = io.StringIO(plain.decode("utf-8-sig"), newline="")
    return sum(1 for _ in csv.reader(stream, strict=True)) - 1
