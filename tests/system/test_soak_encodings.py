"""Files in any encoding, with marks, forms and line ends in odd places, chewed or not, by sources that name it or not.

What is stored, and what is kept of rejected rows, is what the text says; or the file is refused, and nothing is stored.
"""

import csv
import gzip
import io
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_hostile import cut, doubled, flipped, spliced

from conftest import INVARIANTS, Answer, Command
from order_files import Row, csv_text, row, write
from soak import cases

pytestmark = pytest.mark.soak

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "cp1252", "latin-1",
             "cp1250", "cp850", "cp1251", "cp932", "mac_roman")  # fmt: skip
LETTERS = 'aZ ,;"\néñüßÅÿ€“”…–łŽЯжΩ日本ｱ😀\u0301\u00a0'
MARK = "\ufeff"
THEIRS, OURS = "Empfänger", "toAddress.name"
"""A column as a source calls it, where its encoding has the letters; in whatever form they come."""
ENTRIES = ("metadata.Größe", "metadata.Заказ", "metadata.note")
HEAD = (OURS, "toAddress.cityTown", "orderMessage.message", *ENTRIES)
ITEM = ("items.itemId", "items.description", "items.quantity")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A file of so many orders, all to be created where nothing in it is odd (`calm`); `named` says its source how it is written."""

    content: bytes
    encoding: str
    named: bool
    packed: bool
    calm: bool
    orders: int


def fits(text: str, encoding: str) -> bool:
    """Whether the encoding has all its letters."""
    return text.encode(encoding, "ignore").decode(encoding, "ignore") == text


@st.composite
def files(draw: st.DrawFn) -> Sent:
    encoding, named = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from([True, True, False]))
    encoding = draw(st.sampled_from([encoding, encoding if named else "utf-8"]))
    orders = draw(st.lists(order_in(encoding), min_size=1, max_size=3))
    rows = [cells | {"orderNumber": f"E-{at}"} for at, order in enumerate(orders) for cells in order]
    if named and fits(THEIRS, encoding):
        rows = [{THEIRS if name == OURS else name: cell for name, cell in cells.items()} for cells in rows]
    odd = draw(st.lists(st.sampled_from(ODD), max_size=2))
    end = next((ODD_ENDS[name] for name in odd if name in ODD_ENDS), draw(st.sampled_from(["\n", "\r\n"])))
    text = csv_text(rows, end=end, quoted=draw(st.booleans()))
    composed = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), text)
    text = written = composed if fits(composed, encoding) else text
    for name in odd:
        if name.startswith("a mark"):
            at = draw(st.integers(0, len(text))) if name.endswith("inside") else 0
            written = mark(written, at, encoding)
    content = written.encode(encoding)
    for chew in (CHEWED[name] for name in odd if name in CHEWED):
        content = chew(draw, content, text.encode(encoding))
    return Sent(
        content=content,
        encoding=encoding,
        named=named,
        packed=draw(st.booleans()),
        calm=not odd and (named or encoding == "utf-8") and not is_doubtful(content, encoding),
        orders=len(orders),
    )


def is_doubtful(content: bytes, encoding: str) -> bool:
    """Whether the bytes of another encoding are letters of UTF-8 too, as Å€ may be: such a file may be refused."""
    if encoding.startswith("utf") or content.isascii():
        return False
    try:
        return bool(content.decode())
    except UnicodeDecodeError:
        return False


ODD_ENDS = {"CR CR LF": "\r\r\n", "CR": "\r"}
CHEWED = {"flipped": flipped, "cut": cut, "doubled": doubled, "spliced": spliced}
ODD = ("a mark", "a mark inside", "a mark inside", *ODD_ENDS, *CHEWED)


@st.composite
def order_in(draw: st.DrawFn, encoding: str) -> list[Row]:
    """The rows of an order, of letters that the encoding has; on each is another form of what may be written so."""
    texts = st.text([letter for letter in LETTERS if fits(letter, encoding)], max_size=8)
    names = [
        OURS,
        "toAddress.cityTown",
        "orderMessage.message",
        *(name for name in ENTRIES if fits(name, encoding)),
    ]
    head = {name: draw(texts) for name in names}
    head |= {name: f"N{head[name]}" for name in names[:2]}
    items = draw(st.lists(texts, min_size=1, max_size=2))
    return [row() | head | {"items.itemId": f"{at:05}", "items.description": text} for at, text in enumerate(items)]  # fmt: skip


def mark(text: str, at: int, encoding: str) -> str:
    """The text with a byte order mark in it; the three letters of UTF-8's where the encoding has no such character."""
    put = MARK if fits(MARK, encoding) else MARK.encode().decode(encoding, "ignore")
    return text[:at] + put + text[at:]


