"""The rows of a file that its settings are drafted from, and how the file itself is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

MOST_ROWS = 50_000
"""What a form of numbers or a blank head shows in, it shows in the first thousands of rows."""


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A setting of the file's own form: its key, its value, and the proof."""

    key: str
    value: object
    proof: str


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`rows` has a column of text for each place of `header`, trimmed, blank cells null, and `row_number`.

    `form` is how the file is written, where that is not what settings say when they say nothing; `types` which columns
    are numbers of an inexact type, by their places; `stored` which hold cells that a workbook stores as numbers, each with
    the first row of it that is a text; `above` what the row above the header says of each column, where that names
    groups of columns: `Bill To`, `Ship To`; `is_ours` whether the file has our own members, as a JSON has.
    """

    file: str
    header: tuple[str, ...]
    header_row: int
    rows: pl.DataFrame
    form: tuple[Proven, ...] = ()
    questions: tuple[str, ...] = ()
    types: dict[int, str] = field(default_factory=dict)
    stored: dict[int, int | None] = field(default_factory=dict)
    above: tuple[str, ...] = ()
    is_ours: bool = False
    is_csv: bool = True

    def cells(self, place: int) -> pl.DataFrame:
        """The filled cells of a column: `row_number` and `cell`."""
        return self.rows.select("row_number", cell=pl.col(str(place))).drop_nulls("cell")

    def is_blank(self, place: int) -> bool:
        """Whether nothing stands in a column."""
        return bool(self.rows[str(place)].is_null().all())


def groups_above(record: Sequence[str], width: int) -> tuple[str, ...]:
    """What a row above the header says of each column, nothing where it is a title: a group goes on up to the next."""
    cells = [cell.strip() for cell in record[:width]]
    if sum(map(bool, cells)) < 2:  # noqa: PLR2004 - one is a title
        return ()
    groups, group = [], ""
    for cell in [*cells, *[""] * (width - len(cells))]:
        group = cell or group
        groups.append(group)
    return tuple(groups)


def first_row(cells: pl.DataFrame, where: pl.Expr) -> tuple[int, str] | None:
    """The first of these cells for which this holds, with the number of its row."""
    found = cells.filter(where).head(1)
    return (int(found["row_number"][0]), str(found["cell"][0])) if found.height else None


def proof(found: tuple[int, str] | None) -> str:
    """A row as a proof."""
    return f'row {found[0]}: "{found[1]}"' if found else ""
