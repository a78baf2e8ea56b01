"""docs/sources.md: its settings can be loaded, its examples come out as it says, and no key of a source is missing."""

import csv
import io
import re
from dataclasses import fields
from pathlib import Path

import pytest
from test_source_cells import steps

from flows.sources.cell_steps import apply_steps
from flows.sources.load import load_sources
from flows.sources.source import CellSteps, NumberForm, Source
from flows.sources.value_tables import VALUE_TABLES
from order_files import write
from print_layouts import PAGE, layout_table
from source_rows import mapped, told

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
WHOLE = [block for kind, block in BLOCKS if kind == "toml" and block.startswith("[sources.")]
EXAMPLES = [
    (settings, came, wanted)
    for (kind, settings), (one, came), (other, wanted) in zip(BLOCKS, BLOCKS[1:], BLOCKS[2:], strict=False)
    if (kind, one, other) == ("toml", "csv", "csv")
]
STEPS = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$", TEXT, re.MULTILINE)

KEYS = {
    *({field.name for field in fields(Source)} - {"name", "written", "own", "number"}),
    *("decimal", "thousands", "currency", "from"),
    *({field.name for field in fields(CellSteps)} - {"from_type", "number"}),
}


@pytest.mark.parametrize("settings", WHOLE, ids=range(len(WHOLE)))
def test_its_files_of_settings_can_be_loaded(settings: str, tmp_path: Path) -> None:
    assert load_sources(write(tmp_path / "sources.toml", settings)).keys() == {"shop"}


@pytest.mark.parametrize(("settings", "came", "wanted"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_its_examples_come_out_as_it_says(settings: str, came: str, wanted: str) -> None:
    header, *rows = csv.reader(io.StringIO(came))
    found = mapped(settings, header, *rows)
    assert told(found) == []
    members, *cells = csv.reader(io.StringIO(wanted))
    assert [[cell or "" for cell in row] for row in found.rows.select(members).rows()] == cells


@pytest.mark.parametrize(("written", "cell", "wanted"), STEPS)
def test_its_steps_come_out_as_it_says(written: str, cell: str, wanted: str) -> None:
    import polars as pl

    found = apply_steps(pl.Series([cell]), steps(written), NumberForm())
    assert (found.cells[0], found.failed[0]) == (wanted, False)


def test_no_key_of_a_source_and_no_table_of_values_is_missing() -> None:
    missing = sorted(name for name in (*KEYS, *VALUE_TABLES) if not re.search(rf"\b{name}\b", TEXT))
    assert missing == [], (
        f"docs/sources.md says nothing of {', '.join(missing)}: describe each by an example."
    )


def test_its_table_of_layouts_is_that_of_the_layouts() -> None:
    assert layout_table() in TEXT, "The layouts have changed: run python tests/print_layouts.py."


def test_it_has_an_example_for_what_it_describes() -> None:
    assert len(WHOLE) >= 2
    assert len(EXAMPLES) >= 11
    assert len(STEPS) >= 10
