"""Reads a fix file that came back: whether it is one, and its names and cells as they were before it was written."""

from collections.abc import Iterable

import polars as pl

from flows.fix_file import JSON_BATCH, NO_CELL, ROW
from flows.fix_file.formulas import escape_formula, unescape_formula


def is_fix_file(header: tuple[str, ...]) -> bool:
    """Whether a table with this header is one."""
    return ROW in {name.strip().lower() for name in header}


def is_of_json(header: tuple[str, ...]) -> bool:
    """Whether a table with this header is the fix file of a JSON batch."""
    return is_fix_file(header) and JSON_BATCH in {name.strip().lower() for name in header}


def inert_names(names: Iterable[str]) -> list[str]:
    """The names as they stand in the header of a file of ours, a template's too, whose names nobody takes back."""
    written = pl.DataFrame({"name": list(names)}, schema={"name": pl.String})
    return written.select(escape_formula(pl.col("name"))).to_series().to_list()


def restore_header(header: tuple[str, ...]) -> tuple[str, ...]:
    """The names as the sender wrote them."""
    return tuple(pl.DataFrame({"name": header}).select(unescape_formula(pl.col("name"))).to_series())


def restore_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their cells, numbered columns, as they were before the file was written."""
    return rows.with_columns(unescape_formula(pl.col(name)) for name in rows.columns if name.isdigit())


def without_no_cell(number: pl.Expr) -> pl.Expr:
    """The order numbers, null where there was no cell: orders of which nobody knows the number are not one order."""
    return pl.when(number.str.strip_chars() != NO_CELL).then(number)


def mark_missing_cells(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """Mark the rows with gaps that came back as they were, of so many columns; those of another length are told so too."""
    hint = f"A part of this row is missing: write a value, or nothing, in place of each {NO_CELL}."
    missing = pl.any_horizontal(pl.col(str(at)) == NO_CELL for at in range(width))
    missing &= pl.col("fault").ne_missing("is_no_header")
    # A replayed row has it behind its own already.
    before = pl.col("fault_hint").str.strip_suffix(f" {hint}")
    both = pl.concat_str(before, pl.lit(hint), separator=" ", ignore_nulls=True)
    return rows.with_columns(
        fault=pl.when(missing).then(pl.coalesce("fault", pl.lit("is_mended"))).otherwise("fault"),
        fault_hint=pl.when(missing).then(both).otherwise("fault_hint"),
    )
