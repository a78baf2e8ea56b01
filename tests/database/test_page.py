"""The report's page: in five seconds, how many orders are in, how many are not, why, and what to do.

P14 rendered again it is the same; P17 it has a bound; P21, P22 nothing personal, nothing that acts.
"""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Answer, Command
from flows.frames import FINDINGS
from flows.report import causes as causes_module
from flows.report.answers import AnswerFiles
from flows.report.causes import Causes
from flows.report.drawing import outcome_bar
from flows.report.headline import headline, took
from flows.report.html import MOST_SHOWN
from flows.results import Counts, Result
from flows.status import Status
from order_files import Row, row, write
from report_page import REPORT, Element, assert_inert, causes, read_page

FIVE = [
    row("A-1"),
    row("A-2", items__quantity="2.5"),
    row("A-2", items__itemId="SKU-2"),
    row("A-3", items__quantity="1,5", toAddress__countryCode="USA"),
    row("A-4", charges__gmv="1.005"),
    row("A-5"),
]
FIVE_CAUSES = [
    (
        "error",
        "items.quantity is_integer",
        "2 orders",
        [("A-2", "row 3, item 1", "2.5"), ("A-3", "row 5, item 1", "1,5")],
    ),
    ("error", "toAddress.countryCode is_country", "1 order", [("A-3", "row 5", "USA")]),
    ("warning", "charges.gmv fits_currency_decimals", "1 order", [("A-4", "row 6", "1.005")]),
]
ONE_CAUSE = [row(f"B-{at}", charges__currency="US$" if at % 100 else "USD") for at in range(5000)]
REFUSED = [row(f"C-{at}", toAddress__email="nobody") for at in range(4)]

STATES: dict[str, tuple[str, list[Row] | str, dict[str, Any]]] = {
    "five orders": (
        "run",
        FIVE,
        {
            "headline": "3 of 5 orders are in, 2 are not.",
            "numbers": ["3 created", "0 unchanged", "2 rejected", "1 with a warning", "3 items"],
            "widths": [("created", 60.0), ("rejected", 40.0)],
            "causes": FIVE_CAUSES,
            "do": [
                "rejected.xlsx in a spreadsheet, or rejected.csv",
                "import_findings",
                "drop again, {data}/drop",
                "order-import replay {id}",
            ],
        },
    ),
    "5,000 orders with one cause": (
        "run",
        ONE_CAUSE,
        {
            "headline": "50 of 5,000 orders are in, 4,950 are not.",
            "numbers": ["50 created", "0 unchanged", "4,950 rejected", "0 with a warning", "50 items"],
            "widths": [("created", 1.0), ("rejected", 99.0)],
            "causes": [
                (
                    "error",
                    "charges.currency is_currency",
                    "4,950 orders",
                    [(f"B-{at}", f"row {at + 2}", "US$") for at in (1, 2, 3)],
                )
            ],
            "do": ["the 4,950 rejected orders"],
        },
    ),
    "nothing wrong": (
        "run",
        [row("D-1"), row("D-2")],
        {
            "headline": "All 2 orders are in.",
            "numbers": ["2 created", "0 unchanged", "0 rejected", "0 with a warning", "2 items"],
            "widths": [("created", 100.0)],
            "causes": [],
            "do": ["What to do Nothing."],
        },
    ),
    "only warnings": (
        "run",
        [row("W-1", charges__gmv="1.005", colour="red"), row("W-2")],
        {
            "headline": "All 2 orders are in.",
            "numbers": ["2 created", "0 unchanged", "0 rejected", "1 with a warning", "2 items"],
            "widths": [("created", 100.0)],
            "causes": [
                (
                    "warning",
                    "charges.gmv fits_currency_decimals",
                    "1 order",
                    [("W-1", "row 2", "1.005")],
                ),
                ("warning", "colour is_known", "the whole file", []),
            ],
            "do": ["Nothing has to be done: a warning keeps no order out."],
        },
    ),
    "every order rejected": (
        "run",
        REFUSED,
        {
            "headline": "None of the 4 orders is in.",
            "numbers": ["0 created", "0 unchanged", "4 rejected", "0 with a warning", "0 items"],
            "widths": [("rejected", 100.0)],
            "causes": [
                (
                    "error",
                    "toAddress.email is_email",
                    "4 orders",
                    [(f"C-{at}", f"row {at + 2}", "personal: only in the fix file") for at in (0, 1, 2)],
                )
            ],
            "do": ["the 4 rejected orders"],
        },
    ),
    "the file refused": (
        "run",
        "orderNumber\nE-1\n",
        {
            "headline": "Refused: nothing of this file was imported.",
            "numbers": [],
            "widths": [],
            "causes": [],
            "do": ["Mend what the reason names, and send the file again."],
        },
    ),
    "a dry run": (
        "check",
        FIVE,
        {
            "headline": "3 of 5 orders would be in, 2 would not.",
            "numbers": [
                "3 would be created",
                "0 would be unchanged",
                "2 would be rejected",
                "1 with a warning",
                "3 items",
            ],
            "widths": [("created", 60.0), ("rejected", 40.0)],
            "causes": FIVE_CAUSES,
            "do": ["Or import it as it is: 3 orders go in"],
        },
    ),
    "a dry run with nothing wrong": (
        "check",
        [row("D-1")],
        {
            "headline": "The one order would be in.",
            "numbers": [
                "1 would be created",
                "0 would be unchanged",
                "0 would be rejected",
                "0 with a warning",
                "1 item",
            ],
            "widths": [("created", 100.0)],
            "causes": [],
            "do": ["Nothing to mend. Import it."],
        },
    ),
    "no orders": (
        "run",
        ",".join(row()),
        {
            "headline": "There are no orders in this file.",
            "numbers": [],
            "widths": [],
            "causes": [],
            "do": ["What to do Nothing."],
        },
    ),
}


