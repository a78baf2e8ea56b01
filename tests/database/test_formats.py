"""The registry of formats: each has a reader, and one that was added there and nowhere else is told, never passed over."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import psycopg
import pytest
from test_chunks import contents

from conftest import TESTS, Command
from flows import formats
from flows.batch import Delivery
from flows.errors import BatchError
from flows.formats import BLOCK, FORMATS, Format, estimate_rows, format_of
from flows.intake.snapshot import take_snapshot, unpack
from flows.readers import OPENERS, open_table
from flows.sources.source import Source
from json_orders import dumps, lines, of_rows
from order_files import many, row, write
from workbooks import table, workbook

WRITERS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "csv": lambda flat: flat.write_csv().encode(),
    "parquet": lambda flat: _written(flat.write_parquet),
    "workbook": lambda flat: workbook(table(flat.to_dicts())),
    "json": lambda flat: dumps(of_rows(flat)).encode(),
    "json lines": lambda flat: lines(of_rows(flat)).encode(),
}
"""Makes a good file of each format out of flat rows; a new format needs its own here, by its name."""

ADDED = Format(name="added", suffixes=(".added",), magic=b"ADDED", row_bytes=100)


def test_every_format_has_a_reader() -> None:
    missing = [known.name for known in FORMATS if known not in OPENERS]
    assert not missing, f"Formats without a reader in flows.readers.OPENERS: {missing}"


def test_every_format_of_the_module_is_in_the_registry() -> None:
    named = [each for each in vars(formats).values() if isinstance(each, Format)]
    missing = [each.name for each in named if each not in FORMATS]
    assert not missing, f"Formats of flows/formats.py that are not in its FORMATS: {missing}"


def test_every_format_has_a_writer_here() -> None:
    missing = [known.name for known in FORMATS if known.name not in WRITERS]
    assert not missing, f"Formats without a good file in WRITERS of tests/database/test_formats.py: {missing}"


def test_every_format_of_bytes_has_a_size_and_a_refusal_of_its_own() -> None:
    lacking = [
        known.name for known in FORMATS if known.magic and not (known.row_bytes and _has_refusal(known))
    ]
    assert not lacking, (
        f"Say in flows/formats.py how long a row of {lacking} is (row_bytes), and what a file of other bytes is told (unlike)"
    )


def _has_refusal(known: Format) -> bool:
    return known.unlike != Format(name="", suffixes=()).unlike


def test_what_was_made_to_hurt_is_tried_in_every_format_of_bytes() -> None:
    texts = "".join(file.read_text() for file in (TESTS / "system").glob("test_hostile*.py"))
    missing = [known.name for known in FORMATS if known.magic and not _is_in(texts, known)]
    assert not missing, (
        f"No file of tests/system/test_hostile*.py is a hostile one of {missing}: a bomb, one cut short"
    )


def _is_in(texts: str, known: Format) -> bool:
    return any(f'{end}"' in texts for end in known.suffixes)


KNOWN = pytest.mark.parametrize("known", FORMATS, ids=lambda known: str(known.name))


@KNOWN
def test_a_good_file_gives_the_very_same_orders(
    command: Command, db: psycopg.Connection, tmp_path: Path, known: Format
) -> None:
    """Whatever it ends in, packed or not."""
    flat = many(20)
    endings = [end + packed for end in known.suffixes for packed in ("", ".gz")]
    files = {"a.csv": WRITERS["csv"](flat)}
    files |= {
        f"b{end}": gzip.compress(made(known, flat)) if end.endswith(".gz") else made(known, flat)
        for end in endings
    }
    stored = {}
    for name, content in files.items():
        db.execute("truncate orders, batches cascade")
        answer = command("run", "--direct", "--json", write(tmp_path / "sent" / name, content))
        assert answer.status == 0, f"A good file that ends as {name} is not read: {answer.batch['reason']}"
        stored[name] = contents(db)
    other = [name for name, orders in stored.items() if orders != stored["a.csv"]]
    assert not other, f"Other orders than of a CSV of the same rows come of {other}"


@KNOWN
def test_a_file_that_lies_about_its_kind_is_refused_with_a_sentence(tmp_path: Path, known: Format) -> None:
    """Any bytes, nothing, half of a good file, a good file of a format of bytes: never a fault of ours."""
    flat = many(20)
    other = [each for each in FORMATS if each.magic and each is not known]
    lies = {"bytes": bytes(range(256)) * 20, "nothing": b""} | {each.name: made(each, flat) for each in other}
    if known.magic:
        lies |= {"half": made(known, flat)[: len(made(known, flat)) // 2], "mark": known.magic}
    taken = {
        what
        for what, content in lies.items()
        if not refusal(tmp_path / what / f"a{known.suffixes[0]}", content)
    }
    assert not taken, f"Read as {known.name}, and no sentence told: {taken}"


@KNOWN
def test_a_file_that_is_called_a_csv_is_told_what_to_be_called(tmp_path: Path, known: Format) -> None:
    told = refusal(tmp_path / "a.csv", made(known, many(20)))
    assert known is formats.CSV or any(end in told for end in known.suffixes), (
        f"A file of {known.name} that ends in .csv is told {told!r}: name its magic in _FOREIGN of flows/intake/snapshot.py"
    )


@KNOWN
def test_an_estimate_is_near(known: Format) -> None:
    flat = many(2_000)
    content = made(known, flat)
    rows = estimate_rows(content[:BLOCK], len(content))
    assert flat.height / 10 < rows < flat.height * 10, (
        f"{flat.height} rows of {known.name} are estimated as {rows}: see row_bytes"
    )


def made(known: Format, flat: pl.DataFrame) -> bytes:
    """A good file of the format."""
    return WRITERS[known.name](flat)


def _written(write_into: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write_into(buffer)
    return buffer.getvalue()


def refusal(path: Path, content: bytes) -> str:
    """What is told of a file with this content; nothing where it is read."""
    work = write(path, content).with_name("work")
    work.mkdir()
    try:
        list(
            open_table(unpack(take_snapshot(Delivery(path=path, source="default"), work)), Source()).frames()
        )
    except BatchError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.csv", "csv"),
        ("a.CSV.GZ", "csv"),
        ("a.parquet", "parquet"),
        ("a.pq.gz", "parquet"),
        ("a.jsonl", "json lines"),
        ("a.NDJSON.gz", "json lines"),
        ("a.json.gz", "json"),
        ("a.XLSX", "workbook"),
        ("a.xlsm", "workbook"),
        ("a.gz", None),
        ("a.xls", None),
    ],
)
def test_a_name_tells_the_format(name: str, known: str | None) -> None:
    found = format_of(name)
    assert (found.name if found else None) == known


def test_a_format_of_the_registry_alone_is_told(
    command: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that is named, in the drop, in the plan of a backfill: nobody answers that there is nothing."""
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, ADDED))
    write(tmp_path / "sent" / "a.added", "ADDED and more")
    write(data / "drop" / "shop" / "b.added", "ADDED as well")
    write(data / "drop" / "shop" / "c.csv", [row("A-1")])
    for words, found in (((tmp_path / "sent",), ["failed"]), ((), ["failed", "loaded"])):
        answer = command("run", "--direct", "--json", *words)
        assert [batch["status"] for batch in answer.json["batches"]] == found
        assert "No reader opens the format added" in answer.json["batches"][0]["reason"]
    assert estimate_rows(b"ADDED" + bytes(95), 1000) == 10


def test_an_estimate_counts_the_orders_of_a_json() -> None:
    """However its lines are broken; of one that is packed, too."""
    one = b'{\n "orderNumber": "A"\n},\n'
    assert estimate_rows(b"\xef\xbb\xbf[" + one * 10, 10 * (len(one) * 10 + 4)) == 100
    packed = gzip.compress(b"[" + one * 1000)
    assert estimate_rows(packed, len(packed)) == 1000
