"""P22: no cell of any output acts as a formula, HTML or a terminal's escape, and what defuses it is taken off again."""

import csv
import io
import json
import re
from pathlib import Path

import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conftest import Command
from flows.console import show_progress
from flows.fix_file import FIX_COLUMNS
from flows.fix_file.form import FixFile
from flows.fix_file.formulas import escape_formula, escape_formulas, unescape_formula
from flows.fix_file.render import fix_lines
from flows.frames import FINDINGS, REJECTED
from flows.progress import notify
from flows.report.html import show_unseen
from flows.report.markdown import first_findings, render_markdown
from flows.results import Counts, Result
from order_files import csv_text, row, write
from report_page import assert_inert, read_page

PAYLOADS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "''+x",
    "<script>alert(1)</script>",
    '"><img src=x>',
    "\x1b[31mred",
    "[a](http://x)",
]
IN_MARKDOWN = [
    *PAYLOADS,
    "`",
    "``x``",
    "a`<b>x</b>`",
    "`[a](javascript:alert(1))`",
    "www.example.com",
    "someone@example.com",
    "![x](http://x)",
    "|a|b|\n|---|---|",
    "\\`x",
    "# x\n\n<script>",
    " ",
]


def test_no_output_acts_and_the_fix_file_comes_back(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Two rounds of mending later each value is what it was."""
    # An apostrophe in front of an order number is an error of its own (R24).
    rows = [
        row(f"N{text}" if text[0] == "'" else text, items__description=text, toAddress__countryCode="USA")
        for text in PAYLOADS
        if "\x1b" not in text
    ]
    rows.append(row("\x1b[31mred", toAddress__countryCode="USA"))
    answer = command("run", "--direct", "--json", write(data.parent / "=cmd<b>.csv", rows))
    for _ in range(2):
        report = Path(answer.batch["report"])
        for name in ("results.csv", "rejected.csv"):
            for cells in csv.reader(io.StringIO((report / name).read_text(), newline="")):
                assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
        page = read_page(report)
        assert not page.all("img") + page.all("b2")
        assert_inert(page)
        assert "\x1b" not in (report / "report.html").read_text()
        again = (report / "rejected.csv").read_text().replace("Boston", "Bostonn")
        answer = command("run", "--direct", "--json", write(data.parent / "again.csv", again))
    mended = (Path(answer.batch["report"]) / "rejected.csv").read_text().replace(",USA,", ",US,")
    command("run", "--direct", "--json", write(data.parent / "mended.csv", mended))
    stored = {
        found[0]
        for found in db.execute(
            "select description from order_items join orders using (order_key)"
            " where order_number in (description, 'N' || description)"
        )
    }
    assert stored == {text for text in PAYLOADS if "\x1b" not in text}


UNSEEN = [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]  # fmt: skip
"""Control characters but for tabs and line ends; and what turns the direction of all that stands behind it."""


def test_a_page_shows_what_cannot_be_seen() -> None:
    shown = {code: show_unseen(f"a{chr(code)}b") for code in UNSEEN}
    assert shown == dict.fromkeys(UNSEEN, "a\N{REPLACEMENT CHARACTER}b")
    assert show_unseen("a\tb\r\né\u05e9 ") == "a\tb\r\né\u05e9 "


def test_the_terminal_shows_no_escape(command: Command, db: psycopg.Connection, data: Path) -> None:
    text = csv_text([row("A-1")]).replace("orderNumber", "\x1b[31m,\x1b[31m,orderNumber")
    answer = command("run", "--direct", write(data.parent / "x\x1b[31m.csv", text))
    assert answer.status == 3
    assert "\x1b" not in answer.out + answer.err


@pytest.mark.parametrize("text", IN_MARKDOWN)
def test_no_value_acts_in_markdown(tmp_path: Path, text: str) -> None:
    """Each is in a span of code: no HTML, no link but that of the report, no text that a page would make a link of."""
    causes = [
        {
            "severity": "error",
            "column_name": text,
            "check_name": "x",
            "orders": 1,
            "findings": 1,
            "hint": "Write <b> as *it* is.",
        }
    ]
    (tmp_path / "summary.json").write_text(json.dumps({"causes": causes}))
    result = Result(
        batch_id="b" * 20,
        file=text,
        source=text,
        status="refused",
        reason=text,
        report=tmp_path,
        counts=Counts(rows_read=1, orders_rejected=1),
    )
    parts = MarkdownIt("commonmark").enable("table").parse(render_markdown(result, "http://reports/"))
    tokens = [token for part in parts for token in [part, *(part.children or [])]]
    assert [token.attrs["href"] for token in tokens if token.type == "link_open"] == [
        f"http://reports/{tmp_path.name}/report.html"
    ]
    assert not {token.type for token in tokens} & {"html_inline", "html_block", "image", "autolink"}
    assert [token.type for token in tokens].count("table_open") == 3
    assert [token.type for token in tokens].count("code_inline") == 8
    plain = " ".join(token.content for token in tokens if token.type == "text")
    assert not re.search("www|http|@", plain)


def test_no_finding_acts_in_a_table(command: Command, db: psycopg.Connection, data: Path) -> None:
    """The cells of a table may be taken for Markdown too."""
    texts = [text for text in IN_MARKDOWN if text.strip()]
    rows = [row(f"A-{at}", charges__currency=text) for at, text in enumerate(texts)]
    answer = command("run", "--direct", "--json", write(data.parent / "a.csv", rows))
    result = Result(batch_id="b", file="f", source="s", status="partial", report=Path(answer.batch["report"]))
    found = first_findings(result)
    assert len(found) >= len(texts)
    parser = MarkdownIt("commonmark").enable("table")
    for finding in found:
        parts = parser.parse(finding["value"])
        tokens = [token for part in parts for token in [part, *(part.children or [])]]
        assert {token.type for token in tokens} <= {
            "paragraph_open",
            "paragraph_close",
            "inline",
            "text",
            "code_inline",
        }
        assert not re.search("www|http|@", "".join(token.content for token in tokens if token.type == "text"))


SEPARATED = [
    f"A{mark}{text}"
    for mark in (",", ";", "\t", "|", "\n", "\r\n", '; "', ", ")
    for text in ("=1+1", "+1", "-1", "@A1", "'=1", "\uff1d1", "\t1")
]
"""Formulas for a spreadsheet that splits a line at another separator than ours."""  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
def test_no_cell_acts_whatever_a_line_is_split_at(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    """Neither in the answers nor in the fix file, where each text comes back as it was sent."""
    settings = f"[sources.default]\ndelimiter = {json.dumps(delimiter)}\n"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data / "s.toml", settings)))
    texts = [*PAYLOADS, *SEPARATED]
    rows = [row(f"A-{at};=1", items__description=text, items__quantity="0") for at, text in enumerate(texts)]
    rows.append(row("B,=1", items__itemId="A;=1", items__quantity="0"))  # a value that is told
    rows.append(row("C", charges__currency="A|=1;@x", items__description="x"))
    sent = csv_text(rows, delimiter=delimiter)
    answer = command("run", "--direct", "--json", write(data / "x.csv", "\ufeff" + sent))
    report = Path(answer.batch["report"])
    for name in ("results.csv", "rejected.csv"):
        text = (report / name).read_text()
        for mark in ",;\t|":
            cells = [
                cell for line in csv.reader(io.StringIO(text, newline=""), delimiter=mark) for cell in line
            ]
            assert [cell for cell in cells if cell.lstrip('" \ufeff')[:1] in tuple("=+-@\uff1d\t\r")] == []
    told = pl.read_csv(report / "results.csv", infer_schema=False)["findings"]
    assert "A|=1;@x" in {found.get("value") for cell in told for found in json.loads(cell)}
    again = command("run", "--direct", "--json", report / "rejected.csv")
    kept = "select cells->>%s from rejected_rows where batch_id = %s order by row_number"
    at = list(rows[-1]).index("items.description")
    for batch in (answer.batch, again.batch):
        assert [cell for (cell,) in db.execute(kept, (at, batch["batch_id"]))][: len(texts)] == texts
    fix = (report / "rejected.csv").read_text()
    mark = delimiter if delimiter != ":" else ","
    mended = fix.replace(f"{mark}0{mark}", f"{mark}5{mark}").replace("A|'=1;'@x", "USD")
    command("run", "--direct", "--json", write(data / "mended.csv", mended))
    numbers = {number for (number,) in db.execute("select order_number from orders")}
    assert {"A-0;=1", "B,=1", "C"} <= numbers


def test_a_template_acts_no_more_than_its_names(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a template that was filled in is read."""
    settings = (
        "[sources.shop]\n[sources.shop.columns]\n'=number' = 'orderNumber'\n'SKU;@id' = 'items.itemId'\n"
    )
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(write(data.parent / "s.toml", settings)))
    header = command("template", "--layout", "shop").out.strip()
    names = next(csv.reader([header]))
    assert {"'=number", "SKU;'@id"} <= set(names)
    cells = row("A-1") | {"'=number": "A-1", "SKU;'@id": "SKU-1"}
    filled = csv_text([{name: cells.get(name, "") for name in names}])
    answer = command("run", "--direct", "--json", "--source", "shop", write(data.parent / "x.csv", filled))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 1)


