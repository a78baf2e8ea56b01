"""Reads JSON text: numbers stay as written (Decimal, never float), and members that are null are dropped."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import simplejson

Json = Any

MAX_DIGITS = 300
"""A double ends at 308 digits, and most readers of JSON with it; nothing in an order needs them."""
MAX_READ = 1 << 20
"""Characters of a text that is read as a whole; an object of 64 KiB, spaces, escapes and nulls aside, has fewer."""

BEYOND = "A number in it is beyond every measure."

_SPACES = re.compile(r"[ \t\n\r]*")


class RefusedJsonError(ValueError):
    """JSON that we do not take, though its grammar does."""


def decode(text: str) -> Json:
    """The value of a text; raises ValueError where it is none."""
    return _DECODER.decode(text)


def decode_entries(text: str) -> Iterator[Json]:
    """The entries of a list, one after the other; raises ValueError where it is none."""
    at = _after_spaces(text, 1)
    if text[at : at + 1] == "]":
        _refuse_rest(text, at + 1)
        return
    while True:
        try:
            entry, at = _DECODER.scan_once(text, at)
        except StopIteration:  # inside a generator it would be taken for its end
            raise ValueError from None
        yield entry
        at = _after_spaces(text, at)
        if text[at : at + 1] != ",":
            break
        at = _after_spaces(text, at + 1)
    if text[at : at + 1] != "]":
        raise ValueError
    _refuse_rest(text, at + 1)


def _after_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _refuse_rest(text: str, at: int) -> None:
    if _after_spaces(text, at) < len(text):
        raise ValueError


def refuse_malformed(text: str) -> None:
    """Raise ValueError for what is no JSON; of what is too long to be read as a whole nobody asks."""
    if len(text) <= MAX_READ:
        _DECODER.decode(text)


def drop_nulls(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object's members, but for those that are null."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise RefusedJsonError("A member stands twice in one object: keep one.")
    return (
        {name: value for name, value in pairs if value is not None} if None in members.values() else members
    )


def refuse_constant(_: str) -> Json:
    """Raise ValueError: NaN and Infinity are Python's, not JSON's."""
    raise ValueError


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + len("-0.e-300"):
        raise RefusedJsonError(BEYOND)
    return Decimal(text)


_DECODER = simplejson.JSONDecoder(
    parse_float=_number, parse_constant=refuse_constant, object_pairs_hook=drop_nulls
)


def to_json(value: Json) -> str:
    """The JSON text that is stored."""
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    return text
