"""The characters that have a part of their own to play: those that are trimmed, that nobody sees, that only control."""

import sys
import unicodedata
from functools import cache

CONTROL = r"[\x00-\x1F\x7F-\x9F]"
CONTROL_IN_PROSE = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]"
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What is trimmed, in cells by Polars: Unicode's white space. Python's strip() would take U+001C to U+001F too."""

# Beside Unicode's format characters (zero-width ones, joiners, direction marks): fillers, selectors, a blank pattern.
_FILLERS = (
    *("034F", "115F", "1160", "17B4", "17B5", "180B-180D", "180F", "2800", "3164"),
    *("FE00-FE0F", "FFA0", "E0100-E01EF"),
)
_HIDDEN = r"\p{Cf}" + "".join("-".join(f"\\x{{{at}}}" for at in part.split("-")) for part in _FILLERS)
HIDDEN = f"[{_HIDDEN}]"
"""A character that has no place in an identifier, for nobody sees it or knows what it does."""

UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What nobody sees, as a class of a pattern has it: the characters for which Unicode says that nothing is shown
(zero-width ones, direction marks, selectors, Hangul's fillers), marks of annotations, the Braille cell without a dot.
Not all format characters: a number sign of Arabic is one, and is seen."""
BLANK = rf"^[{SPACE}{UNSEEN}]*$"
"""A text in which nobody sees anything. Python and Polars read the pattern alike, as \\s they do not."""


@cache
def hidden_characters() -> dict[str, str]:
    """Each character that nobody sees, with what Unicode calls it."""
    ranges = ([int(at, 16) for at in part.split("-")] for part in _FILLERS)
    fillers = {at for first, *last in ranges for at in range(first, (last or [first])[0] + 1)}
    of_format = {at for at in range(sys.maxunicode + 1) if unicodedata.category(chr(at)) == "Cf"}
    return {
        chr(at): f"U+{at:04X} {unicodedata.name(chr(at), '')}".strip() for at in sorted(fillers | of_format)
    }


PROTECTED = r"(?s)^'|^=\".*\"$"
"""What somebody puts in front of or around a cell, so that a spreadsheet leaves it alone."""
EXCUSED = rf"{PROTECTED}|{HIDDEN}"
"""Texts in which something else is wrong, that is told instead of their form."""
