"""Tells of a sheet what its sender may not see in it: other sheets, hidden rows, merged cells."""

from typing import Any

from flows.sources.source import Source

MOST_NAMED = 5
"""Rows and places that a note names."""

LETTERS = 26


def tell_of_sheet(told: dict[str, Any], source: Source) -> tuple[str, ...]:
    """Sentences on the sheet that was read."""
    return tuple(
        sentence
        for sentence in (_of_choice(told, source), _of_hidden_rows(told, source), _of_merged(told, source))
        if sentence
    )


def _of_choice(told: dict[str, Any], source: Source) -> str:
    if source.sheet or told["fix file"] or (told["sheets"] == 1 and not told["hidden sheet"]):
        return ""
    hidden = ", which is hidden" if told["hidden sheet"] else ""
    return f"Of the workbook's {told['sheets']} sheets the first one was read, {told['sheet']}{hidden}; sheet in the source's settings names another."


def _of_hidden_rows(told: dict[str, Any], source: Source) -> str:
    rows = [row for row in told["hidden_rows"] if row > source.header_row]
    return (
        f"{_many(rows, 'hidden row was', 'hidden rows were')} read like the others: {_named(rows)}."
        if rows
        else ""
    )


def _of_merged(told: dict[str, Any], source: Source) -> str:
    areas = [_area(*corners) for corners in told["merged"] if corners[2] >= source.header_row]
    if not areas:
        return ""
    return f"{_many(areas, 'area of merged cells has its value', 'areas of merged cells have their value')} in the first cell alone, the others are blank: {_named(areas)}."


def _many(what: list[Any], one: str, several: str) -> str:
    return f"{len(what):,} {one if len(what) == 1 else several}"


def _named(what: list[Any]) -> str:
    return ", ".join(map(str, what[:MOST_NAMED])) + (" …" if len(what) > MOST_NAMED else "")


def _area(top: int, left: int, bottom: int, right: int) -> str:
    return f"{_letters(left)}{top}:{_letters(right)}{bottom}"


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, place = divmod(column - 1, LETTERS)
        letters = chr(ord("A") + place) + letters
    return letters
