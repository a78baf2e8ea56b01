"""Maps a source's columns to ours: what each is called here, what is missing, what nobody knows."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from flows.batch import Layout
from flows.errors import BatchError
from flows.fix_file import FIX_COLUMNS
from flows.fix_file.restore import is_fix_file, mark_missing_cells, restore_header
from validators.findings import FINDINGS
from validators.order_model import MEMBERS, METADATA, REQUIRED

_OURS = {path.lower(): path for path in MEMBERS}


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """`columns`: a number in the table's header to our name; `unknown`: names that are in no order."""

    header: tuple[str, ...]
    columns: dict[int, str]
    defaults: dict[str, str]
    unknown: tuple[str, ...]
    is_fix_file: bool

    @property
    def order_number(self) -> str | None:
        """The table's column that holds order numbers; None when a default gives the one number."""
        return next((str(at) for at, name in self.columns.items() if name == "orderNumber"), None)


def map_columns(header: tuple[str, ...], layout: Layout) -> ColumnMapping:
    """How to read a table with this header; raises BatchError when a column is there twice or a needed one is missing."""
    theirs = {name.strip().lower(): ours for name, ours in layout.columns.items()}
    _refuse_unknown_ours((*theirs.values(), *layout.defaults))
    came_back = is_fix_file(header)
    header = restore_header(header) if came_back else header
    _refuse_unseen(header)
    named = {at: _our_name(name, theirs) for at, name in enumerate(header)}
    columns = {at: name for at, name in named.items() if name}
    given = {_our_name(name, {}): value for name, value in layout.defaults.items()}
    defaults = {name: value for name, value in given.items() if name and name not in columns.values()}
    _refuse_missing({*columns.values(), *defaults}, header)
    # Last, since it tells names: of a file without a header they would be a row's cells.
    _refuse_repeated(header, columns)
    return ColumnMapping(
        header=header,
        columns=columns,
        defaults=defaults,
        unknown=tuple(
            name
            for at, name in enumerate(header)
            if at not in columns and name.strip().lower() not in FIX_COLUMNS
        ),
        is_fix_file=came_back,
    )


def map_rows(rows: pl.DataFrame, how: ColumnMapping) -> tuple[pl.DataFrame, int]:
    """Rows of the table under our names, the blank ones left out; and how many rows were blank."""
    kept = _drop_blank_rows(rows, how)
    blank = 0 if kept is rows else rows["row_number"].n_unique() - kept["row_number"].n_unique()
    marked = _mark_header_rows(kept, how)
    marked = mark_missing_cells(marked, len(how.header)) if how.is_fix_file else marked
    return _rename_columns(marked, how), blank


def find_unknown_columns(how: ColumnMapping) -> pl.DataFrame:
    """A warning for each column that is in no order, with the nearest name that is."""
    hints = [_nearest(name) for name in how.unknown]
    told = pl.DataFrame(
        {"column_name": [name.strip() or "(no name)" for name in how.unknown], "hint": hints},
        schema={"column_name": pl.String, "hint": pl.String},
    )
    return pl.concat([FINDINGS.to_frame(), told], how="diagonal").with_columns(
        row_number=pl.lit(1, dtype=pl.Int64),
        check_name=pl.lit("is_known"),
        severity=pl.lit("warning"),
        count=pl.lit(1, dtype=pl.Int32),
    )


def header_line(layout: Layout | None) -> str:
    """The header of a CSV with every column, by the source's names when it has a layout."""
    layout = layout or Layout()
    theirs = {ours: name for name, theirs in layout.columns.items() if (ours := _our_name(theirs, {}))}
    absent = {_our_name(name, {}) for name in layout.defaults}
    line = io.StringIO()
    csv.writer(line, delimiter=layout.delimiter, lineterminator="").writerow(
        theirs.get(path, path) for path in dict.fromkeys([*MEMBERS, *theirs]) if path not in absent
    )
    return line.getvalue()


def _our_name(name: str, theirs: dict[str, str]) -> str | None:
    name = name.strip()
    ours = theirs.get(name.lower(), name)
    if ours.lower().startswith(METADATA) and len(ours.strip()) > len(METADATA):
        return METADATA + ours[len(METADATA) :].strip()
    return _OURS.get(ours.lower())


def _refuse_unknown_ours(names: tuple[str, ...]) -> None:
    for name in names:
        if not _our_name(name, {}):
            raise BatchError(
                "has_known_layout", f"The source's settings name {name!r}, which is no column of ours."
            )


def _refuse_unseen(header: tuple[str, ...]) -> None:
    """Raise BatchError for control characters in a name, but for a line break in a quoted one."""
    for at, name in enumerate(header, start=1):
        if re.search(r"[\x00-\x08\x0B\x0C\x0E-\x1F]", name):
            raise BatchError(
                "has_plain_header", f"The name of column {at} has control characters: write it anew."
            )


def _refuse_repeated(header: tuple[str, ...], columns: dict[int, str]) -> None:
    given = [columns.get(at, name.strip().lower()) for at, name in enumerate(header)]
    twice = [name for name, times in Counter(name for name in given if name).items() if times > 1]
    if twice:
        raise BatchError(
            "has_each_column_once", f"These columns stand twice in the header: {', '.join(twice)}."
        )


def _refuse_missing(present: set[str], header: tuple[str, ...]) -> None:
    missing = [" or ".join(group) for group in REQUIRED if not present & set(group)]
    if missing:
        sentence = f"These columns are missing: {', '.join(missing)}."
        if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
            sentence += " The header looks like one column: set the source's delimiter."
        raise BatchError("has_every_column", sentence)


def _nearest(name: str) -> str:
    near = get_close_matches(name.strip().lower(), _OURS, n=1)
    return "This column is in no order; its values were not used." + (
        f" Is it {_OURS[near[0]]}?" if near else ""
    )


def _drop_blank_rows(rows: pl.DataFrame, how: ColumnMapping) -> pl.DataFrame:
    """The rows in which anything stands."""
    # A blank row has no order number: one look at that column spares looking at all of them.
    number = pl.col(how.order_number) if how.order_number else pl.lit(None, dtype=pl.String)
    unnumbered = (number.is_null() | (number.str.strip_chars() == "")) & pl.col("fault").is_null()
    if not rows.select(unnumbered.any()).item():
        return rows
    cells = (pl.col(str(at)) for at in range(len(how.header)))
    return rows.filter(
        ~(unnumbered & pl.all_horizontal(c.is_null() | (c.str.strip_chars() == "") for c in cells))
    )


def _mark_header_rows(rows: pl.DataFrame, how: ColumnMapping) -> pl.DataFrame:
    """Mark rows that repeat the header, as files pasted together have them."""
    if how.order_number is None:
        return rows
    name = how.header[int(how.order_number)].strip().lower()
    again = (pl.col(how.order_number).str.strip_chars().str.to_lowercase() == name) & pl.col(
        "fault"
    ).is_null()
    if not rows.select(again.any()).item():
        return rows
    hint = pl.lit("The header stands here again: remove this row.")
    return rows.with_columns(
        fault=pl.when(again).then(pl.lit("is_no_header")).otherwise(pl.col("fault")),
        fault_hint=pl.when(again).then(hint).otherwise(pl.col("fault_hint")),
    )


def _rename_columns(rows: pl.DataFrame, how: ColumnMapping) -> pl.DataFrame:
    cells = (pl.col(str(at)).alias(name) for at, name in how.columns.items())
    return rows.select(
        "row_number",
        "fault",
        "fault_hint",
        *cells,
        *(pl.lit(value).alias(name) for name, value in how.defaults.items()),
    )
