"""Every command's help: two examples, each of which does what it says, and the exit statuses."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer

from conftest import Command
from flows.cli import app
from order_files import row, write

BATCH = "3f2a9c1b"
"""The id in the examples, for which a test puts one that is there."""

# What stands in the place of psql, where that may not be installed: it takes the same words.
PSQL = """
import psycopg, sys
with psycopg.connect(sys.argv[1]) as db:
    print(*db.execute(sys.argv[3]).fetchone())
"""


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command and group with its epilog."""
    yield words, group.epilog or ""
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*words, name))


EPILOGS = dict(_commands(typer.main.get_command(app)))
EXAMPLES = sorted(
    {line.strip() for text in EPILOGS.values() for line in text.splitlines() if "order-import " in line}
)


@pytest.mark.parametrize("words", EPILOGS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_has_two_examples_and_the_exit_statuses(
    command: Command, words: tuple[str, ...], option: str
) -> None:
    answer = command(*words, option)
    assert (answer.status, "Usage: " in answer.out) == (0, True)
    examples = EPILOGS[words].split("\n\n")[0].splitlines()[1:]
    assert len(examples) == 2
    for example in examples:
        assert example in answer.out.replace(" \n", "\n")  # in a line of its own, so that it can be copied
        assert " ".join(("order-import", *words)) in example
    assert re.findall(r"(?m)^ *(\d+)  \w", answer.out.partition("Exit status:")[2])


def test_version(command: Command) -> None:
    assert command("--version").out == f"order-import {version('order-import')}\n"


@pytest.fixture
def shell(environment: None, prefect_api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples name, and `order-import` and `psql` on the way to programs."""
    programs = tmp_path / "bin"
    for name, code in {"order-import": "from flows.cli import main; main()", "psql": PSQL}.items():
        text = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n'
        write(programs / name, text).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    here = tmp_path / "here"
    write(here / "orders.csv", [row("A-1")])
    write(here / "export.csv", [row("B-1")])
    write(here / "old" / "2025-01.csv", [row("C-1")])
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize("example", [line for line in EXAMPLES if "serve" not in line])
def test_an_example_does_what_it_says(
    command: Command,
    db: psycopg.Connection,
    shell: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    example: str,
) -> None:
    done = command("run", "--direct", "--json", write(tmp_path / "done.csv", [row("Z-1")]))
    line = example.replace(BATCH, done.batch["batch_id"][:8]).replace("/srv/order-import", str(tmp_path))
    if "sources check" in line:
        settings = write(tmp_path / "sources.toml", "[sources.shop]\n")
        monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(settings))
    before = {path.name: path.read_bytes() for path in shell.glob("*.csv")}
    answer = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120, check=False)
    assert (answer.returncode, answer.stderr) == (0, "") or "backfill" in line, answer.stderr
    assert answer.returncode == 0
    if ">" in line:
        assert (shell / line.split("> ")[1]).stat().st_size
    else:
        assert answer.stdout
        assert before == {path.name: path.read_bytes() for path in shell.glob("*.csv")}


@pytest.mark.parametrize("example", [line for line in EXAMPLES if "serve" in line])
def test_an_example_of_serve(
    command: Command, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    """All of it but the server itself."""
    served: list[tuple[object, ...]] = []
    monkeypatch.setattr("flows.deployments.serve", lambda _, *words, **named: served.append((*words, named)))
    for line in example.split(" && "):
        assert command(*shlex.split(line)[1:]).status == 0
    port, every = (4300, 10) if "--port 4300" in example else (4200, 60)
    assert served == [("127.0.0.1", port, {"every": timedelta(seconds=every)})]
