"""A dry run says of itself that nothing was imported, wherever it says anything; and it invents no id."""

import json
import re
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql

from conftest import Answer, Command
from databases import address
from flows.orchestration.run_states import make_state
from flows.report.markdown import render_markdown
from flows.results import NOTHING_IMPORTED, Result
from flows.status import Status
from order_files import row, write

KNOWN, CHANGED, NEW, WRONG = row("A-1"), row("A-2", toAddress__name="Other"), row("A-3"), row("A-4", items__quantity="0")  # fmt: skip


@pytest.fixture
def file(command: Command, tmp_path: Path) -> Path:
    """Orders of every outcome; two are known, one of them otherwise."""
    assert command("run", "--direct", write(tmp_path / "known.csv", [row("A-1"), row("A-2")])).status == 0
    return write(tmp_path / "a.csv", [KNOWN, CHANGED, NEW, WRONG])


def results(answer: Answer) -> pl.DataFrame:
    return pl.read_csv(Path(answer.batch["report"]) / "results.csv", infer_schema=False)


def test_every_row_and_the_summary_say_so(command: Command, db: psycopg.Connection, file: Path) -> None:
    checked = command("check", "--json", file)
    assert results(checked)["outcome"].to_list() == [
        "would leave unchanged",
        "would reject",
        "would create",
        "would reject",
    ]
    summary = json.loads((Path(checked.batch["report"]) / "summary.json").read_text())
    assert (summary["dry_run"], summary["notes"]) == (True, [NOTHING_IMPORTED])
    done = command("run", "--direct", "--json", file)
    assert results(done)["outcome"].to_list() == ["unchanged", "rejected", "created", "rejected"]
    summary = json.loads((Path(done.batch["report"]) / "summary.json").read_text())
    assert (summary["dry_run"], summary["notes"]) == (False, [])
    alike = [name for name in results(done).columns if name not in ("outcome", "transactionCreateDate")]
    assert results(checked).select(alike).equals(results(done).select(alike))


def test_the_terminal_says_so_before_all_else(command: Command, db: psycopg.Connection, file: Path) -> None:
    said = command("check", file).out
    assert said.startswith(NOTHING_IMPORTED)
    assert "a.csv: 2 of 4 orders would be rejected:\n" in said
    assert "would be" in next(line for line in said.splitlines() if line.startswith("file "))
    assert "drop again" not in said
    assert "psql" not in said
    done = command("run", "--direct", file).out
    assert NOTHING_IMPORTED not in done
    assert "would" not in done


def test_the_page_of_its_run_says_so(command: Command, db: psycopg.Connection, file: Path) -> None:
    batch = command("check", "--json", file).batch
    result = Result(
        batch_id=batch["batch_id"],
        file="a.csv",
        source="default",
        status=Status.PARTIAL,
        report=Path(batch["report"]),
        dry_run=True,
    )
    for results in ([result], [result, result]):
        assert NOTHING_IMPORTED in str(make_state(results, dry_run=True).message)
    page = render_markdown(result)
    assert page.startswith(f"## Dry run, partial: `a.csv`\n\n**{NOTHING_IMPORTED}**")
    assert "drop that file again" not in page


def test_what_came_before_would_not_be_imported(command: Command, db: psycopg.Connection, file: Path) -> None:
    assert command("check", "--json", file).batch["notes"] == []
    command("run", "--direct", file)
    (note,) = command("check", "--json", file).batch["notes"]
    assert re.fullmatch(
        r"This very file was imported before, [-0-9]{10} [:0-9]{5} UTC: an import would .*", note
    )


@pytest.mark.parametrize(
    ("database", "id_key", "has_ids"),
    [
        ("none", None, False),
        ("none", "a key for tests", True),
        ("empty", None, False),
        ("empty", "a key for tests", True),
        ("ours", "a key for tests", True),
    ],
)
def test_no_id_before_there_is_a_key(
    command: Command,
    server: str,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database: str,
    id_key: str | None,
    has_ids: bool,
) -> None:
    """And where there is one, it is the import's."""
    file = write(tmp_path / "a.csv", [row("A-1"), row("A-2")])
    empty = address(server, "nothing_in_it")
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("drop database if exists nothing_in_it")
        db.execute(sql.SQL("create database nothing_in_it"))
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", {"none": "", "empty": empty, "ours": url}[database])
    monkeypatch.setenv("ORDER_IMPORT_ID_KEY", id_key or "")
    checked = results(command("check", "--json", file))["orderId"]
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", url)
    monkeypatch.setenv("ORDER_IMPORT_ID_KEY", "a key for tests")
    imported = results(command("run", "--direct", "--json", file))["orderId"]
    assert checked.to_list() == (imported.to_list() if has_ids else [None, None])
