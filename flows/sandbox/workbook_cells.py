"""Writes the cells of a column as text: numbers as the shortest decimal, dates and times as ISO 8601, nothing rounded.

What each cell was is kept beside it, for a number is not good for everything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

TEXT, NUMBER, LONG, MOMENT, UNSOUND = range(5)
"""A text or a blank; a number; one of more digits than a spreadsheet keeps; a date, time or truth value; no value."""

KEPT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; what it shows behind them is made up."""

UNCALCULATED = "#NOT CALCULATED!"
"""Shown of a formula without a result, as a spreadsheet would show an error."""


@dataclass(frozen=True)
class Column:
    """The cells of a column: what stands in each, and what it was."""

    texts: list[str]
    kinds: list[int]

    def put(self, row: int, text: str, kind: int) -> None:
        """Write another cell."""
        self.texts[row], self.kinds[row] = text or UNCALCULATED, kind


def read_cells(cells: tuple[Any, ...]) -> Column:
    """The cells that the library hands over as values of Python's."""
    if set(map(type, cells)) == {str}:
        return Column(list(cells), [TEXT] * len(cells))
    read = [(cell, TEXT) if type(cell) is str else _READ[type(cell)](cell) for cell in cells]
    return Column([text for text, _ in read], [kind for _, kind in read])


def _number(number: float) -> tuple[str, int]:
    text = repr(number).removesuffix(".0")
    if "e" in text:
        text = format(Decimal(text), "f")
    elif text == "-0":
        text = "0"
    if len(text) <= KEPT_DIGITS:
        return text, NUMBER
    digits = text.lstrip("-0.").replace(".", "")
    return text, LONG if len(digits) > KEPT_DIGITS else NUMBER


def _moment(moment: datetime | time) -> tuple[str, int]:
    text = moment.isoformat()
    return text.rstrip("0") if "." in text else text, MOMENT


def _duration(span: timedelta) -> tuple[str, int]:
    """As ISO 8601 writes it, in hours, minutes and seconds."""
    seconds = span.total_seconds()
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"PT{hours}H{minutes}M{_number(round(rest, 3))[0]}S"
    return f"-{text}" if seconds < 0 else text, MOMENT


_READ: dict[type, Callable[[Any], tuple[str, int]]] = {
    float: _number,
    int: _number,
    bool: lambda truth: ("true" if truth else "false", MOMENT),
    datetime: _moment,
    time: _moment,
    date: lambda day: (day.isoformat(), MOMENT),
    timedelta: _duration,
}