@cases(50, share=2)
@given(file=files())
def test_stored_is_what_the_text_says(
    command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: Sent
) -> None:
    source = f"s{db.execute('select count(*) from batches').fetchall()[0][0]}"
    path = tmp_path / ("a.csv.gz" if file.packed else "a.csv")
    write(path, gzip.compress(file.content) if file.packed else file.content)
    name_encoding(monkeypatch, tmp_path, source, file)
    answer = command("run", "--direct", "--json", "--source", source, path)
    status = answer.batch["status"]
    event(f"{status}, {'calm' if file.calm else 'odd'}")
    assert (status, answer.status) in [("loaded", 0), ("partial", 1), ("refused", 3)]
    assert "Traceback" not in answer.out + answer.err
    assert "fault of ours" not in answer.out + answer.err
    assert db.execute(INVARIANTS).fetchall() == []  # type: ignore[arg-type]
    if file.calm:
        assert (status, answer.batch["orders"]["created"]) == ("loaded", file.orders)
    compare(db, answer, source, records(file.content, file.encoding if file.named else "utf-8"))


def name_encoding(patch: pytest.MonkeyPatch, folder: Path, source: str, file: Sent) -> None:
    """Let the source say how its files are written, and how it calls a column; or nothing."""
    said = f'encoding = "{file.encoding}"\ncolumns = {{ "{THEIRS}" = "{OURS}" }}\n' if file.named else ""
    patch.setenv("ORDER_IMPORT_SOURCES", str(write(folder / "s.toml", f"[sources.{source}]\n{said}")))


# What the text says, read in another way


def records(content: bytes, encoding: str) -> list[list[str]] | None:
    """The text's records; None where the bytes are no text, or the text is no table."""
    csv.field_size_limit(1 << 24)
    try:
        text = content.decode(encoding)
        return list(csv.reader(io.StringIO(text.lstrip(MARK), newline=""), strict=True))
    except (UnicodeError, csv.Error):
        return None


def compare(db: psycopg.Connection, answer: Answer, source: str, said: list[list[str]] | None) -> None:
    """Fail where something else is stored, or kept of a rejected row, than was said."""
    stored = found_orders(db, source)
    kept = db.execute(
        "select row_number, cells from rejected_rows where batch_id = %s", (answer.batch["batch_id"],)
    ).fetchall()
    if answer.batch["status"] == "refused" or said is None:
        assert (answer.batch["status"], stored, kept) == ("refused", {}, [])
        assert answer.batch["reason"].endswith(")")
        return
    wanted = said_orders(said)
    assert stored == {number: wanted.get(number) for number in stored}
    assert len(stored) == answer.batch["orders"]["created"]
    for number, cells in kept:
        there = [cell or "" for cell in cells]
        assert there == said[number - 1] + [""] * (len(there) - len(said[number - 1]))


def found_orders(db: psycopg.Connection, source: str) -> dict[str, Any]:
    """Head and items of the stored orders of a source."""
    found = db.execute(
        "select order_number, to_address_name, to_address_city_town, order_message_message, metadata,"
        " array_agg(array[item_id, description, quantity::text] order by item_no)"
        " from orders join order_items using (order_key) where source = %s group by order_key",
        (source,),
    )
    return {number: ([*texts, *entries(metadata or [])], items) for number, *texts, metadata, items in found}


def entries(metadata: list[dict[str, str]]) -> list[str | None]:
    values = {f"metadata.{entry['name']}": entry["value"] for entry in metadata}
    return [values.pop(name, None) for name in ENTRIES] + [json.dumps(values)] * bool(values)


def said_orders(said: list[list[str]]) -> dict[str | None, Any]:
    """Head and items of the orders that the records hold."""
    header, *rows = said
    names = [plain(name) for name in header]
    orders: dict[str | None, Any] = {}
    for cells in rows:
        at = dict(zip(names, map(clean, cells), strict=False))
        head, items = orders.setdefault(at.get("ordernumber"), ([None] * len(HEAD), []))
        head[:] = [before or at.get(plain(name)) for before, name in zip(head, HEAD, strict=True)]
        item = [at.get(plain(name)) for name in ITEM]
        if any(item):
            items.append(item)
    return orders


def plain(name: str) -> str:
    """A name as two spellings of it have it in common."""
    seen = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf").strip()
    return OURS.lower() if seen.lower() == THEIRS.lower() else seen.lower()


def clean(cell: str) -> str | None:
    """The cell as it may be stored: trimmed and in NFC; None where nobody sees anything in it."""
    text = unicodedata.normalize("NFC", cell.strip())
    return text if text.replace(MARK, "").strip() else None
