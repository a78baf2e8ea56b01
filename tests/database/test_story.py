"""A fix file that comes back is linked to the batch whose rows it mends, and both reports tell one story."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Answer, Command
from flows.pipeline import chunking
from order_files import row, write
from report_page import read_page

BAD = {"items__quantity": "0"}
ROWS = [row("A-1"), *(row(f"A-{number}", **BAD) for number in (2, 3, 4, 5))]


def imported(command: Command, file: Path) -> Answer:
    return command("run", "--direct", "--json", file)


def summary(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(answer.batch["report"]) / "summary.json").read_text())
    return found


def mended(answer: Answer, file: Path, *numbers: str) -> Path:
    """The batch's fix file with a right quantity for these orders, sent again."""
    lines = answer.fix_file.read_text().splitlines(keepends=True)
    return write(
        file, "".join(line.replace(",0,", ",1,") if line.startswith(numbers) else line for line in lines)
    )


@pytest.fixture
def rounds(command: Command, db: psycopg.Connection, data: Path) -> list[Answer]:
    """Four orders rejected, two of them mended; of the two that are left one is mended in the third round."""
    first = imported(command, write(data / "sent" / "a.csv", ROWS))
    second = imported(command, mended(first, data / "sent" / "b.csv", "A-2", "A-3"))
    third = imported(command, mended(second, data / "sent" / "c.csv", "A-4"))
    return [first, second, third]


def test_three_rounds_tell_one_story(rounds: list[Answer]) -> None:
    first, second, third = (answer.batch["batch_id"] for answer in rounds)
    assert [answer.batch.get("mends", []) for answer in rounds] == [[], [first], [second]]
    told = [summary(answer) for answer in rounds]
    assert [one.get("mends", []) for one in told] == [[], [first], [second]]
    assert [[each["batch_id"] for each in one["rounds"]] for one in told] == [
        [second, third],
        [first, third],
        [first, second],
    ]
    assert [(one["since"]["created"], one["since"]["open"]) for one in told] == [(3, 1), (1, 1), (0, 1)]
    assert [one["since"]["open_orders"] for one in told] == [["A-5"]] * 3


def test_reports_are_written_anew_when_a_round_ends(rounds: list[Answer], command: Command) -> None:
    told = summary(rounds[0])
    assert [(each["file"], each["orders_created"], each["orders_rejected"]) for each in told["rounds"]] == [
        ("b.csv", 2, 2),
        ("c.csv", 1, 1),
    ]
    assert command("report", rounds[0].batch["batch_id"]).status == 1
    assert summary(rounds[0]) == told


def test_a_replay_agrees_with_what_it_replays(rounds: list[Answer], command: Command) -> None:
    """Orders that a fix file has created are conflicts in it, and not open."""
    again = command("replay", "--json", rounds[0].batch["batch_id"])
    assert again.batch["orders"]["rejected"] == 4
    assert summary(again)["since"] == summary(rounds[0])["since"]
    assert len(summary(rounds[1])["rounds"]) == 3


def test_the_pages_say_so(rounds: list[Answer], command: Command, data: Path) -> None:
    first, second, third = (" ".join(read_page(answer.batch["report"]).text.split()) for answer in rounds)
    assert "Of the 4 that this batch rejected, 3 have been created since, and 1 is still open: A-5." in first
    assert "Of the 1 that this batch rejected, 0 have been created since, and 1 is still open: A-5." in third
    for page in (first, second, third):
        assert [name for name in ("a.csv", "b.csv", "c.csv") if name in page] == ["a.csv", "b.csv", "c.csv"]
    alone = imported(command, write(data / "sent" / "d.csv", [row("D-1")]))
    assert "this one" not in (Path(alone.batch["report"]) / "report.html").read_text()


def test_a_replay_is_a_round(command: Command, db: psycopg.Connection, data: Path) -> None:
    first = imported(command, write(data / "sent" / "a.csv", ROWS))
    again = command("replay", "--json", first.batch["batch_id"])
    assert again.batch["mends"] == [first.batch["batch_id"]]
    assert [each["file"] for each in summary(first)["rounds"]] == ["a.csv (replay 1)"]


def test_an_order_that_was_there_before_stays_open(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    imported(command, write(data / "sent" / "a.csv", [row("A-1")]))
    other = imported(command, write(data / "sent" / "b.csv", [row("A-1", items__quantity="3")]))
    assert summary(other)["since"] | {"open_orders": None} == {
        "created": 0, "open": 1, "open_without_number": 0, "open_orders": None
    }  # fmt: skip


@pytest.mark.parametrize("said", ["0" * 20, "itself", "no id", "another source's"])
def test_only_a_batch_of_the_same_source_is_believed(
    command: Command, db: psycopg.Connection, data: Path, said: str
) -> None:
    first = imported(command, write(data / "sent" / "a.csv", ROWS))
    identity = first.batch["batch_id"]
    text = first.fix_file.read_text().replace(identity, {"another source's": identity}.get(said, said))
    words = ("--source", "other") if said == "another source's" else ()
    again = command("run", "--direct", "--json", *words, write(data / "sent" / "b.csv", text))
    assert "mends" not in again.batch
    assert summary(first)["rounds"] == []


def test_an_order_too_large_is_linked_too(
    command: Command, db: psycopg.Connection, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunking, "MAX_ORDER", 3)
    rows = [row("A-1", items__itemId=f"SKU-{number}") for number in range(5)]
    first = imported(command, write(data / "sent" / "a.csv", rows))
    again = imported(command, write(data / "sent" / "b.csv", first.fix_file.read_text()))
    assert again.batch["mends"] == [first.batch["batch_id"]]
