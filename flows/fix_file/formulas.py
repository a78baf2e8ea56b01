"""Escapes a cell so that no spreadsheet finds a formula in it, and takes the escape off again.

A spreadsheet may split a line at another separator than ours, and knows no quote then that does not stand at the
beginning of what it takes for a cell. So an apostrophe goes before whatever begins like a formula, at the beginning of
the cell and behind each separator and line break in it. One goes before what has an apostrophe there already too;
so taking one off at each such place gives the very text again.
"""

import polars as pl

from flows.fix_file.few_texts import change_few

SEPARATORS = ",;\t|"
"""What a spreadsheet may split a line at."""

# What it may overlook before a formula: quotes, our apostrophes, spaces, and characters that nobody sees.
_OVERLOOKED = r"""["'\p{Z}\p{Cc}\p{Cf}--[\t\r\n]]*"""
# The wide ones are taken for the narrow ones where people write them.
_MARKS = "=+-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = "[" + "".join(rf"\x{{{ord(mark):X}}}" for mark in _MARKS) + "]"

# Behind a separator, and a cell that begins with white space, which some take away. One pass each: a tab may be the
# end of the second and the beginning of the first.
_PLACES = (
    rf"(^|[,;|\t\r\n])%s({_OVERLOOKED}{_FORMULA})",
    rf"(^|[,;|\r\n])%s({_OVERLOOKED}\t)",
    rf"(^)%s({_OVERLOOKED}[\r\n])",
)
_IN_JSON = rf"[,;|\t\r\n]{_OVERLOOKED}"
_RISKY = "|".join(place % "" for place in _PLACES)


def escape_formula(cell: pl.Expr) -> pl.Expr:
    """Put an apostrophe before what begins like a formula (or like such a text already escaped)."""
    for place in _PLACES:
        cell = cell.str.replace_all(place % "", "${1}'${2}")
    return cell


def escape_formulas(cells: pl.Series) -> pl.Series:
    """The same for cells of many columns."""
    return change_few(cells, _RISKY, escape_formula)


def unescape_formula(cell: pl.Expr) -> pl.Expr:
    """Take off what `escape_formula` put before it; any other text stays."""
    for place in _PLACES:
        cell = cell.str.replace_all(place % "'", "${1}${2}")
    return cell


def escape_in_json(cells: pl.Series) -> pl.Series:
    """Write, in cells of JSON, what begins like a formula as JSON may write any character: its reader finds the very text."""
    if not cells.str.contains(_IN_JSON + _FORMULA).any():
        return cells
    for mark in _MARKS:
        cells = cells.str.replace_all(rf"({_IN_JSON})\x{{{ord(mark):X}}}", rf"${{1}}\u{ord(mark):04x}")
    return cells
