"""The docs: what is printed is what the code has, what is named exists, what is shown runs, no link is dead."""

import ast
import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from conftest import Command
from doc_checks import names_in_the_code
from doc_tables import headline
from flows import report
from flows.database.migrate import NEWEST
from flows.database.tables import metadata
from flows.formats import FORMATS
from flows.report import FILES, WORKBOOK
from import_environment import GRANTS, ImportEnvironment
from order_files import write
from orders import PLAIN, found
from print_docs import DOCS, ROOT, printed, tables

README = ROOT / "README.md"
PAGES = sorted(DOCS.glob("*.md"))
ALL = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES]
MOST_BYTES = 8192
"""Of the README: what a stranger reads in a few minutes."""

FORMER = {"Told", "Said", "Settled", "judge", "Judged", "carry_through", "reap", "endure", "glance", "surely"}
FORMER |= {"defused", "come_out", "rehearse", "spill", "recall", "end_stopped", "prove"}
"""Words that nobody understood; docs/glossary.md has those that took their places."""


def block(page: Path, language: str) -> str:
    """The one fenced block of a language on a page."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)
    return str(text)


# What is printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_what_the_code_prints(page: Path) -> None:
    assert page.read_text() == printed(page.read_text()), "Run: python tests/print_docs.py"


def test_every_table_has_its_place() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    places = [name for name in tables() if pages.count(f"<!-- printed from the code: {name} -->") != 1]
    assert not places, f"No page, or more than one, has a place for {places}"


def test_every_check_and_reason_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "checks.md").read_text(), re.MULTILINE))
    missing = sorted(names_in_the_code() - rows)
    assert not missing, (
        f"docs/checks.md has no row for {missing}: python tests/print_docs.py prints that of a Check(…) and of a"
        " refused batch; any other check needs a row of OTHER_CHECKS in validators/hints.py first"
    )


def test_every_column_of_the_database_is_described() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    missing = [str(column) for column in columns if not column.doc]
    assert not missing, f"Say what {missing} are, by doc= in flows/database/tables.py"


# What is named


def test_the_readme_is_short() -> None:
    assert len(README.read_bytes()) <= MOST_BYTES


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_no_link_is_dead(page: Path) -> None:
    """mkdocs sees those within docs/."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_settings_are_documented() -> None:
    text = (DOCS / "configuration.md").read_text()
    names = {
        name
        for module in ROOT.glob("flows/**/*.py")
        for name in re.findall(r"ORDER_IMPORT_[A-Z_]+[A-Z]", module.read_text())
    }
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_every_format_is_documented() -> None:
    text = (DOCS / "order-format.md").read_text()
    missing = [ending for known in FORMATS for ending in known.suffixes if f"`{ending}`" not in text]
    assert not missing, f"docs/order-format.md does not name {missing}"


def test_the_changelog_says_up_to_which_schema_an_upgrade_goes() -> None:
    text, newest = (ROOT / "CHANGELOG.md").read_text(), int(NEWEST)
    assert re.search(rf"schemas? (?:[0-9]+ to )?{newest}\b", text), (
        f"CHANGELOG.md does not say that an upgrade brings the schema {newest}"
    )


def test_every_file_of_a_report_is_documented_once() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|", (DOCS / "answers.md").read_text(), re.MULTILINE)
    other = [name for name in (*FILES, WORKBOOK) if rows.count(name) != 1]
    assert not other, f"The table of docs/answers.md has no row, or more than one, for {other}"


def test_every_file_of_a_report_that_is_written_appears() -> None:
    written = re.findall(r'work / "([\w.]+)"', Path(report.__file__).read_text())
    left = sorted({*written} - {*FILES, WORKBOOK})
    assert written
    assert not left, (
        f"flows/report/__init__.py writes {left}, which its FILES do not name: so it never appears"
    )


@pytest.mark.parametrize(
    "page", [DOCS / "guarantees.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_the_tests_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`(\w+\.py)::(\w+)`", page.read_text())
    there = {(file.name, name) for file in (ROOT / "tests").rglob("*.py") for name in _names(file)}
    assert named
    missing = [pair for pair in named if pair not in there]
    assert not missing, f"{page.name} names tests that are not there: {missing}"


def test_every_promise_and_rule_of_the_tests_is_explained() -> None:
    for letter, page in (("P", "guarantees.md"), ("R", "checks.md")):
        tests = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
        used = set(re.findall(rf"\b{letter}[1-9][0-9]?\b(?=[:,;. )])", tests))
        rows = set(re.findall(rf"^\| ({letter}[0-9]+) \|", (DOCS / page).read_text(), re.MULTILINE))
        assert not used - rows, f"{page} does not say what {sorted(used - rows)} are"


def _names(file: Path) -> set[str]:
    """The functions of a file, and the values that it names."""
    body = ast.parse(file.read_text()).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    assigned = (target for node in body if isinstance(node, ast.Assign) for target in node.targets)
    return functions | {target.id for target in assigned if isinstance(target, ast.Name)}


def test_the_files_of_the_recipes_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"(?<=[ `])(?:tests|flows|validators|docs)/[\w/.]+\.\w+(?=[ `,])", text)
    assert len(named) > 20
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


