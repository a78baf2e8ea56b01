"""Finds the records of a CSV that have swallowed rows: two stray quotes that stand well make one cell of all between them.

A text of several lines is no such thing, but where its lines look like rows nobody can say which it is. Only records
that take several lines are looked at; and as rows bring their delimiters along, the fast reader looks only at those of
them that may have as many as two rows (see csv_quotes).
"""

from collections.abc import Iterator

import polars as pl

from flows.fix_file import KNOWN_COLUMNS
from flows.fix_file.restore import is_fix_file
from flows.readers.csv_header import Header
from validators.findings import FAULT_SEPARATOR, HINT_SEPARATOR

HOLDS_ROWS = "holds_no_row"

FEWEST, FEWEST_IN_CELL = 4, 12
"""Delimiters of a header: of one with fewer than four many a sentence has as many, and many a line of a text has eleven."""


def mark_swallowed(rows: pl.DataFrame, hints: pl.Series, places: pl.Series) -> pl.DataFrame:
    """The rows, those at the places that have a hint with a fault more."""
    if hints.null_count() == hints.len():
        return rows
    hint = pl.repeat(None, rows.height, dtype=pl.String, eager=True).scatter(places, hints)
    check = pl.when(hint.is_not_null()).then(pl.lit(HOLDS_ROWS))
    return rows.with_columns(
        fault=pl.concat_str("fault", check, separator=FAULT_SEPARATOR, ignore_nulls=True).replace("", None),
        fault_hint=pl.concat_str("fault_hint", hint, separator=HINT_SEPARATOR, ignore_nulls=True).replace(
            "", None
        ),
    )


def find_swallowed(rows: pl.DataFrame, header: Header) -> pl.Series:
    """Of each of these rows a hint; null where it has swallowed none. What is no cell of a row is null, a blank one is not."""
    added = added_columns(header.names)
    cells = rows.select(name for name in rows.columns if name.isdigit() and int(name) not in added)
    delimiters = len(header.names) - len(added) - 1
    found = [_hold_rows(cells, mark, delimiters) for mark in _marks(header) if delimiters >= FEWEST]
    holds = pl.select(pl.any_horizontal(pl.repeat(False, rows.height), *found)).to_series()
    none = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    if not holds.any():
        return none
    at = holds.arg_true()
    further = cells[at].select(pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))).to_series()
    hint = pl.format(
        "Lines {} to {} were read as one row: a quote opens on the one and closes on the other, and what stands between"
        " looks like rows. Remove the stray quotes; a text that is meant so can be sent as JSON or in a workbook.",
        rows["line"][at],
        rows["line"][at] + further,
    )
    return none.scatter(at, pl.select(hint).to_series())


def added_columns(names: tuple[str, ...]) -> set[int]:
    """The places of columns that a fix file has added, which no row that was swallowed brings along."""
    return {at for at, name in enumerate(names) if name.strip().lower() in KNOWN_COLUMNS}


def _marks(header: Header) -> Iterator[str]:
    """The delimiters that rows may have: the file's, and of a fix file, which a spreadsheet may have written with another, its source's."""
    yield header.delimiter
    if is_fix_file(header.names) and header.source_delimiter not in ("", header.delimiter):
        yield header.source_delimiter


def _hold_rows(cells: pl.DataFrame, mark: str, least: int) -> pl.Series:
    """Of each row whether its cells, or the lines of one of them, have as many delimiters as rows have."""
    holds = cells.select(
        pl.sum_horizontal(pl.all().str.count_matches(mark, literal=True)) >= least
    ).to_series()
    if not holds.any():  # as in most files, and what follows makes expressions of every column
        return holds
    in_cells = [_line_of(name, mark) >= least for name in cells.columns if least >= FEWEST_IN_CELL]
    pieces = _counts(pl.concat_str(pl.all(), separator=mark, ignore_nulls=True), mark)
    all_pieces = (pieces.list.len() > 1) & (pieces.list.min() >= least)
    found = cells.filter(holds).select(pl.any_horizontal(all_pieces, *in_cells).fill_null(False))
    return holds.scatter(holds.arg_true(), found.to_series())


def _line_of(name: str, mark: str) -> pl.Expr:
    """The most delimiters that a line of a cell has; null where the cell is one line."""
    several = pl.when(pl.col(name).str.contains("\n", literal=True)).then(name)
    return _counts(several, mark).list.max()


def _counts(text: pl.Expr, mark: str) -> pl.Expr:
    """How many delimiters each line of a text has; blank lines stand between rows too, and do not count."""
    line = pl.element()
    return text.str.split("\n").list.eval(
        line.filter(line.str.strip_chars() != "").str.count_matches(mark, literal=True)
    )
