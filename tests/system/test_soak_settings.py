"""Killed anywhere and its source's settings changed, or gone, again and again (P25): the end is that of the first ones.

The first ones are those under which its first chunk was committed; without one, those of the last run.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from import_environment import ROWS as PLAIN_ROWS
from import_environment import ImportEnvironment, Runner, differences
from order_files import write
from soak import KILLS, rounds

pytestmark = pytest.mark.soak

ROWS = [cells | {"Other": f"B-{at // 2}", "Note": "x"} for at, cells in enumerate(PLAIN_ROWS)]

SETTINGS = {
    "no keys": "",
    "another column for the order number": 'columns = { "Other" = "orderNumber", "orderNumber" = "orderMessage.type" }',
    "a column more": 'columns = { "Note" = "orderMessage.type", "Other" = "" }',
    "a default": 'defaults = { "orderMessage.type" = "a note" }',
    "where it is blank": 'if_blank = { "orderMessage.message" = "nothing to say" }',
    "skipped rows": 'skip_rows = [{ column = "items.itemId", is = ["SKU-2"] }]',
    "skipped orders": 'skip_orders = [{ column = "orderNumber", is = ["A-1", "A-5"] }]',
    "numbers drawn down": 'fill_down = "orderNumber"',
    "another decimal sign": 'decimal = ","',
    "cells by a table": 'cells = { "toAddress.countryCode" = { values = "country-alpha3" } }',
    "another row for the header": "header_row = 2",
    "another delimiter": 'delimiter = ";"',
    "another encoding": 'encoding = "cp1252"',
}
CHANGED = "The settings of shop have changed since this batch was "


@pytest.fixture
def put(imports: ImportEnvironment, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write the settings of this name, or let the source be gone."""
    path = imports.data.parent / "sources.toml"
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(path))
    monkeypatch.setenv("ORDER_IMPORT_CONNECTIONS", "1")  # the n-th place is the same in every run

    def write_settings(name: str) -> None:
        write(path, f"[sources.shop]\n{SETTINGS[name]}\n" if name in SETTINGS else "[sources.mill]\n")

    return write_settings


def test_killed_and_the_settings_changed(
    imports: ImportEnvironment, runner: Runner, command: Command, put: Callable[[str], None]
) -> None:
    ends, told = Ends(imports, put), {"frozen": 0, "free": 0}
    put("no keys")
    imports.empty(ROWS)
    places = len(runner.run()["places"])
    for chance, again in rounds(5, KILLS):
        imports.empty(ROWS)
        first, last = kill(imports, runner, put, chance, places)
        waiting = files(imports)
        put(last)
        done = command("run", "--direct", "--json", *waiting).json["batches"]  # named: no worker's end counts
        about = f"{again}: begun under {first}, ended under {last}"
        assert differences(seen(imports), ends.of(first or last)) == [], about
        notes = [note for batch in done for note in batch["notes"] if note.startswith(CHANGED)]
        assert len(notes) == bool(waiting and first and first != last), about
        told["frozen" if first else "free"] += 1
    print(f"killed and changed: {told['frozen']} times half-loaded, {told['free']} times not begun")


class Ends:
    """What is seen when the file was imported under settings that never changed."""

    def __init__(self, imports: ImportEnvironment, put: Callable[[str], None]) -> None:
        self._imports, self._put, self._seen = imports, put, dict[str, dict[str, Any]]()

    def of(self, name: str) -> dict[str, Any]:
        if name not in self._seen:
            self._imports.empty(ROWS)
            self._put(name)
            self._imports.run()
            self._seen[name] = seen(self._imports)
            assert self._seen[name]["books"] == []
        return self._seen[name]


def seen(imports: ImportEnvironment) -> dict[str, Any]:
    """What must be the same. A refused batch may still tell how it was read before, under settings by which it could be."""
    ledger = "select batch_id, source, file, status, reason, case when status <> 'refused' then (header::text, settings::text) end"
    return imports.seen() | {"batches": imports.ask(f"{ledger} from batches")}


def kill(
    imports: ImportEnvironment, runner: Runner, put: Callable[[str], None], chance: random.Random, places: int
) -> tuple[str | None, str]:
    """Kill a run or two, each under other settings; those under which a chunk was committed, and those of the time that comes."""
    names = [*SETTINGS, "the source is gone"]
    present, first = chance.choice(names), None
    for _ in range(chance.randint(1, 2)):  # after two without a chunk a sweep sets the file aside
        put(present)
        runner.run(at=chance.randint(1, places + 5))
        if first is None and (imports.ask("select chunk_no from batch_chunks") or not files(imports)):
            first = present
        present = chance.choice(names)
    return first, present


def files(imports: ImportEnvironment) -> list[Path]:
    """What waits in the drop."""
    return list(imports.drop.glob("*.csv"))