def test_every_module_says_what_it_does() -> None:
    for module in (*ROOT.glob("flows/**/*.py"), *ROOT.glob("validators/*.py")):
        assert headline(module).endswith((".", ":", "!")), (
            f"{module} does not say in its first line what it does, with a full stop"
        )


def test_former_words_do_not_come_back() -> None:
    for module in (*ROOT.glob("flows/**/*.py"), *ROOT.glob("validators/*.py")):
        nodes = ast.walk(ast.parse(module.read_text()))
        named = {node.name for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
        assert not named & FORMER, f"{module}: see docs/glossary.md"


# What is shown


def test_the_three_rows_of_the_readme(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    text = README.read_text()
    answer = command("run", "--direct", write(tmp_path / "three.csv", block(README, "csv")))
    for line in answer.out.splitlines()[:2]:
        assert re.sub(r" +", " ", line).strip() in re.sub(r" +", " ", text)
    again = command("run", "--direct", "--json", tmp_path / "three.csv")
    assert (again.status, again.batch["status"]) == (1, "repeated")
    with (Path(again.batch["report"]) / "results.csv").open() as file:
        results = {line["orderNumber"]: line for line in csv.DictReader(file)}
    assert {number: line["outcome"] for number, line in results.items()} == {
        "A-1": "created",
        "A-2": "rejected",
    }
    for told in json.loads(results["A-2"]["findings"]):
        assert f"{told['row']} | `{told['column']}` `{told['check']}` | {told['hint']} |" in text
    mended = again.fix_file.read_text().replace("Germany", "DE").replace("two", "2")
    assert command("run", "--direct", write(tmp_path / "mended.csv", mended)).status == 0
    assert db.execute("select order_number, to_address_city_town from orders order by 1").fetchall() == [
        ("A-1", "Celle"),
        ("A-2", "Celle"),
    ]


def test_the_schemas_find_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(block(DOCS / "checks.md", "python"), {})
    told = capsys.readouterr().out
    assert "items.quantity" in told
    assert "is_integer" in told


def test_the_json_of_the_answers(command: Command, tmp_path: Path) -> None:
    answer = command("run", "--direct", "--json", write(tmp_path / "three.csv", block(README, "csv")))
    shown = json.loads(block(DOCS / "answers.md", "json"))
    shown["batches"][0]["report"] = answer.batch["report"]
    assert answer.json == shown


def test_cells_of_json_are_as_they_are_shown() -> None:
    cells = re.findall(
        r"^\| `([\w.]+)` \| `([\[{].*)` \|$", (DOCS / "order-format.md").read_text(), re.MULTILINE
    )
    assert len(cells) == 4
    assert found(PLAIN | dict(cells) | {"charges.currency": "USD"}) == []


QUERIES = re.findall(r"```sql\n(.*?)```", (DOCS / "database.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("at", range(5))
def test_queries_run(imports: ImportEnvironment, command: Command, tmp_path: Path, at: int) -> None:
    """As the role that may read no value of a person."""
    imports.ask(GRANTS.read_text())
    command("run", "--direct", write(tmp_path / "three.csv", block(README, "csv")))
    command("run", "--direct", write(tmp_path / "no.csv", b"%PDF-1.7"))
    with psycopg.connect(imports.url) as db:
        db.execute("set role order_watcher")
        rows = db.execute(QUERIES[at]).fetchall()
    assert len(rows) == (2, 1, 2, 1, 2)[at]


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


def test_the_service_starts_a_command_that_exists(process: Command) -> None:
    (line,) = re.findall(
        r"^ExecStart=\S+/order-import (.*)$", (DOCS / "operations.md").read_text(), re.MULTILINE
    )
    assert process(*line.split(), "--help").status == 0


def test_the_commands_of_the_readme_exist(command: Command) -> None:
    told = re.findall(r"^\| `order-import ([a-z|\\ ]+)", README.read_text(), re.MULTILINE)
    assert len(told) == 10
    for words in told:
        *before, last = words.split()
        for name in last.replace("\\", "").split("|"):
            assert command(*before, name, "--help").status == 0


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    """The site of the docs: built without a warning, every picture, style and script of its own."""
    # Not --quiet, with which mkdocs counts no warnings either.
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "site" / "performance" / "index.html").read_text()
    written = (ROOT / "docs" / "performance.md").read_text()
    assert page.count("<table") == len(re.findall(r"^\|(?:-+\|)+$", written, re.MULTILINE)) > 0
    pattern = r"<(?:img|script|iframe)[^>]+src=\"(?:https?:)?//|<link[^>]+stylesheet[^>]+(?:https?:)?//"
    pages = list((tmp_path / "site").rglob("*.html"))
    assert not [page for page in pages if re.search(pattern, page.read_text())]
    assert len(pages) >= len(PAGES)
