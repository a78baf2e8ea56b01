"""Ranks the causes of findings, one check on one column each, by the orders that they hold back, with examples of each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from validators.findings import shortened

# Every check on every column is fewer than that; what is more are unknown columns or entries of lists.
MOST_CAUSES = 1000

# Of each cause: one may be a slip of the pen, the third shows what they have in common.
EXAMPLES = 3

# Rows of counts that are held before they are summed up: a few hundred bytes each.
HELD = 20_000

_BY = ["severity", "column_name", "check_name"]
_NTH = "nth"
"""How many findings of the same cause its order has before this one: examples are of different orders, if they can be."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One check on one column: how many orders and findings it has, and the first findings, each with its order's number."""

    severity: str
    column_name: str | None
    check_name: str
    orders: int
    findings: int
    hint: str
    examples: list[dict[str, Any]]

    @property
    def of_whole_file(self) -> bool:
        """Whether it is none of an order's."""
        return all(example["first_row"] is None for example in self.examples)

    @property
    def same_hint(self) -> str | None:
        """The hint, where it is not another one for each finding."""
        return self.hint if {example["hint"] for example in self.examples} == {self.hint} else None


class Causes:
    """Counts as the findings go by, and keeps some of them."""

    def __init__(self, general: pl.DataFrame) -> None:
        unnumbered = general.select("first_row", order_number=pl.lit(None, dtype=pl.String)).clear()
        self._counts = [_counted(general)]
        self._examples = _chosen(general, unnumbered)

    def add(self, results: pl.DataFrame, findings: pl.DataFrame) -> None:
        """Count the findings on these orders; an order's findings come in one window."""
        if findings.is_empty():
            return
        counted = _counted(findings)
        self._counts.append(counted)
        if sum(part.height for part in self._counts) > HELD:
            self._counts = [self._sum()]
        lacking = counted.join(self._exemplified(), on=_BY, how="anti", nulls_equal=True)
        if lacking.height:
            few = findings.join(lacking, on=_BY, how="semi", nulls_equal=True, maintain_order="left")
            chosen = _chosen(few, results.select("first_row", "order_number"))
            self._examples = _first(pl.concat([self._examples, chosen]))

    def _exemplified(self) -> pl.DataFrame:
        """Causes with all the examples that they need, of different orders: no finding to come is a better one."""
        of_orders = self._examples.filter(pl.col(_NTH) == 0).group_by(_BY).len()
        return of_orders.filter(pl.col("len") == EXAMPLES)

    def ranked(self) -> list[dict[str, Any]]:
        """`severity, column_name, check_name, orders, findings, hint`; errors first, then by how many orders."""
        order = self._sum().sort(
            "severity", "orders", "findings", *_BY[1:], descending=[False, True, True, False, False]
        )
        return order.head(MOST_CAUSES).to_dicts()

    def count(self) -> int:
        """How many there are, also beyond those that are ranked."""
        return self._sum().height

    def with_examples(self, most: int) -> list[Cause]:
        """So many of them, those with the most orders, with examples."""
        ranked = self.ranked()[:most]
        of_cause: dict[tuple[str | None, ...], list[dict[str, Any]]] = {_key(cause): [] for cause in ranked}
        for example in self._examples.iter_rows(named=True):
            of_cause.get(_key(example), []).append(example)
        return [Cause(**cause, examples=of_cause[_key(cause)]) for cause in ranked]

    def _sum(self) -> pl.DataFrame:
        every = pl.concat(self._counts)
        return every.group_by(_BY, maintain_order=True).agg(
            pl.col("orders", "findings").sum(), pl.col("hint").first()
        )


def _key(of: dict[str, Any]) -> tuple[str | None, ...]:
    return tuple(of[name] for name in _BY)


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    return findings.group_by(_BY, maintain_order=True).agg(
        orders=pl.col("first_row").n_unique().cast(pl.Int64),
        findings=pl.len().cast(pl.Int64),
        hint=pl.col("hint").first(),
    ).cast(dict.fromkeys([*_BY, "hint"], pl.String))  # fmt: skip


def _chosen(findings: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Examples of each cause among these findings, with the numbers of their orders."""
    nth = pl.int_range(pl.len()).over(*_BY, "first_row").alias(_NTH)
    some = _first(findings.with_columns(nth).filter(pl.col(_NTH) < EXAMPLES))
    numbered = some.join(numbers, on="first_row", how="left", maintain_order="left")
    return numbered.with_columns(shortened(pl.col("order_number")))


def _first(findings: pl.DataFrame) -> pl.DataFrame:
    """The first of each cause, those of different orders before further ones of the same."""
    return findings.sort(_NTH, maintain_order=True).group_by(_BY, maintain_order=True).head(EXAMPLES)


def read_causes(report: Path | None) -> list[dict[str, Any]]:
    """The causes of a report that was written, as `ranked` has them."""
    path = report / "summary.json" if report else None
    if path is None or not path.exists():
        return []
    causes: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["causes"]
    return causes
