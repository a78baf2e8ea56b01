"""Makes findings of rows that fail a check: the values that every check answers with."""

import polars as pl

from validators.formats import Severity
from validators.order_model import is_personal

FINDINGS = pl.Schema(
    {
        "order": pl.UInt32,  # the order's number within its chunk
        "row_number": pl.Int64,
        "item": pl.Int32,  # the item's number within its order, null for a finding on the head
        "column_name": pl.String,
        "check_name": pl.String,
        "severity": pl.String,
        "value": pl.String,  # null where the column is personal
        "hint": pl.String,
    }
)
"""One finding a row. A hint of its own stands here only where it says more than the check's."""

NONE = FINDINGS.to_frame()

FAULT_SEPARATOR, HINT_SEPARATOR = " ", "\n"
"""Between the checks that a reader's `fault` names, when there are several on a row, and between their hints."""


def make_findings(rows: pl.DataFrame, column: str, check: str, severity: Severity = "error") -> pl.DataFrame:
    """One finding a row of `rows`: its `order`, `row_number` and, where it has them, `item`, `value` and `hint`."""
    if rows.is_empty():
        return NONE
    told = {"column_name": pl.lit(column), "check_name": pl.lit(check), "severity": pl.lit(severity)}
    if is_personal(column):
        told["value"] = pl.lit(None)
    there = set(rows.columns)
    return rows.select(
        told.get(name, pl.col(name) if name in there else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FINDINGS.items()
    )
