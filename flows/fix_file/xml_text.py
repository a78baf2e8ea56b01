"""Writes texts as they stand between the elements of a workbook's XML."""

import polars as pl

from flows.fix_file.few_texts import change_few

# What XML cannot hold, or alters in reading, as workbooks tell it: by its number. A tab and a line feed stay.
_NUMBERED = [*map(chr, (*range(0x09), *range(0x0B, 0x20))), "\ufffe", "\uffff"]
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {sign: f"_x{ord(sign):04X}_" for sign in _NUMBERED}

# What looks like such a number, and is none. Its end is not looked at, for it may be the beginning of the next one.
_LIKE_A_NUMBER = "_(x[0-9A-Fa-f]{4})"

SPACES = ' xml:space="preserve"'

_SPECIAL = rf"[&<>\x00-\x08\x0B-\x1F\x{{FFFE}}\x{{FFFF}}]|{_LIKE_A_NUMBER}"


def escape_xml(texts: pl.Series) -> pl.Series:
    """The texts, so that whoever reads the workbook finds the very same ones."""
    return change_few(
        texts,
        _SPECIAL,
        lambda text: text.str.replace_all(_LIKE_A_NUMBER, "_x005F_$1").str.replace_many(_ESCAPES),
    )


def has_spaces(text: pl.Expr) -> pl.Expr:
    """Whether blanks stand at an end of the text: they are lost if its element does not have SPACES."""
    return text.str.contains(r"^\s|\s$")
