"""What a check is: a name that reads as a fact, an expression that is true or null where it holds, and a hint.

The hint is for the person who can mend the value. A check on a value is hung on every row where the value stands; one on
a whole order (order_rules) once, on the order's first row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from validators.column_stats import NO_VALUES, ColumnStats
from validators.formats import Severity


@dataclass(frozen=True, kw_only=True, eq=False)  # an expression has no equal
class Check:
    """One rule; its expression may look at any member of its order's head, or of its item.

    `proven_by` at the column and `fast_path` cost less than `holds`, and are true only where that is: where one of
    them is true of a whole chunk, nobody needs to ask further. A check `of_value` holds where there is none. `own_hint`
    says more of a row that fails than `hint` does.
    """

    name: str
    column: str
    holds: pl.Expr
    hint: str
    severity: Severity = "error"
    proven_by: Callable[[ColumnStats], bool] | None = None
    fast_path: pl.Expr | None = None
    of_value: bool = False
    own_hint: Callable[[], pl.Expr] | None = None

    def is_proven(self, stats: Mapping[str, ColumnStats]) -> bool:
        """Whether the statistics of all columns that were delivered prove that it holds on every row."""
        column = stats.get(self.column, NO_VALUES)
        if column == NO_VALUES:
            return self.of_value
        return self.proven_by is not None and self.proven_by(column)

    @cached_property  # for a small batch takes no longer than making expressions
    def fast_check(self) -> pl.Expr:
        """Whether the fast path finds that it holds on all rows."""
        quick = self.holds if self.fast_path is None else self.fast_path
        return quick.all().alias(f"{self.column} {self.name}")


def unproven(checks: Sequence[Check], stats: Mapping[str, ColumnStats]) -> list[Check]:
    """The checks that the statistics do not prove."""
    return [check for check in checks if not check.is_proven(stats)]


def fast_checks(checks: Sequence[Check]) -> list[pl.Expr]:
    """Of each whether its fast path finds that it holds on all rows."""
    return [check.fast_check for check in checks]


def raw(path: str) -> str:
    """Name of the column that keeps a number or boolean as it was written."""
    return f"{path} as written"


def decimals(written: pl.Expr) -> pl.Expr:
    """How many decimals a number is written with, zeros at the end aside."""
    needed = written.str.strip_chars_end("0")
    return (needed.str.len_bytes() - needed.str.find(".", literal=True) - 1).fill_null(0)
