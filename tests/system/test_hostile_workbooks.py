"""P17: workbooks that were made to hurt, or are another thing than they say: how each ends, and what it takes."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from test_hostile import MEMORY, measured

from conftest import Command
from flows import sandbox
from flows.sandbox.workbook_parts import DamagedPartError, Elements, Parts
from order_files import THREE, write
from workbooks import MAIN, OFFICE, by_hand, packed, rows_by_hand, table, workbook

HEADER, *ROWS = table(THREE)
GOOD = rows_by_hand([HEADER, *ROWS])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


def deep() -> bytes:
    """A ZIP in a ZIP in a ZIP."""
    inner = by_hand(GOOD)
    for _ in range(20):
        inner = packed({"xl/workbook.xml": inner, "inner.xlsx": inner[:1000]})
    return inner


def bomb() -> bytes:
    """A sheet of more than a GiB of spaces, in a MiB."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(by_hand(GOOD))) as good,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in good.namelist():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(good.read(name))
                for _ in range(1100 if "sheet1" in name else 0):
                    part.write(b" " * (1 << 20))
    return made.getvalue()


def lying_bomb() -> bytes:
    """The same, which says of itself that it is small."""
    content = bytearray(bomb())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return bytes(content.replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little")))


CELL = '<c t="s"><v>0</v></c>'


def shared() -> bytes:
    """A long text that a million cells share."""
    text = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_000}</t></si></sst>'
    cells = f"<row>{CELL * 100}</row>" * 10_000
    relations = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r9" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    return by_hand(GOOD + cells, more={"xl/sharedStrings.xml": text, "xl/_rels/workbook.xml.rels": relations})


def far() -> bytes:
    """Two cells, as far from each other as can be."""
    return by_hand(f'{GOOD}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def renamed(**parts: str | bytes) -> bytes:
    return by_hand(
        GOOD, more={name.replace("__", "/").replace("_", "."): part for name, part in parts.items()}
    )


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "deep.xlsx": (deep, "is_workbook"),
    "bomb.xlsx": (bomb, "is_no_bomb"),
    "lying-bomb.xlsx": (lying_bomb, "is_workbook"),
    "shared.xlsx": (shared, "fits_memory"),
    "far.xlsx": (far, "fits_memory"),
    "cut.xlsx": (lambda: workbook([HEADER, *ROWS])[:-300], "is_workbook"),
    "chewed.xlsx": (lambda: workbook([HEADER, *ROWS]).replace(b"\x00\x08\x00", b"\x00\x09\x00"), "is_workbook"),
    "encrypted.xlsx": (lambda: OLE, "is_not_encrypted"),
    "old.xlsx": (lambda: OLE + b"Workbook", "is_not_encrypted"),
    "macros.xlsm": (lambda: by_hand(GOOD, more={"xl/vbaProject.bin": b"x"}), "has_no_macros"),
    "macros-renamed.xlsx": (lambda: by_hand(GOOD, more={"xl/vbaProject.bin": b"x"}), "has_no_macros"),
    "binary.xlsx": (lambda: packed({"xl/workbook.bin": b"x"}), "is_workbook"),
    "text.xlsx": (lambda: b"orderNumber,items.itemId\n1,2\n", "is_workbook"),
    "two-names.xlsx": (lambda: by_hand(GOOD, names=("Orders", "orders ")), "has_each_sheet_once"),
    "no-sheet.xlsx": (lambda: by_hand(GOOD, names=()), "has_sheet"),
    "part-missing.xlsx": (lambda: by_hand(GOOD, more={"xl/_rels/workbook.xml.rels": "<x/>"}), "is_workbook"),
    "wide.xlsx": (lambda: workbook([[f"c{n}" for n in range(16_384)]]), "fits_columns"),
    "entities.xlsx": (lambda: by_hand(GOOD.replace("Boston", "&c;"), before=ENTITIES), "is_workbook"),
    "entities of no use.xlsx": (lambda: by_hand(GOOD, before=ENTITIES), "is_workbook"),
    "row-numbers.xlsx": (lambda: by_hand(f'<row r="x">{GOOD}</row><row><c><f>1</f></c></row>'), "is_workbook"),
}  # fmt: skip

READ: dict[str, Callable[[], bytes]] = {
    "dimension.xlsx": lambda: by_hand(GOOD, dimension="A1:XFD1048576"),
    "small-dimension.xlsx": lambda: by_hand(GOOD.replace("A-1", "B-1").replace("A-2", "B-2"), dimension="A1"),
    "links.xlsx": lambda: by_hand(
        GOOD.replace("A-1", "C-1").replace("A-2", "C-2"),
        more={"xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>'},
    ),
}
"""These lie about what does not matter, or point to what nobody looks at."""


def test_each_ends_in_a_sentence_and_the_next_is_read(
    environment: None, db: psycopg.Connection, tmp_path: Path
) -> None:
    made = {name: make for name, (make, _) in HOSTILE.items()} | READ
    for name, make in made.items():
        write(tmp_path / "sent" / name, make())
    answer, peak = measured("run", "--direct", "--json", *(tmp_path / "sent" / name for name in made))
    told = {batch["file"]: str(batch["reason"]).rpartition(" ")[2] for batch in answer["batches"]}
    assert told == {name: f"({code})" for name, (_, code) in HOSTILE.items()} | dict.fromkeys(READ, "None")
    assert all("Traceback" not in str(batch["reason"]) for batch in answer["batches"])
    assert db.execute("select count(*) from orders").fetchone() == (6,)
    print(f"peak {peak >> 20} MiB")
    assert max(peak, sandbox.MAX_MEMORY) <= MEMORY


@pytest.mark.parametrize("before", [ENTITIES, "<!DOCTYPE x>", '<!DOCTYPE x SYSTEM "file:///etc/hostname">'])
def test_a_part_that_may_declare_entities_is_not_walked(before: str) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(by_hand(GOOD, before=before))) as archive,
        pytest.raises(DamagedPartError),
    ):
        Parts(archive).walk("xl/worksheets/sheet1.xml", Elements())


def test_a_sentence_names_what_it_is(command: Command, tmp_path: Path) -> None:
    for name, words in {
        "encrypted.xlsx": "password",
        "macros.xlsm": "macros",
        "wide.xlsx": "16,384 columns",
    }.items():
        answer = command("run", "--direct", "--json", write(tmp_path / name, HOSTILE[name][0]()))
        assert words in answer.batch["reason"]


def test_a_workbook_of_another_name_is_told(command: Command, tmp_path: Path) -> None:
    answer = command("run", "--direct", "--json", write(tmp_path / "x.csv", workbook([HEADER, *ROWS])))
    assert "Name a workbook .xlsx" in answer.batch["reason"]
