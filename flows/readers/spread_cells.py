"""Spreads rows that were kept into cells, one a row, each read as that of a row that came back is."""

import polars as pl

from flows.readers.row_references import read_references
from flows.sources.becomes import members_of_columns
from flows.sources.column_mapping import ColumnMapping
from flows.sources.map_rows import map_rows
from validators.group_rows import GROUP
from validators.kept_cells import WATCHED, with_groups

EARLIER_ROW = {"earlier_batch": "batch", "earlier_row": "row"}
"""Columns with where the kept row itself says that it was kept before, and what they are called of a row that came."""


def spread_cells(rows: pl.DataFrame, mapping: ColumnMapping) -> pl.DataFrame:
    """The cells of the watched columns, one a row, read as the rows that came back are."""
    sent = _apart(rows["cells"], len(mapping.header)).with_columns(
        row_number=pl.int_range(rows.height, dtype=pl.Int64, eager=True),
        fault=pl.lit(None, dtype=pl.String),
        fault_hint=pl.lit(None, dtype=pl.String),
    )
    earlier = read_references(sent, mapping.header).select(
        "row_number", *(pl.col(name).alias(before) for before, name in EARLIER_ROW.items())
    )
    mapped = map_rows(sent, mapping).rows
    columns = [name for name in WATCHED if name in mapped.columns]
    of_groups = [name for name in (GROUP,) if name in mapped.columns]
    long = mapped.unpivot(
        columns, index=["row_number", *of_groups], variable_name="column_name", value_name="kept"
    )
    long = with_groups(long, members_of_columns(mapping))
    # Of several parts of a cell each is an item.
    part = pl.int_range(pl.len(), dtype=pl.Int64).over("row_number", "column_name", GROUP)
    of_rows = rows.drop("cells").with_columns(
        row_number=pl.int_range(rows.height, dtype=pl.Int64, eager=True)
    )
    both = long.with_columns(part=part).join(of_rows, on="row_number").join(earlier, on="row_number")
    return both.with_columns(item=pl.col("item") + pl.col("part")).drop("part")


def _apart(cells: pl.Series, width: int) -> pl.DataFrame:
    """Cells kept as JSON lists in columns of their own."""
    listed = cells.str.json_decode(pl.List(pl.String))
    return pl.DataFrame({str(at): listed.list.get(at, null_on_oob=True) for at in range(width)})
