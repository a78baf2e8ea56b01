"""Finds what the library that reads a sheet's cells does not tell: hidden rows, errors, and formulas without a result.

A look at the bytes says whether there can be any; only then the sheet's elements are gone through, which takes three
times as long as reading its cells.
"""

import re
from dataclasses import dataclass, field

from flows.sandbox.workbook_parts import Attributes, DamagedPartError, Elements, Parts

_TELLING = re.compile(rb"<(?:\w+:)?f[\s>/]|hidden=.(?:1|true)|[\"']e[\"']")
_DOCTYPE = b"<!DOCTYPE"
_OVERLAP = 64
"""What is looked for is shorter, and may stand where two blocks meet."""

MOST_ROWS = 1 << 20
"""Of a sheet, as the format has it."""

_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_LETTERS = 26


@dataclass(kw_only=True)
class Facts:
    """Of a sheet: its hidden rows by their numbers, and the places, from 0, of cells without a sound value."""

    hidden: list[int] = field(default_factory=list)
    unsound: dict[tuple[int, int], str] = field(default_factory=dict)
    """What the cell shows: an error such as #N/A, or nothing of a formula that nobody has calculated."""

    @property
    def rows(self) -> int:
        """How many rows they reach over."""
        return 1 + max((row for row, _ in self.unsound), default=-1)

    @property
    def width(self) -> int:
        """How many columns they reach over."""
        return 1 + max((column for _, column in self.unsound), default=-1)


def find_facts(parts: Parts, sheet: str) -> Facts:
    """The facts of this part; raises DamagedPartError when it is none of a workbook."""
    if not _is_telling(parts, sheet):
        return Facts()
    rows = _Rows()
    parts.walk(sheet, rows)
    if any(row >= MOST_ROWS for row, _ in rows.facts.unsound):
        raise DamagedPartError
    return rows.facts


def _is_telling(parts: Parts, sheet: str) -> bool:
    before, found = b"", False
    for block in parts.blocks(sheet):
        text = before + block
        if _DOCTYPE in text or b"\0" in block:  # of entities, or in UTF-16: no program writes a sheet so
            raise DamagedPartError
        found = found or _TELLING.search(text) is not None
        before = text[-_OVERLAP:]
    return found


class _Rows(Elements):
    """A sheet's rows and cells, as its elements tell them."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._row, self._column = -1, -1
        self._value: str | None = None
        self._begin_value("")

    def start(self, tag: str, of: Attributes) -> None:
        if tag == "c":
            self._begin_cell(of)
        elif tag == "v":
            self._value, self._is_inside = "", True
        elif tag == "f":
            self._is_formula = True
        elif tag == "row":
            self._row = int(of["r"]) - 1 if "r" in of else self._row + 1
            self._column = -1
            if of.get("hidden") in ("1", "true"):
                self.facts.hidden.append(self._row + 1)

    def end(self, tag: str) -> None:
        if tag == "v":
            self._is_inside = False
        elif tag == "c" and (self._type == "e" or (self._is_formula and not self._is_calculated())):
            self.facts.unsound[self._row, self._column] = self._value or "" if self._type == "e" else ""

    def text(self, text: str) -> None:
        if self._is_inside:
            self._value = (self._value or "") + text

    def _is_calculated(self) -> bool:
        """Whether the formula has a result; only of a text it may be blank, and programs that calculate nothing leave it so."""
        return bool(self._value) or (self._value is not None and self._type == "str")

    def _begin_cell(self, of: Attributes) -> None:
        place = _CELL.fullmatch(of.get("r", ""))
        self._column = _column(place[1]) if place else self._column + 1
        self._row = int(place[2]) - 1 if place else self._row
        self._begin_value(of.get("t", ""))

    def _begin_value(self, of_type: str) -> None:
        self._type, self._value = of_type, None
        self._is_formula = self._is_inside = False


def _column(letters: str) -> int:
    """From 0: A, B, … Z, AA."""
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1
