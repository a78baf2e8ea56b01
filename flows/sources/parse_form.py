"""Parses how a source's file itself is written: its endings, encoding, delimiter, quote, sheet and header row."""

import codecs
from typing import Any

from flows.formats import CSV, FORMATS, PACKED
from flows.sources.toml_table import TomlTable

LONGEST_MARK = 1
MOST_HEADER_ROW = 1000
"""What stands above a header is a title, a logo's alternative text, a few filters: never a thousand rows."""


def parse_form(table: TomlTable) -> dict[str, Any]:
    """How the file itself is written."""
    return {
        "files": tuple(_ending(table, ending) for ending in table.texts("files")),
        "encoding": _encoding(table),
        "delimiter": _mark(table, "delimiter", ","),
        "quote": _mark(table, "quote", '"', may_be_none=True),
        "sheet": table.text("sheet"),
        "header_row": table.whole("header_row", 1, 1, MOST_HEADER_ROW),
    }


def _mark(table: TomlTable, key: str, default: str, *, may_be_none: bool = False) -> str:
    value = table.text(key, default) or ""
    fits = len(value) == LONGEST_MARK and value.isascii() and value not in "\r\n\0"
    if key == "delimiter" and value == '"':
        fits = False
    if not fits and not (may_be_none and not value):
        raise table.refuse(key, "it must be one character of ASCII, such as ';'.")
    if key == "quote" and value and value == table.values.get("delimiter", ","):
        raise table.refuse(key, "it must be another character than the delimiter.")
    return value


def _ending(table: TomlTable, ending: str) -> str:
    ending = ending.lower()
    if not ending.startswith(".") or len(ending) == 1 or "/" in ending or ending in (PACKED, *_OTHER_ENDINGS):
        raise table.refuse("files", f"{ending!r} must be an ending of CSV files, such as '.txt'.")
    return ending


_OTHER_ENDINGS = tuple(suffix for known in FORMATS if known is not CSV for suffix in known.suffixes)


_NOT_OF_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Ways to write a name or a literal of Python's in ASCII: no file of orders is written in them."""


def _encoding(table: TomlTable) -> str:
    name = table.text("encoding", "utf-8") or "utf-8"
    try:
        codec = codecs.lookup(name)
        # rot13, base64 and their like are codecs of Python's too, and none of text.
        is_text = codec._is_text_encoding and codec.name not in _NOT_OF_FILES  # noqa: SLF001 - the only place that says so
        "a".encode(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        is_text = False
    if not is_text:
        raise table.refuse("encoding", f"{name!r} is no codec of text.")
    return codec.name