TEXT = st.text(st.sampled_from("ab'=+-@ ,;|\"\t\r\n\\\ufeff\uff1d\xa0"), max_size=12) | st.text(max_size=8)


@pytest.mark.parametrize(
    "begin", [*"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", " =", "\xa0\r", "\u200b\t", '"='], ids=ascii
)
def test_what_may_act_at_the_beginning_of_a_cell_is_escaped(begin: str) -> None:
    """White space too, which some take away, and then what is behind it stands there."""
    written = pl.DataFrame({"sent": [f"{begin}x", "x"]}).select(escape_formula(pl.col("sent")))
    assert written.to_series().to_list() == [f"'{begin}x", "x"]


@given(texts=st.lists(TEXT, max_size=20), mark=st.sampled_from(",;\t|"), other=st.sampled_from(",;\t|"))
def test_what_defuses_a_text_is_taken_off_exactly(texts: list[str], mark: str, other: str) -> None:
    frame = pl.DataFrame({"sent": texts}, schema={"sent": pl.String})
    frame = frame.with_columns(written=escape_formula(pl.col("sent")))
    assert frame.select(unescape_formula(pl.col("written"))).to_series().to_list() == texts
    assert escape_formulas(frame["sent"]).to_list() == frame["written"].to_list()
    line = io.StringIO()
    csv.writer(line, delimiter=mark, lineterminator="\n").writerow(["x", *frame["written"]])
    for cells in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=other):
        assert not [cell for cell in cells if cell.strip('" \xa0\ufeff')[:1] in tuple("=+-@\uff1d")]


