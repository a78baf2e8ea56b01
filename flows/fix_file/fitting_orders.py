"""Finds out which rejected orders a workbook can hold: not too many, and no cell that would come back as another."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from flows.fix_file.formulas import escape_formula

MOST_ROWS, MOST_CELLS = 20_000, 2_000_000
"""What a person mends by hand; of wide rows there are fewer."""

MOST_BYTES = 1 << 28
"""Of the cells; five times as many are they in the sheet at most, and a part of a ZIP that all can read ends at 2 GiB."""

LONGEST_CELL = 32_767
"""Characters, those beyond the first 65,536 of Unicode twice: of a longer cell the rest would be lost."""

_TWICE, _IMPOSSIBLE = r"[\x{10000}-\x{10FFFF}]", r"[\x{FFFE}\x{FFFF}]"
"""The latter no XML has."""

_MAYBE_IMPOSSIBLE = rf"(?i){_IMPOSSIBLE}|\\ufff"
"""In the cells as JSON, which may tell a character by its number."""


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """`left_out` are the first rows of the orders that stand in the CSV alone; `notes` say so."""

    is_written: bool
    left_out: pl.Series
    notes: tuple[str, ...] = ()


def find_fitting(rejected: Iterator[pl.DataFrame], columns: int) -> Fitting:
    """What is written of these rows, in so many columns."""
    rows, size, odd = 0, 0, [pl.Series("first_row", dtype=pl.Int64)]
    most = min(MOST_ROWS, MOST_CELLS // columns)
    for some in rejected:
        rows, size = rows + some.height, size + int(some["cells"].str.len_bytes().sum())
        if rows > most or size > MOST_BYTES:
            many = f"more than {most:,} rows" if rows > most else f"rows of more than {MOST_BYTES >> 20} MiB"
            note = f"There is no rejected.xlsx, for {many} are rejected: use rejected.csv."
            return Fitting(is_written=False, left_out=odd[0], notes=(note,))
        odd.append(_odd_orders(some))
    left_out = pl.concat(odd).unique().sort()
    if left_out.is_empty():
        return Fitting(is_written=True, left_out=left_out)
    orders = f"{left_out.len():,} rejected {'order stands' if left_out.len() == 1 else 'orders stand'}"
    note = f"{orders} in rejected.csv alone, and not in rejected.xlsx: a workbook cannot hold a cell that is so long, or has such a character."
    return Fitting(is_written=True, left_out=left_out, notes=(note,))


def _odd_orders(rows: pl.DataFrame) -> pl.Series:
    text = pl.col("cells")
    doubtful = rows.filter((text.str.len_bytes() > LONGEST_CELL // 2) | text.str.contains(_MAYBE_IMPOSSIBLE))
    each = doubtful.select("first_row", cell=text.str.json_decode(pl.List(pl.String))).explode("cell")
    cell = escape_formula(pl.col("cell"))
    is_long = cell.str.len_chars() + cell.str.count_matches(_TWICE) > LONGEST_CELL
    return each.filter(is_long | cell.str.contains(_IMPOSSIBLE))["first_row"]
