"""The values made of rows that the steps hand to each other: a table, its chunks, and what comes of a chunk."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from flows.model import Counts, MachineError, Result
from flows.runs import keys_of, one_key, runs_of
from validators import findings

KNOWN = pl.Schema(
    {"order": pl.UInt32(), "order_id": pl.String(), "batch_id": pl.String(), "differs": pl.List(pl.String)}
)
"""Known orders among those of a chunk: the id and batch that they have, and the members whose values differ."""

REFUSED = pl.Schema({"order": pl.UInt32(), "sqlstate": pl.String()})
"""Orders that every check held for and the database refused, with what it said."""

RESULTS = pl.Schema(
    {
        "first_row": pl.Int64,
        "order_number": pl.String,
        "outcome": pl.String,
        "code": pl.Int32,
        "rows": pl.Int32,
        "order_id": pl.String,
        "at": pl.String,
    }
)
FINDINGS = pl.Schema(
    {"first_row": pl.Int64, "line": pl.Int64}
    | {name: dtype for name, dtype in findings.FINDINGS.items() if name != "order"}
)
REJECTED = pl.Schema(
    {"row_number": pl.Int64, "item": pl.Int32, "first_row": pl.Int64, "line": pl.Int64, "cells": pl.String}
)
"""The columns of the streams that a report is rendered from; see Told."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is kept of a table: its source's own columns, whether a row is a whole order, and how many rows a chunk has."""

    header: tuple[str, ...]
    nested: bool
    chunk_rows: int


class Table(ABC):
    """A batch that can be read as rows, and as often as anybody likes."""

    header: tuple[str, ...]
    nested: bool
    size: int
    """Bytes of all cells, or a little more; of some tables it is known when all rows were looked at."""
    records: int | None = None
    """How many rows it has, as others count them than those who read the cells; None where nobody else counts."""

    @abstractmethod
    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows as delivered, in file order; only these of the numbered columns when told.

        Text columns named "0", "1", … like `header`'s places, `row_number`, `line` (null but for a CSV), `fault` and
        `fault_hint` (null when there is none). Those of a nested Parquet are its flat form, a row an item.
        """

    def runs(self, order_number: str | None) -> pl.DataFrame:
        """The runs of the rows (see runs.RUNS), by the column of this number; None when all have one order number."""
        if order_number is None:
            if self.nested:  # the rows of an order belong together, also those in which nothing stands
                return runs_of(pl.zeros(frame.height, pl.UInt64, eager=True) for frame in self.frames())
            return runs_of(map(one_key, self.frames()))
        frames = self.frames([order_number])
        if self.nested:  # the rows of an order have one number, of which there is always one
            return runs_of(keys_of(frame[order_number], frame["row_number"]) for frame in frames)
        return runs_of(keys_of(frame[order_number]) for frame in frames)

    def refuse_fewer(self, rows: int) -> None:
        """Raise MachineError unless so many rows are all that it has."""
        if self.records not in (None, rows):
            raise MachineError(
                f"The file has {self.records:,} rows, of which {rows:,} are accounted for;"
                " this is a fault of ours, please report it."
            )


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Rows of whole orders, as the table delivered them, sorted by nothing but their place in the file.

    `share` is the part of all rows that they are.
    """

    number: int
    rows: pl.DataFrame
    share: float


@dataclass(frozen=True, kw_only=True)
class Assembled:
    """The accepted orders of a chunk. `order`, their number within the chunk, stands for the key that loading gives.

    orders: `order` and the columns of table `orders` but for its key, batch and time.
    items: `order` and the columns of table `order_items` but for its key.
    plain: those of their text columns in which nothing needs to be escaped; some more may be so.
    """

    orders: pl.DataFrame
    items: pl.DataFrame
    plain: frozenset[str] = frozenset()

    def only(self, orders: pl.Series) -> "Assembled":
        """Those of these numbers."""
        chosen = pl.col("order").is_in(orders.implode())
        return replace(self, orders=self.orders.filter(chosen), items=self.items.filter(chosen))

    def keyed(self, first_key: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Orders and items with `order_key`, counted from `first_key`, for `order`."""
        key = (pl.col("order").cast(pl.Int64) + first_key).alias("order_key")
        return self.orders.select(key, pl.exclude("order")), self.items.select(key, pl.exclude("order"))


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the database says of assembled orders: those that it has (see KNOWN), those that it refuses (see REFUSED)."""

    known: pl.DataFrame = field(default_factory=KNOWN.to_frame)
    refused: pl.DataFrame = field(default_factory=REFUSED.to_frame)

    def conflicts(self) -> pl.DataFrame:
        """Known orders with other content."""
        return self.known.filter(pl.col("differs").list.len() > 0)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What is told of a chunk's orders.

    results: a row an order: `first_row, order_number, outcome, code, rows, order_id`.
    findings: a row a finding: `first_row, line, row_number, item, column_name, check_name, severity, value, hint`.
    rejected: a row a delivered row of a rejected order: `row_number, item, first_row, line, cells` (a JSON list).
    """

    results: pl.DataFrame
    findings: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What is to be written of a chunk."""

    number: int = 0
    create: Assembled
    answers: Answers
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a report is rendered from; `general` are the findings on the batch as a whole, the others are streams.

    results: as in Answers, with `at`, when the order was created or answered; sorted by `first_row`.
    findings: as in Answers, sorted by the column that is asked for, `first_row` or `row_number`.
    rejected: as in Answers, sorted by `row_number`.
    """

    result: Result
    header: tuple[str, ...]
    delimiter: str
    general: pl.DataFrame
    results: Callable[[], Iterator[pl.DataFrame]]
    findings: Callable[[str], Iterator[pl.DataFrame]]
    rejected: Callable[[], Iterator[pl.DataFrame]]
