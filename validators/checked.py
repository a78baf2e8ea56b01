"""What comes of rows that are checked: heads, items and findings; of parts of a chunk, and joined of the whole."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What came of a chunk's rows; `order` numbers its orders from 0 in all four frames. A part has some of them.

    heads: a row an order: `order`, `row_number` (its first), `rows` (their count), `rejected`, and its members.
    items: a row an item: `order`, `row_number`, `item` (from 1), and its members.
    rows: `row_number` and `order` of every row that was given.
    findings: a thousand an order at most; some stand for more cells than their own, see `count`.
    wrong_rows: the numbers of all rows in which an error is.
    plain: the text members that are plain in every order; see ColumnStats.
    """

    heads: pl.DataFrame
    items: pl.DataFrame
    rows: pl.DataFrame
    findings: pl.DataFrame
    wrong_rows: pl.Series
    plain: frozenset[str]


def join_parts(parts: list[Checked]) -> Checked:
    """One of them all."""
    if len(parts) == 1:
        return parts[0]
    return Checked(
        # Whether lists were read is seen by a column of their names.
        heads=pl.concat((part.heads for part in parts), how="diagonal"),
        items=pl.concat(part.items for part in parts),
        rows=pl.concat(part.rows for part in parts),
        findings=pl.concat(part.findings for part in parts),
        wrong_rows=pl.concat(part.wrong_rows for part in parts),
        plain=frozenset.intersection(*(part.plain for part in parts)),
    )
