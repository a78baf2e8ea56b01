"""Maps the rows of whole orders to ours, by all steps of their source, in the order that docs/sources.md gives."""

from dataclasses import dataclass, field

import polars as pl

from flows.fix_file.restore import mark_missing_cells, without_no_cell
from flows.sources.cell_faults import find_cell_faults
from flows.sources.column_mapping import ColumnMapping
from flows.sources.defaults import fill_defaults
from flows.sources.expand import expand_items
from flows.sources.map_cells import CellFindings, fall_back, map_cells
from flows.sources.orders import ORDER_KEY, SKIPPED, mark_skipped, number_columns, with_order_keys
from flows.sources.skip import Skipped, head_only, mark_unread, skip
from validators.normalize import is_blank


@dataclass(frozen=True, kw_only=True)
class MappedRows:
    """`rows` under our names, `kept` the rows as they came that they are of; blank ones and skipped orders are left out.

    findings: what is wrong with single cells by the source's own rules, or by what they were in the file; see
    map_cells.CellFindings.
    """

    rows: pl.DataFrame
    kept: pl.DataFrame
    blank: int
    skipped: Skipped = field(default_factory=Skipped)
    findings: pl.DataFrame = field(default_factory=CellFindings.to_frame)


def map_rows(rows: pl.DataFrame, mapping: ColumnMapping) -> MappedRows:
    """Map a chunk's rows; without rules of the source's own this renames columns and does no more."""
    kept = _drop_blank_rows(rows, mapping)
    blank = 0 if kept is rows else rows["row_number"].n_unique() - kept["row_number"].n_unique()
    marked = _mark_header_rows(kept, mapping)
    marked = mark_missing_cells(marked, len(mapping.header)) if mapping.is_fix_file else marked
    if mapping.is_plain:
        found = find_cell_faults(marked, mapping)
        return MappedRows(
            rows=_number(_rename_columns(marked, mapping)), kept=kept, blank=blank, findings=found
        )
    left, skipped = skip(with_order_keys(mark_skipped(marked, mapping), mapping), mapping)
    if skipped.whole.len():
        kept = kept.filter(~pl.col("row_number").is_in(skipped.whole.implode()))
    left = mark_unread(left.with_columns(at=pl.int_range(pl.len(), dtype=pl.UInt32)), mapping)
    seen = find_cell_faults(left, mapping)
    mapped, found = map_cells(fall_back(left, mapping), mapping)
    mapped, of_parts = expand_items(mapped, mapping)
    mapped = fill_defaults(head_only(mapped), mapping)
    return MappedRows(
        rows=_number(_without(mapped, ORDER_KEY, "at")),
        kept=_without(kept, SKIPPED),
        blank=blank,
        skipped=skipped,
        findings=pl.concat([seen, found, of_parts]),
    )


def _number(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, in whose order numbers the sign of a missing cell is none."""
    if "orderNumber" not in rows.columns:
        return rows
    return rows.with_columns(without_no_cell(pl.col("orderNumber")).alias("orderNumber"))


def _without(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows without these columns; by naming the others, which takes no look at any cell."""
    return rows[[name for name in rows.columns if name not in columns]]


def _drop_blank_rows(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The rows in which anything stands."""
    # A blank row has no order number: one look at that column spares looking at all of them.
    column = next(iter(number_columns(mapping)), None)
    number = pl.col(column) if column else pl.lit(None, dtype=pl.String)
    unnumbered = is_blank(number) & pl.col("fault").is_null()
    if not rows.select(unnumbered.any()).item():
        return rows
    cells = (pl.col(str(at)) for at in range(len(mapping.header)))
    return rows.filter(~(unnumbered & pl.all_horizontal(is_blank(cell) for cell in cells)))


def _mark_header_rows(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """Mark rows that repeat the header, as files pasted together have them."""
    place = mapping.place_of("orderNumber")
    if place is None:
        return rows
    name = mapping.header[place].strip().lower()
    again = (pl.col(str(place)).str.strip_chars().str.to_lowercase() == name) & pl.col("fault").is_null()
    if not rows.select(again.any()).item():
        return rows
    hint = pl.lit("The header stands here again: remove this row.")
    return rows.with_columns(
        fault=pl.when(again).then(pl.lit("is_no_header")).otherwise(pl.col("fault")),
        fault_hint=pl.when(again).then(hint).otherwise(pl.col("fault_hint")),
    )


def _rename_columns(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    cells = (pl.col(str(at)).alias(name) for at, (name,) in mapping.columns.items())
    return rows.select(
        "row_number",
        "fault",
        "fault_hint",
        *cells,
        *(pl.lit(value).alias(name) for name, value in mapping.defaults.items()),
    )
