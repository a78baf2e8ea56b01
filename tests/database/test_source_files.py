"""Files of sources with settings, through the command: how they are read and counted, and what each key does."""

import gzip
import json
import re
from pathlib import Path

import polars as pl
import psycopg
import pytest

from conftest import Command, Send
from order_files import PLAIN, csv_text, row, write
from source_files import COLUMNS, DEFAULTS, TO, ask, line, names, text

# How a file is written

WRITTEN = {
    "cp1252": ('encoding = "cp1252"\n', text(line("A")).encode("cp1252")),
    "utf-16": ('encoding = "utf-16"\n', text(line("A")).encode("utf-16")),
    "utf-16-le with a mark": ('encoding = "utf-16-le"\n', ("\ufeff" + text(line("A"))).encode("utf-16-le")),
    "utf-8 by its name": ('encoding = "UTF8"\n', ("\ufeff" + text(line("A"))).encode()),
    "packed": ('encoding = "cp1252"\n', gzip.compress(text(line("A")).encode("cp1252"))),
    "semicolons": ('delimiter = ";"\n', text(line("A"), mark=";").encode()),
    "tabs without quotes": ('delimiter = "\\t"\nquote = ""\n', text(line("A"), mark="\t").encode()),
    "a sep= line": ('delimiter = "\\t"\nquote = ""\n', b"sep=;\r\n" + text(line("A"), mark=";").encode()),
    "a sep= line in quotes": ("", b'"sep=;"\r\n' + text(line("A"), mark=";").encode()),
    "a sep= line and other quotes": ("quote = \"'\"\n", b"sep=;\n" + text(line("A"), mark=";").encode()),
    "other quotes": ("quote = \"'\"\n", ("\ufeff" + re.sub("([^,\n]+)", r"'\1'", text(line("A")))).encode()),
    "a title above": ("header_row = 3\n", ("Our orders\n\n" + text(line("A"))).encode()),
    "a quoted title above": ("header_row = 2\n", ('"Our ""best""\norders",,\n' + text(line("A"))).encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", WRITTEN)
def test_however_it_is_written_it_is_one_order(how: str, send: Send, db: psycopg.Connection) -> None:
    settings, content = WRITTEN[how]
    done = send(settings + COLUMNS + DEFAULTS, content).batch
    assert done["status"] == "loaded", done["reason"]
    assert names(db) == [("A", "Zoë Müller")]
    assert done["findings"] == {"errors": 0, "warnings": 1}  # Kind is in no order


def test_a_byte_that_the_encoding_does_not_have_names_the_line(send: Send) -> None:
    good = text(line("A"), line("B"))
    cases = [
        ("cp1252", good.encode("cp1252") + b"\x81", 4),
        ("cp1252", good.replace("B,", "\x00").encode("cp1252").replace(b"\0", b"\x8d"), 3),
        ("ascii", good.encode(), 2),
        ("utf-16-le", good.encode("utf-16-le") + b"\x00\xd8\x20\x00", 4),
        ("utf-16", good.encode("utf-16-le"), 1),
        ("utf-16", good.encode("utf-16")[:-1], 3),
        ("cp932", good.encode("cp932", "ignore") + b"\n\n\x81", 6),
        ("utf-8-sig", good.encode() + b"\xff", 4),
        ("cp1252", (good + "x,y\n" * 600_000).encode("cp1252") + b"\x81", 600_004),
    ]
    for encoding, content, at in cases:
        done = send(f'encoding = "{encoding}"\n{COLUMNS}{DEFAULTS}', content).batch
        assert done["status"] == "refused"
        assert done["reason"].startswith(f"Line {at} has bytes that {encoding}, the source's encoding"), (
            encoding
        )
        assert done["reason"].endswith("(has_declared_encoding)")


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp1250", "cp850", "mac_roman"])
def test_letters_of_utf_8_are_not_taken_for_others(send: Send, db: psycopg.Connection, encoding: str) -> None:
    """A sender's system changes, and its source still declares what it wrote before: any byte is a letter there."""
    settings = f'encoding = "{encoding}"\n{COLUMNS}{DEFAULTS}'
    one = text(line("A"))
    for content in (one.encode(), one.encode("utf-8-sig"), gzip.compress(one.encode())):
        done = send(settings, content).batch
        assert (done["status"], names(db)) == ("refused", [])
        assert "The file is UTF-8, on line " in done["reason"]
        assert done["reason"].endswith("(has_declared_encoding)")
    for sound in (one.replace("Zoë Müller", "Zoe"), one, one.replace("Zoë Müller", "Groß ® Łódź")):
        assert send(settings, sound.encode(encoding, "ignore")).batch["status"] != "refused"


def test_without_an_encoding_a_file_that_is_none_of_utf_8_is_refused(send: Send) -> None:
    for content in (text(line("A")).encode("cp1252"), text(line("A")).encode("utf-16")):
        assert send(COLUMNS + DEFAULTS, content).batch["reason"].endswith("(is_utf8)")


def test_without_quoting_a_quote_is_a_quote(send: Send, db: psycopg.Connection) -> None:
    skus = ['"S', 'S"', '"S"', 'a "b" c', '5" x 3"', '""', "O'S", "S, T"]
    rows = [line(f"A{at}", sku) for at, sku in enumerate(skus)]
    done = send(
        f'quote = ""\ndelimiter = "\\t"\n{COLUMNS}{DEFAULTS}', text(*rows, mark="\t").rstrip("\n")
    ).batch
    stored = dict(ask(db, "select order_number, item_id from orders join order_items using (order_key)"))
    assert stored == {f"A{at}": sku for at, sku in enumerate(skus)}
    assert done["orders"]["rejected"] == 0


def test_other_quotes_hold_delimiters_lines_and_themselves(send: Send, db: psycopg.Connection) -> None:
    rows = [line("A", "'S,\n \"1\"'"), line("B", "'O''S'"), line("C", "O'S")]
    assert (
        send(f'quote = "\'"\n{COLUMNS}{DEFAULTS}', text(*rows).replace("\n", "\r\n")).batch["orders"][
            "created"
        ]
        == 2
    )
    stored = dict(ask(db, "select order_number, item_id from orders join order_items using (order_key)"))
    assert stored == {"B": "O'S", "C": "O'S"}
    done = send(f'quote = "\'"\n{COLUMNS}{DEFAULTS}', text(line("A"), line("B", "'open"))).batch
    assert done["reason"].endswith("(has_sound_quotes)")


def test_a_file_of_one_long_line_is_refused_in_time(send: Send) -> None:
    for quote in ('""', '"\'"', "'\"'"):
        for content in ("x" * 20_000_000, "x,'" * 7_000_000, text() + 'a "' * 7_000_000):
            assert (
                send(f'encoding = "latin-1"\nquote = {quote}\n{COLUMNS}', content).batch["status"]
                == "refused"
            )


def test_rows_above_the_header_are_counted_as_skipped_and_number_the_others(send: Send) -> None:
    above = 'Title\n"two\nlines",x\n\n'
    done = send(f"header_row = 4\n{COLUMNS}{DEFAULTS}", above + text(line("A"), line("B", qty="0")))
    assert done.batch["rows"] | {"read": 5, "created": 1, "rejected": 1, "skipped": 3} == done.batch["rows"]
    assert (6, "items.quantity", "is_in_range") in {(r, c, "is_in_range") for r, c, _ in done.reasons()}
    told = pl.read_csv(Path(done.batch["report"]) / "results.csv", infer_schema=False)["findings"][1]
    assert json.loads(told)[0]["line"] == 7
    for name, content in (("no rows", above + text()), ("blank rows", above + text() + ",,\n")):
        done = send(f"header_row = 4\n{COLUMNS}{DEFAULTS}", content, name=f"{name}.csv")
        assert done.batch["status"] == "loaded", done.batch["reason"]
        assert done.batch["rows"]["skipped"] == 3


@pytest.mark.parametrize("header_row", [3, 9, 1000])
def test_a_header_that_is_not_where_the_settings_say(header_row: int, send: Send) -> None:
    done = send(f"header_row = {header_row}\n{COLUMNS}{DEFAULTS}", text(line("A")) + "\n" * 2).batch
    assert done["status"] == "refused"
    assert f"Row {header_row} is blank, or not there" in done["reason"]


def test_further_endings_are_csv_for_this_source_alone(send: Send, command: Command, tmp_path: Path) -> None:
    settings = f'files = [".txt", ".TSV"]\n{COLUMNS}{DEFAULTS}\n[sources.other]\n'
    for name in ("a.txt", "b.TXT", "c.tsv", "d.csv"):
        assert send(settings, text(line(name)), name=name).batch["status"] == "loaded"
    assert (
        send(settings, gzip.compress(text(line("e")).encode()), name="e.txt.gz").batch["status"] == "loaded"
    )
    other = command(
        "run", "--direct", "--json", "--source", "other", write(tmp_path / "o.txt", text(line("A")))
    )
    assert other.status != 0


# One case for each key that does something with rows

ROWS = {
    "fill_down": ('fill_down = "no"\n', [line("A"), line("", "S-2", to=[""] * 6)], {"A": ["S-1", "S-2"]}, 0),
    "skip_rows": (
        'skip_rows = [{ column = "Kind", is = ["gift"] }]\n',
        [line("A", "S-1", kind="gift"), line("A", "S-2", to=[""] * 6), line("B", kind="gift"), line("", kind="gift")],
        {"A": ["S-2"]},
        3,
    ),
    "skip_orders": (
        'skip_orders = [{ column = "Kind", filled = true }]\n',
        [line("A"), line("B"), line("C"), line("A", kind="x")],
        {"B": ["S-1"], "C": ["S-1"]},
        2,
    ),
    "head_only": (
        'head_only = [{ column = "Kind", is = ["sum"] }]\n',
        [line("A", "Sum of it", "7", "9", "sum"), line("A", "S-2", to=[""] * 6)],
        {"A": ["S-2"]},
        0,
    ),
    "decimal": ('decimal = ","\nthousands = " "\n', [line("A", price="1 234;5".replace(";", "."))], {}, 0),
    "cells": (
        'cells = { "No" = { strip = "#" }, "Country" = { values = "country-names" }, "Qty" = { whole = true } }\n',
        [line("#A", qty="2.0", to=[*TO[:5], "United States"]), line("A", "S-2", to=[""] * 6)],
        {"A": ["S-1", "S-2"]},
        0,
    ),
    "fallback": (
        'fallback = [{ where = ["Zip"], take = ["Kind"] }]\n',
        [line("A", kind="02108", to=[*TO[:4], "", "US"])],
        {"A": ["S-1"]},
        0,
    ),
    "if_blank": ('if_blank = { "items.quantity" = "1" }\n', [line("A", qty="")], {"A": ["S-1"]}, 0),
    "items": (
        """
        items = { "Kind" = { between = ";", pattern = "(?P<description>[a-z]+) x(?P<unitWeight_weight>[0-9]+)" } }
        if_blank = { "items.quantity" = "1", "items.unitWeight.unitOfMeasurement" = "OZ" }
        """,
        [line("A", "", "", "", "tea x1; mug x2")],
        {"A": [None, None]},
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", ROWS)
def test_what_a_key_does(key: str, send: Send, db: psycopg.Connection) -> None:
    settings, rows, wanted, skipped = ROWS[key]
    done = send(settings + COLUMNS + DEFAULTS, text(*rows)).batch
    found = ask(
        db,
        "select order_number, array_agg(item_id order by item_no) from orders join order_items using (order_key) group by 1",
    )
    assert dict(found) == wanted, done
    assert done["rows"]["skipped"] == skipped
    assert done["orders"]["rejected"] == (key == "decimal")


OWN_NAMES = {name: cell for name, cell in PLAIN.items() if name.startswith(("toA", "fromA", "charges"))}


def test_a_finding_in_a_group_stands_on_its_column(send: Send) -> None:
    settings = """
    decimal = ","
    columns = { "No" = "orderNumber" }
    repeat = { "Item # SKU" = "items.itemId", "Item # Qty" = "items.quantity", "Item # Price" = "items.unitPrice" }
    """
    first = {"Item 1 SKU": "S", "Item 1 Qty": "1", "Item 1 Price": "1,5", "Item 3 SKU": "T"}
    rows = [
        {"No": "A", **OWN_NAMES, **first, "Item 3 Qty": "0", "Item 3 Price": "1.5"},
        {"No": "B", **OWN_NAMES, **first, "Item 3 Qty": "1", "Item 3 Price": ""},
    ]
    done = send(settings, csv_text(rows))
    assert done.batch["orders"]["created"] == 1
    assert {(row, column) for row, column, _ in done.reasons()} == {(2, "Item 3 Qty"), (2, "Item 3 Price")}


def test_a_finding_in_a_part_stands_on_the_column_of_its_cell(send: Send) -> None:
    settings = """
    columns = { "No" = "orderNumber" }
    items = { "Details" = { between = "|", pattern = '(?P<itemId>[^;]*);(?P<quantity>[0-9]+)' } }
    """
    rows = [
        {"No": number, **OWN_NAMES, "Details": cell}
        for number, cell in (("A", "S;1|T;0"), ("B", "S;1|V"), ("C", "S;1|T;2"), ("D", "S;0|V|W;"))
    ]
    done = send(settings, csv_text(rows))
    assert done.batch["orders"] == {"created": 1, "unchanged": 0, "rejected": 3, "warned": 0}
    found = sorted(done.reasons())
    assert [(row, column) for row, column, _ in found] == [
        (2, "Details"),
        (3, "Details"),
        (5, "Details"),
        (5, "Details"),
    ][: len(found)]
    assert (3, "Details", "has_declared_form") in found


def test_a_cell_that_has_not_its_form_stands_in_the_fix_file_as_it_was(send: Send) -> None:
    done = send(
        f'decimal = ","\ncells = {{ "Zip" = {{ strip = "D-" }} }}\n{COLUMNS}{DEFAULTS}',
        text(line("A", price="1.5", to=[*TO[:4], "D-02108", "US"])),
    )
    assert done.reasons() == {(1, "Kind", "is_known"), (2, "items.unitPrice", "has_declared_form")} - {
        (1, "Kind", "is_known")
    }
    fixed = (Path(done.batch["report"]) / "rejected.csv").read_text().splitlines()[1]
    assert fixed.startswith("A,Zoë Müller,1 Sample Road,Boston,MA,D-02108,US,S-1,1,1.5,")


# Numbers of a Parquet have no form of their own


@pytest.mark.parametrize("thousands", ["", "."])
@pytest.mark.parametrize(
    ("prices", "steps"),
    [
        (pl.Series(["1.125"]).cast(pl.Decimal(10, 3)), ""),
        (pl.Series([1.125]), '[sources.shop.cells]\n"items.unitPrice" = { from = "float", decimals = 3 }'),
        (pl.Series(["1,125"]), ""),
    ],
    ids=["decimal", "float", "text"],
)
def test_a_number_of_a_parquet_is_what_it_is(
    send: Send, db: psycopg.Connection, tmp_path: Path, prices: pl.Series, steps: str, thousands: str
) -> None:
    """A point in it is no sign of thousands; and so it is once it has come back in a fix file."""
    settings = (
        f'decimal = ","\nthousands = "{thousands}"\n{steps}' if thousands else f'decimal = ","\n{steps}'
    )
    rows = pl.DataFrame([row("A-1"), row("A-2", toAddress__countryCode="USA")])
    file = tmp_path / "typed.parquet"
    rows.with_columns(pl.concat([prices, prices]).alias("items.unitPrice")).write_parquet(file)
    answer = send(settings, file.read_bytes(), name="a.parquet")
    assert answer.batch["orders"] == {"created": 1, "unchanged": 0, "rejected": 1, "warned": 0}
    mended = answer.fix_file.read_text().replace("USA", "US")
    assert send(settings, mended, name="b.csv").batch["orders"]["created"] == 1
    assert db.execute("select unit_price::text from order_items").fetchall() == [("1.1250",)] * 2
