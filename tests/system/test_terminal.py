"""What a person reads in a terminal: why, what it was before, how many in all; in a pipe, and where there is little room."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from conftest import Command
from flows.database.connection import database_url, public_database_url
from flows.orchestration.run_states import make_state
from flows.report.markdown import render_markdown
from flows.results import Counts, FirstOutcome, Result
from flows.settings import Settings
from flows.status import Status
from order_files import row, write

UNREADABLE = "orderNumber\nA-1\n"
LONG = "orders-of-the-shop-" + "x" * 120 + ".csv"

# Five causes: on three orders, on two, and on one each.
CAUSES = [
    *(row(f"A-{n}", items__quantity="0") for n in range(3)),
    *(row(f"B-{n}", toAddress__countryCode="USA") for n in range(2)),
    row("C-1", items__unitPrice="x"),
    row("D-1", charges__currency="dollar"),
    row("E-1", toAddress__addressLine1=""),
    row("F-1"),
]


def counted(out: str, file: str) -> list[str]:
    """The line of the table that begins with this name, its last five words: the counts."""
    return next(line for line in out.splitlines() if line.startswith(file)).split()[-5:]


# --- Why, and what it was ------------------------------------------------------------------------------------


def test_the_three_causes_that_reject_most(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    out = command("run", "--direct", write(tmp_path / "a.csv", CAUSES)).out
    head, _, rest = out.partition("a.csv: 8 of 9 orders rejected:\n")
    assert head
    first, second, third, more = rest.splitlines()[:4]
    assert first == "  3 orders: items.quantity is_in_range. Write a whole number from 1 to 99999."
    assert second.startswith("  2 orders: toAddress.countryCode is_country. Write the country as")
    assert third.startswith("  1 order: ")
    assert more == "  and 2 more causes, in the report"


def test_warnings_reject_nothing(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    warned, wrong = row("A-1", charges__gmv="1.005"), row("A-2", items__quantity="0")
    out = command("run", "--direct", write(tmp_path / "a.csv", [warned])).out
    assert counted(out, "a.csv") == ["1", "1", "0", "0", "1"]
    assert "rejected:" not in out
    out = command("run", "--direct", write(tmp_path / "b.csv", [warned, wrong])).out
    assert "b.csv: 1 of 2 orders rejected:\n  1 order: items.quantity is_in_range." in out
    assert "fits_currency_decimals" not in out


def test_a_repeated_batch_says_what_it_was(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    bad, good = write(tmp_path / "bad.csv", CAUSES), write(tmp_path / "good.csv", [row("G-1")])
    first = command("run", "--direct", bad, good)
    assert " repeated" not in first.out
    again = command("run", "--direct", bad, good)
    assert (first.status, again.status) == (1, 1)
    assert re.search(r"(?m)^bad\.csv .* repeated, partial +0 +0 +0 +0 +0$", again.out)
    assert re.search(r"(?m)^good\.csv .* repeated +0 +0 +0 +0 +0$", again.out)
    when = r"Imported before, \d{4}-\d\d-\d\d \d\d:\d\d UTC, so nothing was done now. It was"
    assert re.search(rf"bad\.csv: {when} partial: 1 order created, 0 unchanged, 8 rejected\.\n", again.out)
    assert re.search(rf"good\.csv: {when} loaded: 1 order created, 0 unchanged, 0 rejected\.\n", again.out)
    assert "  3 orders: items.quantity is_in_range." in again.out
    assert command("run", "--direct", good).status == 0


def test_the_page_of_its_run_says_it_too() -> None:
    first = FirstOutcome(
        status=Status.PARTIAL,
        counts=Counts(orders_created=1200, orders_rejected=3),
        finished_at="2026-01-31T12:00:00.123Z",
    )
    result = Result(batch_id=None, file="a.csv", source="shop", status=Status.REPEATED, first=first)
    sentence = (
        "Imported before, 2026-01-31 12:00 UTC, so nothing was done now."
        " It was partial: 1,200 orders created, 0 unchanged, 3 rejected."
    )
    assert sentence in render_markdown(result)
    assert make_state([result]).message == f"a.csv: {sentence}"


# --- Many files ----------------------------------------------------------------------------------------------


def test_several_files_are_summed_up(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    one = command("run", "--direct", write(tmp_path / "a.csv", CAUSES))
    assert "1 files" not in one.out
    three = [
        write(tmp_path / f"{n}.csv", [row(f"{n}"), row(f"{n}-x", items__quantity="0")]) for n in range(3)
    ]
    out = command("run", "--direct", *three).out
    assert counted(out, "3 files") == ["6", "3", "0", "3", "0"]


@pytest.mark.parametrize("files", [10, 11])
def test_beyond_ten_files_those_that_somebody_has_to_look_at(
    command: Command, db: psycopg.Connection, tmp_path: Path, files: int
) -> None:
    for n in range(files - 2):
        write(tmp_path / "sent" / f"good-{n:02}.csv", [row(f"A-{n}")])
    write(tmp_path / "sent" / "bad.csv", CAUSES)
    write(tmp_path / "sent" / "refused.csv", UNREADABLE)
    out = command("run", "--direct", tmp_path / "sent").out
    assert len(re.findall(r"(?m)^good-\d\d\.csv ", out)) == files - 2
    assert out.count("Report of good-") == (files - 2 if files == 10 else 0)
    assert out.count("Report of bad.csv: ") == 1
    assert out.count("refused.csv: These columns are missing") == 1
    assert out.count("The reports of the other files: ") == (0 if files == 10 else 1)


# --- In a pipe, and where there is little room ---------------------------------------------------------------


def test_a_table_survives_a_pipe(
    process: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the width of the terminal that it is piped from."""
    monkeypatch.setenv("COLUMNS", "40")
    answer = process("run", "--direct", "--source", "s" * 90, write(tmp_path / LONG, CAUSES))
    assert counted(answer.out, LONG) == ["9", "1", "0", "8", "0"]
    assert f"Report of {LONG}: " in answer.out
    assert "\x1b" not in answer.out + answer.err
    assert "…" not in answer.out


