"""The report's page in a real browser: how tall it is, on a phone, its links, the box that filters it, without a script."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from conftest import Command
from order_files import Row, row, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

LONG = "x" * 65_844
LONG_CELLS = [
    row(
        f"L-{LONG}",
        charges__currency=LONG,
        items__itemId=LONG,
        items__quantity=LONG,
        toAddress__postalCode=LONG,
        **{LONG: LONG, f"metadata.{LONG}": LONG},
    )
]
FAULTY = [
    row("A-1", items__quantity="0"),
    row("A-2", toAddress__countryCode="USA"),
    row("A-3", shippingPreferences__parcel__weightUnit="STONE", charges__gmv="1.005"),
    row("A-4", shippingPreferences__shipInsideManufacturerBox="perhaps"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def report(command: Command, db: psycopg.Connection, data: Path) -> str:
    """The address of the page of a batch with several causes."""
    return imported(command, data, FAULTY)


def imported(command: Command, data: Path, rows: list[Row]) -> str:
    answer = command("run", "--direct", "--json", write(data.parent / "sent" / "a.csv", rows))
    return (Path(answer.batch["report"]) / "report.html").as_uri()


def opened(browser: "Browser", address: str, size: dict[str, int], *, script: bool = True) -> "Page":
    """The page; that nothing is wrong with it is what the console says."""
    context = browser.new_context(viewport=size, java_script_enabled=script)  # type: ignore[arg-type]
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(address)
    assert told == []
    return page


def seen(page: "Page") -> list[str]:
    """The causes that are shown, by column and check."""
    return [" ".join(name.split()[1:]) for name in page.locator("article:visible h3").all_inner_texts()]


@pytest.mark.parametrize(("size", "tallest"), [(DESK, 5_000), (PHONE, 9_000)], ids=["desk", "phone"])
def test_no_cell_makes_it_tall_or_wide(
    browser: "Browser",
    command: Command,
    db: psycopg.Connection,
    data: Path,
    size: dict[str, int],
    tallest: int,
) -> None:
    """Every kind of cell has 65,844 characters: of an order's number, a value, a column, an entry of metadata."""
    page = opened(browser, imported(command, data, LONG_CELLS), size)
    assert page.locator("article").count() >= 7
    assert page.evaluate("document.documentElement.scrollHeight") < tallest
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


def test_a_name_is_broken_behind_a_dot_only(browser: "Browser", report: str) -> None:
    """On a phone, where the longest have no room on one line."""
    page = opened(browser, report, {"width": 320, "height": 800})
    broken = [lines for lines in page.evaluate(LINES) if len(lines) > 1]
    assert broken
    assert [lines for lines in broken if not all(line.endswith(".") for line in lines[:-1])] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


LINES = """() => [...document.querySelectorAll(".cause h3 code, .bars code")].map((code) => {
  const lines = []; let top = null;
  for (const text of [...code.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
    for (let at = 0; at < text.length; at++) {
      const range = document.createRange();
      range.setStart(text, at); range.setEnd(text, at + 1);
      const place = range.getBoundingClientRect();
      if (top === null || place.top > top + 3) { lines.push(""); top = place.top; }
      lines[lines.length - 1] += text.data[at];
    }
  }
  return lines;
})"""
"""The names of columns as they stand there, line by line."""


def test_the_box_shows_only_the_causes_with_its_words(browser: "Browser", report: str) -> None:
    page = opened(browser, report, DESK)
    every, box = seen(page), page.get_by_label("Show only causes with")
    assert len(every) > 3
    for words, wanted in {
        "is_country": ["toAddress.countryCode is_country"],
        "A-1 QUANTITY": ["items.quantity is_in_range"],
        "nowhere": [],
        "": every,
    }.items():
        box.fill(words)
        assert seen(page) == wanted
        told = f"{len(wanted)} of {len(every)} shown" if words else ""
        assert page.locator("#shown").inner_text() == told


def test_a_link_leads_to_its_cause_also_where_it_is_filtered_out(browser: "Browser", report: str) -> None:
    page = opened(browser, report, {"width": 900, "height": 400})
    links = page.locator(".bars a")
    assert links.count() > 3
    for at in range(links.count()):
        page.get_by_label("Show only causes with").fill("has_weight_and_unit")
        name = " ".join(links.nth(at).inner_text().split())
        links.nth(at).click()
        there = page.locator("article:target")
        there.wait_for(state="visible", timeout=5_000)
        assert " ".join(there.locator("h3").inner_text().split()[1:]) == name
        assert there.evaluate("it => Math.abs(it.getBoundingClientRect().top) < innerHeight")


def test_without_a_script_all_is_there_but_the_box(browser: "Browser", report: str) -> None:
    page = opened(browser, report, DESK, script=False)
    assert len(seen(page)) > 3
    assert not page.get_by_label("Show only causes with").is_visible()


def test_a_print_has_no_box_and_is_dark_on_white(browser: "Browser", report: str) -> None:
    page = opened(browser, report, DESK)
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.get_by_label("Show only causes with").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 36, 48)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_no_script_of_others_runs(browser: "Browser", report: str) -> None:
    """Not even where our own escaping failed: a browser is told which script and style are ours."""
    path = Path(report.removeprefix("file://"))
    planted = (
        '<script>document.title = "acted"</script><img src=x onerror="document.title = \'acted\'"></main>'
    )
    path.write_text(path.read_text().replace("</main>", planted))
    page = browser.new_page()
    page.goto(report)
    page.wait_for_timeout(200)
    assert page.title() != "acted"
    assert page.get_by_label("Show only causes with").is_visible()
