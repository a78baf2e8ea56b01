"""Finds the rows without an order number below an order's rows: they may be its own, and then it lacks them.

Such a row is an order of its own, and is rejected. Whether it belongs to the nearest numbered row above it nobody can
say, and so that row's order may not be created without it. Blank rows between them do not count, nor does a header
that stands there again: without it, as it should be, the two would stand together. All of it is seen in the order of
the file, before any chunk is cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from flows.readers.order_runs import hash_numbers, is_filled
from flows.sources.orders import SKIPPED

NAMELESS = pl.Schema({"above": pl.UInt32, "first": pl.UInt32, "last": pl.UInt32, "rows": pl.UInt32})
"""Rows without a number between two numbered ones: the row above them, their first, their last, and how many they are.

Row numbers, sorted; in 32 bits each, for in some tables every third row is of this kind.
"""


@dataclass(kw_only=True)
class NamelessRows:
    """Those of the frames that have passed; `name` is what the header calls the `column` of the order numbers.

    `record` are the columns in which the fix file of a JSON batch says which of its records, each an order, a row is of.
    """

    column: str
    name: str
    record: tuple[str, ...] = ()
    _above: int | None = None
    _record: str | None = None
    _found: list[pl.DataFrame] = field(default_factory=lambda: [NAMELESS.to_frame()])

    def keys(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.Series]:
        """The key of each row's order number; null where there is none."""
        for rows in frames:
            keys = hash_numbers(rows[self.column])
            if (
                keys.null_count()
                or self.record
                or SKIPPED in rows.columns
                or self._is_header(rows[self.column].tail(1)).any()
            ):
                self._look(rows, keys)
            elif rows.height:
                self._above = int(rows["row_number"][-1])
            yield keys

    def found(self) -> pl.DataFrame:
        """See NAMELESS; those of two frames between the same two numbered rows are one."""
        each = pl.concat(self._found).group_by("above", maintain_order=True)
        return each.agg(pl.col("first").min(), pl.col("last").max(), pl.col("rows").sum())

    def _look(self, rows: pl.DataFrame, keys: pl.Series) -> None:
        """Find those of one frame, and the last numbered row in it."""
        numbers = rows[self.column]
        is_nameless = _without_number(rows, keys)
        is_numbered = keys.is_not_null() & ~self._is_header(numbers)
        if SKIPPED in rows.columns:  # as if they were not there
            counts = rows[SKIPPED].is_null()
            is_nameless, is_numbered = is_nameless & counts, is_numbered & counts
        if self.record:
            is_nameless &= ~self._is_of_another(rows, is_numbered)
        above = (
            pl.when("is_numbered")
            .then("row_number")
            .forward_fill()
            .fill_null(pl.lit(self._above, dtype=pl.Int64))
        )
        seen = rows.select("row_number", is_nameless=is_nameless, is_numbered=is_numbered).select(
            "row_number", "is_nameless", above=above
        )
        row = pl.col("row_number")
        found = seen.filter("is_nameless").drop_nulls("above").group_by("above", maintain_order=True)
        self._found.append(
            found.agg(first=row.min(), last=row.max(), rows=pl.len()).cast(dict(NAMELESS))  # type: ignore[arg-type]
        )
        self._above = seen["above"][-1] if seen.height else self._above

    def _is_of_another(self, rows: pl.DataFrame, is_numbered: pl.Series) -> pl.Series:
        """Whether a row says that it is of another record than the numbered row above it: then it is no row of that order."""
        texts = [pl.col(name).str.strip_chars().fill_null("") for name in self.record]
        record = rows.select(pl.when(texts[-1] != "").then(pl.concat_str(texts, separator=" "))).to_series()
        above = pl.select(
            pl.when(is_numbered)
            .then(record.fill_null(""))
            .forward_fill()
            .fill_null(pl.lit(self._record, dtype=pl.String))
        ).to_series()
        self._record = above[-1] if above.len() else self._record
        return (record != above).fill_null(value=False)

    def _is_header(self, numbers: pl.Series) -> pl.Series:
        return (numbers.str.strip_chars().str.to_lowercase() == self.name).fill_null(value=False)


def _without_number(rows: pl.DataFrame, keys: pl.Series) -> pl.Series:
    """Whether a row has no number, though something stands in it."""
    blank = rows.filter(keys.is_null())
    filled = blank.filter(is_filled(blank))["row_number"]
    return rows["row_number"].is_in(filled.implode())