@pytest.fixture
def reported(command: Command, data: Path) -> Callable[..., Answer]:
    """Import a file, or check it; its report, also of one that is refused."""

    def report(word: str, rows: list[Row] | str, name: str = "a.csv") -> Answer:
        words = ("run", "--direct") if word == "run" else (word,)
        answer = command(*words, "--json", write(data.parent / "sent" / name, rows))
        if answer.batch["report"] is None:
            return command("report", "--json", answer.batch["batch_id"])
        return answer

    return report


@pytest.mark.parametrize("state", STATES)
def test_what_it_says_in_each_state(
    reported: Callable[..., Answer], db: psycopg.Connection, data: Path, state: str
) -> None:
    word, rows, wanted = STATES[state]
    batch = reported(word, rows).batch
    page = read_page(batch["report"])
    assert page.one("h1").text == wanted["headline"]
    assert page.one("title").text.endswith(f"{wanted['headline']} a.csv")
    assert [line.text for number in page.all(cls="numbers") for line in number.all("li")] == wanted["numbers"]
    drawn = [part for bar in page.all(cls="outcomes") for part in bar.inside if isinstance(part, Element)]
    widths = [
        (rect.attributes["class"], float(rect.attributes["width"].rstrip("%")))
        for rect in (drawn[0].all("rect") if drawn else [])
    ]
    assert widths == wanted["widths"]
    assert causes(page) == wanted["causes"]
    for told in wanted["do"]:
        assert told.format(data=data, id=batch["batch_id"]) in page.one("section", **NEXT).text
    assert [banner.one("b").text for banner in page.all(cls="banner")] == (
        ["A dry run: nothing was imported."] if word == "check" else []
    )
    assert bool(page.all("p", cls="reason")) == (state == "the file refused")


NEXT = {"aria-labelledby": "next"}


@pytest.mark.parametrize("state", STATES)
def test_every_link_leads_somewhere_and_nothing_comes_from_outside(
    reported: Callable[..., Answer], db: psycopg.Connection, state: str
) -> None:
    word, rows, _ = STATES[state]
    report = Path(reported(word, rows).batch["report"])
    page = read_page(report)
    ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [element.attributes["href"] for element in page.all("a")]
    assert [
        link
        for link in links
        if not (link[1:] in ids if link.startswith("#") else (report / unquote(link)).is_file())
    ] == []
    assert {element.attributes["for"] for element in page.all("label")} <= set(ids)
    named = {name for element in page.all() for name in [element.attributes.get("aria-labelledby")] if name}
    assert named <= set(ids)
    assert not [element for element in page.all() if {"src", "style", "srcset"} & element.attributes.keys()]
    assert not page.all("link") + page.all("img") + page.all("iframe") + page.all("form")
    assert "http:" not in page.one("style").raw + "".join(script.raw for script in page.all("script"))
    assert_inert(page)