CELL = st.none() | st.text(st.sampled_from("ab'=+-@ ,;|\"\t\r\n\\é\0"), max_size=5)


@given(
    rows=st.lists(
        st.lists(CELL, min_size=3, max_size=3).filter(any), max_size=5
    ),  # a blank row is never kept
    delimiter=st.sampled_from(",;|\t"),
    header=st.sampled_from(
        [("a", "b", "c"), ("a", FIX_COLUMNS[0], "c"), (FIX_COLUMNS[0], "b", FIX_COLUMNS[1])]
    ),
)
def test_a_row_is_written_alike_beside_whole_rows_and_beside_others(
    rows: list[list[str | None]], delimiter: str, header: tuple[str, ...]
) -> None:
    """And a reader finds in it what was sent, blank cells and what defuses it aside."""
    sent = enumerate([*rows, ["x"]])
    delivered = [{"row_number": at, "item": 0, "cells": json.dumps(cells)} for at, cells in sent]
    frame = pl.DataFrame(delivered, schema={name: REJECTED[name] for name in ("row_number", "item", "cells")})
    short = {"row_number": len(rows), "check_name": "has_every_cell", "hint": "Short."}
    findings = pl.DataFrame([short], schema=FINDINGS)
    file = FixFile(header=header, batch="b" * 20, source_delimiter=delimiter)
    whole = fix_lines(frame[:-1], findings.clear(), file)
    assert fix_lines(frame, findings, file).startswith(whole)
    read = [row[:-3] for row in csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter)]
    kept = [[cells[at] or "" for at in file.kept] for cells in rows]
    text = pl.DataFrame({"cell": [cell for row in read for cell in row]}, schema={"cell": pl.String})
    came = text.select(unescape_formula(pl.col("cell"))).to_series().to_list()
    assert came == [cell for row in kept for cell in row]


@pytest.mark.parametrize(
    "name", ["[/b]x.csv", "[red]x.csv", "[link=http:~~x]y[/link].csv", "{x}.csv", ":smile:.csv"]
)
def test_a_name_is_a_name_beside_the_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    with show_progress(quiet=False):
        notify(name, 1, 0.5)
    assert name in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
