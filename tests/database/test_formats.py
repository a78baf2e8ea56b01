"""The registry of formats: each has a reader, and one that was added there and nowhere else is told, never passed over."""

import gzip
from pathlib import Path

import pytest

from conftest import Command
from flows import formats
from flows.formats import FORMATS, Format, estimate_rows, format_of
from flows.readers import OPENERS
from order_files import row, write

ADDED = Format(name="added", suffixes=(".added",), magic=b"ADDED", row_bytes=100)


def test_every_format_has_a_reader() -> None:
    missing = [known.name for known in FORMATS if known not in OPENERS]
    assert not missing, f"Formats without a reader in flows.readers.OPENERS: {missing}"


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
