"""Computes statistics of text columns that mostly prove a check for all cells at once."""

from typing import NamedTuple

import polars as pl

SPACE, DELETE = 0x20, 0x7F
"""From the first on, and before the second, are the characters of ASCII that a printer has."""

BACKSLASH = 0x5C
"""With it begins whatever a text escapes; it is seldom in an order."""


class ColumnStats(NamedTuple):
    """`longest` cell in bytes; `lowest` byte in any, more than a byte where there is none.

    `is_plain` where no cell is blank or has a space at an end, and all are printable ASCII but for a backslash.
    """

    longest: int
    is_plain: bool
    lowest: int

    def has_only_above(self, character: str) -> bool:
        """Whether neither this character of ASCII nor any before it stands in a cell."""
        return self.lowest > ord(character)


NO_BYTE = 1 << 8

NO_VALUES, UNKNOWN = ColumnStats(0, True, NO_BYTE), ColumnStats(1 << 62, False, 0)
"""What is seen of a column without a value, and what is said of one at which nobody has looked."""


def compute_stats(frame: pl.DataFrame) -> dict[str, ColumnStats]:
    """What is seen of each text column, by its name."""
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if not text:
        return {}
    cells = frame.select(pl.col(text).cast(pl.Binary).cast(pl.List(pl.UInt8)))
    answers = iter(cells.select(_QUESTIONS).row(0))
    shortest, longest, lowest, highest, escapes = (dict(zip(text, answers, strict=False)) for _ in _QUESTIONS)
    ragged = _with_space_at_an_end(frame, [name for name in text if lowest[name] == SPACE])
    return {
        name: ColumnStats(
            longest[name] or 0,
            shortest[name] != 0
            and _are_printable(lowest[name], highest[name])
            and not escapes[name]
            and name not in ragged,
            NO_BYTE if lowest[name] is None else lowest[name],
        )
        for name in text
    }


def _are_printable(lowest: int | None, highest: int | None) -> bool:
    return lowest is None or highest is None or (lowest >= SPACE and highest < DELETE)


_SIZE, _EVERY = pl.all().list.len(), pl.all().explode(empty_as_null=False, keep_nulls=False)
_QUESTIONS = (
    _SIZE.min().name.prefix("shortest "),
    _SIZE.max().name.prefix("longest "),
    _EVERY.min().name.prefix("lowest "),
    _EVERY.max().name.prefix("highest "),
    (_EVERY == BACKSLASH).any().name.prefix("escapes "),
)


def _with_space_at_an_end(frame: pl.DataFrame, columns: list[str]) -> list[str]:
    if not columns:
        return []
    cells = pl.col(columns)
    spaced = frame.select((cells.str.starts_with(" ") | cells.str.ends_with(" ")).any())
    return [name for name in columns if spaced.item(0, name)]
