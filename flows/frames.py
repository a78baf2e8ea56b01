"""The values made of rows that the steps hand to each other: a table, its chunks, and what comes of a chunk."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from flows.results import Counts, Result
from flows.sources.mapping_table import MappingLine
from flows.spool import Spool
from flows.story import Story
from validators import findings

KNOWN = pl.Schema(
    {"order": pl.UInt32(), "order_id": pl.String(), "batch_id": pl.String(), "differs": pl.List(pl.String)}
)
"""Known orders among those of a chunk: the id and batch that they have, and the members whose values differ."""

REFUSED = pl.Schema({"order": pl.UInt32(), "sqlstate": pl.String(), "constraint": pl.String()})
"""Orders that every check held for and the database refused: what it said, and the constraint, or column, if it named one."""

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
ODD_ROWS = pl.Schema({"first_row": pl.Int64, "rows": pl.Int32})
FINDINGS = pl.Schema(
    {"first_row": pl.Int64, "line": pl.Int64}
    | {name: dtype for name, dtype in findings.FINDINGS.items() if name != "order"}
)
REJECTED = pl.Schema(
    {"row_number": pl.Int64, "item": pl.Int32, "first_row": pl.Int64, "line": pl.Int64, "cells": pl.String}
)
"""The columns of the streams that a report is rendered from; see ReportInput."""


@dataclass(frozen=True, kw_only=True)
class TableForm:
    """What is kept of a table: its source's own columns, and whether a row is a whole order."""

    header: tuple[str, ...]
    nested: bool


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Rows of whole orders, as the table delivered them, sorted by nothing but their place in the file.

    `share` is the part of all rows that they are.
    """

    number: int
    rows: pl.DataFrame
    share: float


@dataclass(frozen=True, kw_only=True)
class OversizedOrder:
    """An order that no memory holds, and a chunk of its own: its rows as the table delivered them, as often as anybody likes.

    `most` is how many rows, or items, an order of this table may have.
    """

    number: int
    share: float
    most: int
    parts: Callable[[], Iterator[pl.DataFrame]]


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
class StoredState:
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
    findings: a row a finding: `first_row, line, row_number, item, column_name, check_name, severity, value, hint, count`,
        some at a time.
    rejected: a row a delivered row of a rejected order: `row_number, item, first_row, line, cells` (a JSON list).
    further: more of these, some at a time and as often as anybody likes, where memory does not hold them.
    """

    results: pl.DataFrame
    findings: Spool
    rejected: pl.DataFrame
    further: Callable[[], Iterator[pl.DataFrame]] | None = None


@dataclass(frozen=True, kw_only=True)
class ChunkResult:
    """What is to be written of a chunk."""

    number: int = 0
    create: Assembled
    answers: Answers
    counts: Counts
    skipped: dict[str, int] = field(default_factory=dict)
    """How many rows each rule of the source has skipped, the rule in words."""
    odd_rows: pl.DataFrame = field(default_factory=ODD_ROWS.to_frame)
    """Created orders that have other than a row an item: see ODD_ROWS."""
    mends: tuple[str, ...] = ()
    """The batches whose rejected rows its rows say that they were."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a batch is from, for its page: the hash of its bytes, and when work on it began and ended, as reports tell a time.

    `put_away` is the folder that a file of the drop is moved to, where it is moved; `comes_back` the one of the drop
    that its fix file goes to. A replay has rows that another batch keeps, `replay_of`, and no file.
    """

    sha256: str
    started_at: str
    ended_at: str | None
    replay_of: str | None = None
    put_away: Path | None = None
    comes_back: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ReportInput:
    """What a report is rendered from; `general` are the findings on the batch as a whole, the others are streams.

    results: as in Answers, with `at`, when the order was created or answered; sorted by `first_row`.
    findings: as in Answers, sorted by the column that is asked for, `first_row` or `row_number`.
    rejected: as in Answers, sorted by `row_number`.
    mapping: what becomes of each column, where that is known; skipped: how many rows each rule has skipped.
    origin: where the batch is from, where that is known.
    story: its other rounds, and what became of its rejected orders since.
    """

    result: Result
    header: tuple[str, ...]
    delimiter: str
    general: pl.DataFrame
    results: Callable[[], Iterator[pl.DataFrame]]
    findings: Callable[[str], Iterator[pl.DataFrame]]
    rejected: Callable[[], Iterator[pl.DataFrame]]
    mapping: tuple[MappingLine, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    origin: Origin | None = None
    story: Story = field(default_factory=Story)
