"""Sources and rows for tests: settings from TOML, rows as a reader gives them, and what the steps make of them."""

import tomllib
from collections.abc import Sequence

import polars as pl

from flows.fix_file.restore import is_fix_file
from flows.readers.ruled_table import apply_rules
from flows.readers.table import Table
from flows.sources.column_mapping import ColumnMapping
from flows.sources.load import make_source
from flows.sources.map_header import read_header_by
from flows.sources.map_rows import MappedRows, map_rows
from flows.sources.source import Source

Cells = Sequence[str | None]


def source(settings: str = "") -> Source:
    """The source of these settings, written below `[sources.x]`."""
    return make_source("s.toml", "x", tomllib.loads(settings))


def frame(width: int, rows: Sequence[Cells], first: int = 2) -> pl.DataFrame:
    """Rows as a reader gives them."""
    cells = pl.DataFrame(rows, schema={str(at): pl.String for at in range(width)}, orient="row")
    return cells.with_columns(
        row_number=pl.int_range(first, first + cells.height, dtype=pl.Int64, eager=True),
        line=pl.int_range(first, first + cells.height, dtype=pl.Int64, eager=True),
        fault=pl.lit(None, dtype=pl.String),
        fault_hint=pl.lit(None, dtype=pl.String),
    )


class Rows(Table):
    """A table of rows that is delivered in pieces of these sizes, the last one of what is left."""

    nested = False

    def __init__(self, header: Sequence[str], rows: Sequence[Cells], sizes: Sequence[int] = ()) -> None:
        self.header, self.size, self._rows, self._sizes = tuple(header), 0, rows, sizes

    def frames(self, columns: list[str] | None = None):  # type: ignore[no-untyped-def]
        start = 0
        for size in (*self._sizes, len(self._rows)):
            part = frame(len(self.header), self._rows[start : start + size], start + 2)
            yield part.select(*columns, "row_number", "line", "fault", "fault_hint") if columns else part
            start += size


def mapping_of(settings: str, header: Sequence[str]) -> ColumnMapping:
    """How the settings map this header, whatever is missing."""
    return read_header_by(tuple(header), source(settings))


def mapped(settings: str, header: Sequence[str], *rows: Cells, sizes: Sequence[int] = ()) -> MappedRows:
    """What all steps make of rows, as of one chunk."""
    mapping = mapping_of(settings, header)
    assert not is_fix_file(tuple(header))
    table = apply_rules(Rows(header, rows, sizes), mapping)
    return map_rows(pl.concat(table.frames(), how="diagonal"), mapping)


def column(found: MappedRows, member: str) -> list[str | None]:
    """The cells of a member, in file order."""
    return found.rows.sort("row_number", maintain_order=True)[member].to_list()


def told(found: MappedRows) -> list[tuple[int, str, str]]:
    """The findings of the source's own rules: row, column, check."""
    return sorted(found.findings.select("row_number", "column_name", "check_name").rows())
