"""Ranks the causes of findings, one check on one column each, by the orders that they hold back."""

import json
from pathlib import Path
from typing import Any

import polars as pl

# Every check on every column is fewer than that; what is more are unknown columns or entries of lists.
MOST_CAUSES = 1000
# What a person scrolls through; all findings are in results.csv.
MOST_FINDINGS = 300

_BY = ["severity", "column_name", "check_name"]


class Causes:
    """Counts as the findings go by."""

    def __init__(self, general: pl.DataFrame) -> None:
        self._parts = [_counted(general)]
        self.first = general.head(MOST_FINDINGS)

    def add(self, findings: pl.DataFrame) -> None:
        """Count a window of findings; an order's findings come in one window."""
        if findings.is_empty():
            return
        self._parts.append(_counted(findings))
        if self.first.height < MOST_FINDINGS:
            self.first = pl.concat(
                [self.first, findings.head(MOST_FINDINGS - self.first.height)], how="diagonal_relaxed"
            )
        if len(self._parts) > MOST_CAUSES:
            self._parts = [self._sum()]

    def ranked(self) -> list[dict[str, object]]:
        """`severity, column_name, check_name, orders, findings, hint`; errors first, then by how many orders."""
        order = self._sum().sort(
            "severity", "orders", "findings", *_BY[1:], descending=[False, True, True, False, False]
        )
        return order.head(MOST_CAUSES).to_dicts()

    def _sum(self) -> pl.DataFrame:
        every = pl.concat(self._parts)
        return every.group_by(_BY, maintain_order=True).agg(
            pl.col("orders", "findings").sum(), pl.col("hint").first()
        )


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    return findings.group_by(_BY, maintain_order=True).agg(
        orders=pl.col("first_row").n_unique().cast(pl.Int64),
        findings=pl.len().cast(pl.Int64),
        hint=pl.col("hint").first(),
    ).cast(dict.fromkeys([*_BY, "hint"], pl.String))  # fmt: skip


def read_causes(report: Path | None) -> list[dict[str, Any]]:
    """The causes of a report that was written, as `ranked` has them."""
    path = report / "summary.json" if report else None
    if path is None or not path.exists():
        return []
    causes: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["causes"]
    return causes