def test_tables_have_headers_and_headings_their_order(
    reported: Callable[..., Answer], db: psycopg.Connection
) -> None:
    page = read_page(reported("run", FIVE).batch["report"])
    for table in page.all("table"):
        first, *others = table.all("tr")
        assert {cell.tag for cell in first.all() if cell.tag in ("th", "td")} == {"th"}
        assert {cell.attributes["scope"] for cell in table.all("th")} <= {"col", "row"}
        assert others
    levels = [int(element.tag[1]) for element in page.all() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert levels.count(1) == 1


def test_zero_is_grey(reported: Callable[..., Answer], db: psycopg.Connection) -> None:
    page = read_page(reported("run", FIVE).batch["report"])
    for number in page.all("b", cls="number"):
        assert ("zero" in number.attributes["class"].split()) == (number.text == "0")


def test_what_the_batch_was(
    reported: Callable[..., Answer], command: Command, db: psycopg.Connection, data: Path
) -> None:
    batch = reported("run", FIVE).batch
    (sha256,) = db.execute("select sha256 from batches").fetchone() or ()
    told = facts(batch)
    assert told["SHA-256 of its bytes"] == sha256
    assert (told["File"], told["Source"], told["Batch"]) == ("a.csv", "default", batch["batch_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, took .+", told["Begun"])
    assert f"in {data}/archive/default, under a name with {sha256[:12]} in it" in told["Where it is now"]
    write(data / "drop" / "shop" / "b.csv", FIVE)
    dropped = command("run", "--direct", "--json").batch
    (moved,) = (data / "archive").rglob("*b.csv")
    where = facts(dropped)["Where it is now"]
    assert f"in {moved.parent}, under" in where
    assert moved.name.split("-")[1] in where
    replayed = command("replay", "--json", dropped["batch_id"]).batch
    assert f"the rejected rows of batch {dropped['batch_id']}," in facts(replayed)["Where it is now"]
    checked = reported("check", FIVE).batch
    assert facts(checked)["Where it is now"] == "Where it was: a dry run moves nothing."


def facts(batch: dict[str, Any]) -> dict[str, str]:
    listed = read_page(batch["report"]).one("dl")
    names, values = listed.all("dt"), listed.all("dd")
    return {name.text: value.text for name, value in zip(names, values, strict=True)}


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("chunk_rows", ["1", "50000"])
def test_rendered_again_it_is_the_same(
    reported: Callable[..., Answer],
    command: Command,
    db: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    small: bool,
    chunk_rows: str,
) -> None:
    """And the same however the rows were cut, and wherever the answers were kept."""
    monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", chunk_rows)
    monkeypatch.setattr(AnswerFiles, "is_small", lambda _: small)
    batch = reported("run", [*FIVE, *ONE_CAUSE[:9]]).batch
    page = Path(batch["report"], "report.html")
    first = page.read_bytes()
    page.unlink()
    command("report", batch["batch_id"])
    assert page.read_bytes() == first
    assert causes(read_page(batch["report"])) == [
        (
            "error",
            "charges.currency is_currency",
            "8 orders",
            [(f"B-{at}", f"row {at + 8}", "US$") for at in (1, 2, 3)],
        ),
        *FIVE_CAUSES,
    ]


def test_examples_are_of_different_orders_if_they_can_be(
    reported: Callable[..., Answer], db: psycopg.Connection
) -> None:
    rows = [row(number, items__itemId=f"{at}", items__quantity="0") for number in "AB" for at in range(5)]
    ((_, _, count, examples),) = causes(read_page(reported("run", rows).batch["report"]))
    assert count == "2 orders, 10 findings"
    assert [(order, where) for order, where, _ in examples] == [
        ("A", "row 2, item 1"),
        ("B", "row 7, item 1"),
        ("A", "row 3, item 2"),
    ]


def test_a_hint_of_its_own_stands_with_its_finding(
    reported: Callable[..., Answer], db: psycopg.Connection
) -> None:
    reported("run", [row("A-1"), row("A-2")])
    changed = [row("A-1", items__quantity="7"), row("A-2", toAddress__cityTown="Salem")]
    page = read_page(reported("run", changed, "changed.csv").batch["report"])
    cells = [line.all("td")[2].text for line in page.one("article").all("tr")[1:]]
    assert ["items" in cells[0], "toAddress.cityTown" in cells[1]] == [True, True]


def test_it_lists_so_many_causes_and_says_where_the_others_are(
    reported: Callable[..., Answer], db: psycopg.Connection
) -> None:
    unknown = {f"column {at}": "x" for at in range(MOST_SHOWN + 20)}
    batch = reported("run", [row("A-1", items__quantity="0") | unknown]).batch
    page = read_page(batch["report"])
    assert len(page.all("article")) == MOST_SHOWN
    assert causes(page)[0][:3] == ("error", "items.quantity is_in_range", "1 order")
    told = page.one("section", **{"aria-labelledby": "causes"}).text
    assert f"Here are {MOST_SHOWN} of {MOST_SHOWN + 21}," in told
    assert told.endswith("21 more causes, each of which touches fewer orders, are in results.csv.")
    assert len(json.loads(Path(batch["report"], "summary.json").read_text())["causes"]) == MOST_SHOWN + 21


def test_what_is_held_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many findings go by, and however long the number of an order is."""
    monkeypatch.setattr(causes_module, "HELD", 500)
    found = Causes(FINDINGS.to_frame())
    for window in range(50):
        rows = range(1000 * window, 1000 * window + 1000)
        numbers = [f"{at}{'x' * 10_000}" if at % 7 == 0 else f"{at}" for at in rows]
        found.add(
            *findings_of([(at, f"{at % 100}", number) for at, number in zip(rows, numbers, strict=True)])
        )
        held = [*found._counts, found._examples]
        assert sum(part.height for part in held) <= 500 + 100 + 300
        assert sum(part.estimated_size() for part in held) < 1 << 18
    first, second = found.with_examples(2)
    assert (found.count(), first.orders, first.column_name) == (100, 500, "0")
    assert [example["order_number"] for example in second.examples] == ["1", "101", "201"]


def findings_of(found: list[tuple[int, str, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders, and findings on them: of each finding the order's first row, the column, and the order's number."""
    told = pl.DataFrame(found, schema=["first_row", "column_name", "order_number"], orient="row")
    of_row = {
        "row_number": pl.col("first_row"),
        "check_name": pl.lit("is_integer"),
        "severity": pl.lit("error"),
    }
    findings = told.drop("order_number").with_columns(**of_row, hint=pl.lit(""), count=pl.lit(1))
    every = pl.concat([FINDINGS.to_frame(), findings], how="diagonal_relaxed").cast(FINDINGS)  # type: ignore[arg-type]
    return told.select("first_row", "order_number").unique(maintain_order=True), every


@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=4), min_size=1, max_size=20),
    st.lists(st.integers(1, 19), max_size=4),
)
def test_causes_are_the_same_however_the_orders_are_cut(orders: list[list[str]], cuts: list[int]) -> None:
    """P19: `orders` have these columns wrong, and come in windows that end at `cuts`."""
    rows = [[(at, column, f"N-{at}") for column in columns] for at, columns in enumerate(orders)]
    whole, cut = Causes(FINDINGS.to_frame()), Causes(FINDINGS.to_frame())
    bounds = [0, *sorted({at for at in cuts if at < len(rows)}), len(rows)]
    for start, end in pairwise(bounds):
        if found := [each for order in rows[start:end] for each in order]:
            cut.add(*findings_of(found))
    if found := [each for order in rows for each in order]:
        whole.add(*findings_of(found))
    assert cut.with_examples(9) == whole.with_examples(9)
    for cause in whole.with_examples(9):
        with_it = [at for at, columns in enumerate(orders) if cause.column_name in columns]
        assert [example["first_row"] for example in cause.examples][: len(with_it)] == with_it[:3]


