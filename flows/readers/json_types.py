"""The values that JSON is decoded to, beside Python's own; what each is in words, and as JSON again."""

from json.encoder import encode_basestring
from typing import Any

Json = Any


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Constant(str):
    """NaN or Infinity, which Python's decoder takes and JSON does not have."""

    __slots__ = ()


class Half:
    """Stands for a text with half a pair of surrogates, which is no character."""


class Doubled(dict[str, Json]):
    """An object without those of its members that stand in it twice: `names`."""

    names: tuple[str, ...] = ()


class HalfNamed(dict[str, Json]):
    """An object with a member in whose name half a character stands."""


def is_whole(text: str) -> bool:
    """Whether all its characters are some."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def describe(value: Json) -> str:
    """What a value is, in words."""
    if isinstance(value, Constant):
        return f"{value}, which JSON does not have,"
    words = {dict: "an object", list: "a list", bool: "true or false", Number: "a number", str: "a text"}
    return next((word for kind, word in words.items() if isinstance(value, kind)), "null")


_ODD = (Constant, Half, HalfNamed, Doubled)


def find_odd(value: Json) -> Json:
    """The first of what JSON does not have, or nobody can store, in a value, itself included; None where there is none."""
    if isinstance(value, _ODD):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((odd for part in parts if (odd := find_odd(part)) is not None), None)


_WORDS = {None: "null", True: "true", False: "false"}


def to_text(value: Json) -> str:
    """The JSON of a value, its numbers as they were written."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if isinstance(value, dict):
        return (
            f"{{{','.join([f'{encode_basestring(name)}:{to_text(part)}' for name, part in value.items()])}}}"
        )
    if kind is list:
        return f"[{','.join([to_text(entry) for entry in value])}]"
    if kind is Half:
        return "null"
    return str(value) if isinstance(value, str) else _WORDS[value]