@pytest.fixture
def terminal(environment: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run `order-import` in a terminal of so many columns: what is written there."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(columns: int, *words: object) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        program = [sys.executable, "-c", "from flows.cli import main; main()", *map(str, words)]
        streams = {"stdin": theirs, "stdout": theirs, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(program, env=os.environ | {"COLUMNS": str(columns)}, **streams) as process:
            os.close(theirs)
            told = b""
            while part := _read(ours):
                told += part
            process.wait()
        os.close(ours)
        return told.decode().replace("\r\n", "\n")

    return run


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # how a terminal says that nobody writes to it any more
        return b""


def test_no_column_is_lost_in_a_narrow_terminal(
    terminal: Callable[..., str], db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    files = [write(tmp_path / "bad.csv", CAUSES), write(tmp_path / "refused.csv", UNREADABLE)]
    wide = terminal(100, "check", *files)
    assert counted(wide, "bad.csv") == ["9", "1", "0", "8", "0"]
    assert counted(wide, "2 files") == ["9", "1", "0", "8", "0"]
    for columns in (60, 30):
        told = terminal(columns, "check", *files)
        assert "bad.csv of default: partial\n  9 rows, 1 created, 0 unchanged, 8 rejected, 0 warned\n" in told
        assert "refused.csv of default: refused\n  0 rows, 0 created, 0 unchanged, 0 rejected, 0 war" in told
        assert "2 files\n  9 rows, 1 created, 0 unchanged, 8 rejected, 0 warned\n" in told
        assert "…" not in told


def test_no_color(
    terminal: Callable[..., str], db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.csv", CAUSES)
    assert "\x1b[33mpartial" in terminal(100, "check", file)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in terminal(100, "check", file)


# --- Shortened ids -------------------------------------------------------------------------------------------


def test_a_batch_by_the_beginning_of_its_id(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    whole = command("run", "--direct", "--json", write(tmp_path / "a.csv", CAUSES)).batch["batch_id"]
    short = whole[:8]
    assert f" {short} " in command("run", "--direct", tmp_path / "a.csv").out
    assert command("report", "--json", short).batch["batch_id"] == whole
    assert command("check", "--json", short).batch["rows"]["read"] == 8
    assert command("replay", "--json", short).batch["orders"]["rejected"] == 8
    for word in ("report", "replay"):
        answer = command(word, short[:7])
        assert (answer.status, f"There is no batch {short[:7]}. An id has 20" in answer.err) == (2, True)
    assert command("check", short[:7]).status == 2


def test_as_many_of_its_characters_as_make_it_unique(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    whole = command("run", "--direct", "--json", write(tmp_path / "a.csv", CAUSES)).batch["batch_id"]
    other = whole[:10] + ("0" if whole[10] != "0" else "1") * 10
    db.execute(
        "insert into batches select (jsonb_populate_record(b, jsonb_build_object('batch_id', %s::text, 'source', 'x'))).*"
        " from batches b where batch_id = %s",
        (other, whole),
    )
    assert f" {whole[:11]} " in command("run", "--direct", tmp_path / "a.csv").out
    answer = command("report", whole[:10])
    assert (answer.status, answer.err) == (
        2,
        f"{whole[:10]} is the beginning of several batches: {', '.join(sorted([whole, other]))}.\n",
    )
    assert command("report", "--json", whole[:11]).batch["batch_id"] == whole


def test_an_id_makes_no_database(command: Command, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_IMPORT_DATABASE_URL", "")
    answer = command("report", "3f2a9c1b")
    assert (answer.status, answer.err) == (2, "There is no batch 3f2a9c1b.\n")
    assert not (data / "postgres").exists()


# --- The address of the database -----------------------------------------------------------------------------

ADDRESSES = {
    "postgresql://anna:s3cret@h:5433/db": "postgresql://anna@h:5433/db",
    "postgresql+psycopg://anna:s3cret@h/db?sslmode=require": "postgresql://anna@h/db?sslmode=require",
    "postgresql://anna:12?s3cret@h/db": "postgresql://anna@h/db",
    "postgresql://anna:s3%40cret@[::1]:5/db": "postgresql://anna@[::1]:5/db",
    "postgresql://anna@h/db?passfile=/a/b": "postgresql://anna@h/db?passfile=/a/b",
    "postgresql:///db?user=anna&password=s3cret&host=/a@b:c": "postgresql:///db?user=anna&host=/a@b:c",
    "postgresql://anna@h/db?pass%77ord=s3cret": "postgresql://anna@h/db",
    "postgresql://anna@h/db?sslpassword=s3cret": "postgresql://anna@h/db",
    "postgresql://h": "postgresql://h",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_without_its_password(url: str) -> None:
    """And all else of it stays, as libpq takes it."""
    settings = Settings(data=Path("data"), database_url=url)
    told = public_database_url(settings)
    assert told == ADDRESSES[url]
    whole = conninfo_to_dict(database_url(settings))
    assert conninfo_to_dict(told) == {
        name: value for name, value in whole.items() if name not in ("password", "sslpassword")
    }