def test_what_an_earlier_program_kept_is_cut_too(
    reported: Callable[..., Answer], command: Command, db: psycopg.Connection
) -> None:
    batch = reported("run", FIVE).batch
    db.execute("update findings set value = repeat('v', 65844), column_name = repeat('c', 65844)")
    command("report", batch["batch_id"])
    page = Path(batch["report"], "report.html").read_text(encoding="utf-8")
    assert "v" * 79 + "…" in page
    assert "c" * 79 + "…" in page
    assert not re.search("v{80}|c{80}", page)


def test_a_long_name_of_a_column_is_cut_wherever_it_is_told(
    reported: Callable[..., Answer], db: psycopg.Connection
) -> None:
    batch = reported("run", [row("A-1") | {"c" * 65_844: ""}]).batch
    assert db.execute("select length(column_name) from findings").fetchall() == [(80,)]
    (cause,) = json.loads(Path(batch["report"], "summary.json").read_text())["causes"]
    assert cause["column_name"] == "c" * 79 + "…"
    assert not re.search("c{80}", Path(batch["report"], "report.html").read_text(encoding="utf-8"))


HEADLINES: dict[str, tuple[Status, tuple[int, int, int], bool]] = {
    "The one order is in.": (Status.LOADED, (1, 0, 0), False),
    "The one order is not in.": (Status.PARTIAL, (0, 0, 1), False),
    "The one order would not be in.": (Status.PARTIAL, (0, 0, 1), True),
    "All 1,200 orders are in.": (Status.LOADED, (200, 1000, 0), False),
    "1 of 2 orders is in, 1 is not.": (Status.PARTIAL, (0, 1, 1), False),
    "None of the 7 orders would be in.": (Status.PARTIAL, (0, 0, 7), True),
    "All 2 orders would be in.": (Status.LOADED, (1, 1, 0), True),
    "Refused: nothing of this file was imported.": (Status.REFUSED, (0, 0, 0), False),
    "Refused. Of this file 3 orders are in from before, and stay so.": (Status.REFUSED, (3, 0, 0), False),
    "The import failed. Of this file 1 order is in so far.": (Status.FAILED, (1, 0, 4), False),
    "The import has not ended yet. Of this file 0 orders are in so far.": (Status.LOADING, (0, 0, 0), False),
}


