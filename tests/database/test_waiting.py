"""What waits is told (P29): every file that was seen and not taken, with its reason, by every way of running."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Command
from order_files import row, write

FUTURE = time.time() + 6 * 3600


def _file(drop: Path) -> Path:
    return write(drop / "shop" / "x.csv", [row("A-1")])


def _to_the_future(drop: Path) -> None:
    os.utime(_file(drop), (FUTURE, FUTURE))


def _beside_a_link(drop: Path) -> None:
    (drop / "shop").mkdir(parents=True)
    (drop / "shop" / "link").symlink_to(drop.parent, target_is_directory=True)


def _without_a_marker(drop: Path) -> None:
    write(drop / "marked" / "x.csv", [row("A-1")])


WAITING: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "written just now": (_file, "x.csv", "written to less than 60 seconds ago"),
    "a future time": (_to_the_future, "x.csv", "its time lies in the future"),
    "a link": (_beside_a_link, "link/", "a link, which is not followed"),
    "no marker": (_without_a_marker, "x.csv", "its marker x.csv.done is not there"),
}


@pytest.fixture
def drop(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    sources = write(tmp_path / "sources.toml", "[sources.shop]\n[sources.marked]\nmarker = '.done'\n")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(sources))
    monkeypatch.setenv("ORDER_IMPORT_QUIET_SECONDS", "60")
    return data / "drop"


@pytest.mark.parametrize("case", WAITING)
def test_what_waits_is_told(command: Command, drop: Path, case: str) -> None:
    prepare, name, why = WAITING[case]
    prepare(drop)
    for words in (
        ("run", "--direct"),
        ("check", drop),
        ("backfill", "--direct", drop),
        ("backfill", "--plan", drop),
    ):
        answer = command(*words, "--json")
        (waiting,) = answer.json["waiting"]
        assert (answer.status, answer.json["batches"], waiting["file"]) == (0, [], name), words
        assert why in waiting["why"]
        assert why in command(*words).out


def test_a_future_time_waits_no_longer_than_another(
    command: Command, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _to_the_future(drop)
    monkeypatch.setenv("ORDER_IMPORT_QUIET_SECONDS", "0")
    assert command("run", "--direct", "--json").batch["status"] == "loaded"


@pytest.mark.parametrize(
    "name",
    [
        *("_SUCCESS", ".x.csv.crc", "x.csv.download", "x.csv.part", "_temporary/0/x.csv"),
        *("~$x.xlsx", "Thumbs.db", "desktop.ini"),
    ],
)
def test_what_nobody_has_sent_is_counted_only(command: Command, drop: Path, name: str) -> None:
    path = write(drop / "shop" / name, [row("A-1")])
    answer = command("run", "--direct", "--json")
    assert (answer.status, answer.json["batches"], answer.json["waiting"], answer.json["ignored"]) == (
        0,
        [],
        [],
        1,
    )
    assert path.exists()


@pytest.mark.parametrize("way", ["run", "check", "backfill"])
def test_a_folder_that_holds_nothing_to_import_is_wrong_use(
    command: Command, tmp_path: Path, way: str
) -> None:
    direct = [] if way == "check" else ["--direct"]
    write(tmp_path / "sent" / "dt=1" / "part-0.csv", [row("A-1")])
    answer = command(way, *direct, "--json", tmp_path / "sent")
    assert (answer.status, answer.json["batches"]) == (2, [])
    assert "name " in answer.json["error"]
    assert "/** to backfill" in answer.json["error"]


def test_what_a_folder_holds_besides_is_told(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "sent" / "a.csv", [row("A-1")])
    write(tmp_path / "sent" / "notes.txt", "hello")
    write(tmp_path / "sent" / "dt=1" / "part-0.csv", [row("A-2")])
    answer = command("run", "--direct", "--json", tmp_path / "sent")
    assert [batch["file"] for batch in answer.json["batches"]] == ["a.csv"]
    assert {waiting["file"] for waiting in answer.json["waiting"]} == {"dt=1/", "notes.txt"}
    backfilled = command("backfill", "--direct", "--json", f"{tmp_path / 'sent'}/**")
    assert {batch["file"] for batch in backfilled.json["batches"]} == {"a.csv", "part-0.csv"}


@pytest.mark.parametrize("way", ["run", "check", "backfill"])
def test_an_empty_path_names_nothing(command: Command, way: str) -> None:
    assert command(way, "--json", "").status == 2