@pytest.mark.parametrize("sentence", HEADLINES)
def test_the_headline(sentence: str) -> None:
    status, (created, unchanged, rejected), dry_run = HEADLINES[sentence]
    counts = Counts(orders_created=created, orders_unchanged=unchanged, orders_rejected=rejected)
    result = Result(batch_id="b", file="f", source="s", status=status, counts=counts, dry_run=dry_run)
    assert headline(result) == sentence


@pytest.mark.parametrize(
    ("ended_at", "told"),
    [
        ("2026-01-31T12:00:00.900Z", "less than a second"),
        ("2026-01-31T12:00:01.100Z", "1 second"),
        ("2026-01-31T12:00:59.400Z", "59 seconds"),
        ("2026-01-31T12:03:07.000Z", "3 min 07 s"),
        ("2026-02-01T14:05:00.000Z", "26 h 05 min"),
        (None, ""),
    ],
)
def test_how_long_it_took(ended_at: str | None, told: str) -> None:
    assert took("2026-01-31T12:00:00.000Z", ended_at) == told


def test_one_order_of_a_million_is_drawn() -> None:
    counts = Counts(orders_created=999_999, orders_rejected=1)
    parts = outcome_bar(Result(batch_id="b", file="f", source="s", status=Status.PARTIAL, counts=counts))
    assert parts[1].width >= 0.9
    assert sum(part.width for part in parts) == pytest.approx(100)


# Colours


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_told_from_their_ground(scheme: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (REPORT / "report.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", blocks[scheme == "dark"]))
    assert len(colours) == 9
    for ground in ("paper", "ground"):
        for name in ("ink", "faint", "good", "same", "warn", "bad"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


def contrast(one: str, other: str) -> float:
    """By the web's guidelines on accessibility (WCAG 2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
