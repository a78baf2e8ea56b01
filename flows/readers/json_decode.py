"""Decodes the text of one order: numbers as they are written, what JSON does not have or nobody can store marked.

Python's own decoder, written in C, is the one that hands every number and every object over as it stands. Those that make
columns at once (Polars, pyarrow), and the fastest (orjson, simdjson), round numbers to doubles, so that 12.10 is 12.1 and
1e3 is 1000, and of members that stand twice they take one in silence.
"""

import json

from flows.readers.json_records import SPACE, deepest
from flows.readers.json_types import Constant, Doubled, Half, HalfNamed, Json, Number, describe, is_whole

MAX_DEPTH = 100
"""Orders nest seven deep; as in a cell of JSON, what is deeper than this is not read, and no stack comes to its end."""

MAX_VALUES = 1_000_000
"""Each takes up to two hundred bytes while it is read; an order of twenty thousand items has a quarter as many."""


class UnreadableError(ValueError):
    """Text that is no object of JSON; what is wrong in a sentence, without anything of the text."""


class OrderDecoder:
    """Decodes one order after the other. `is_odd`: whether json_types.find_odd finds anything in the last one."""

    def __init__(self) -> None:
        self.is_odd = False
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._members,
            parse_float=Number,
            parse_int=Number,
            parse_constant=self._constant,
        )

    def decode(self, text: bytes) -> dict[str, Json]:
        """The order; raises UnreadableError."""
        self.is_odd = False
        _refuse_large(text)
        value = self._scan(text)
        if not isinstance(value, dict):
            raise UnreadableError(f"It is {describe(value)}, and an order is an object, in {{ }}.")
        if b"\\ud" in text or b"\\uD" in text:
            value = self._with_halves(value)
        order: dict[str, Json] = value
        return order

    def _scan(self, text: bytes) -> Json:
        try:
            written = text.strip(SPACE).decode()
            # What decode() does besides is to look for spaces at both ends.
            value, end = self._decoder.scan_once(written, 0)  # type: ignore[attr-defined]
        except UnicodeDecodeError as error:
            raise UnreadableError(f"It is not UTF-8, at its byte {error.start + 1:,}.") from None
        except json.JSONDecodeError as error:
            raise _no_json(error.pos, error.msg) from None
        except StopIteration as error:
            raise _no_json(error.value, "expecting value") from None
        if end < len(written):
            raise _no_json(end, "extra data")
        return value

    def _members(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.is_odd = True
        return _doubled(pairs)

    def _constant(self, written: str) -> Constant:
        self.is_odd = True
        return Constant(written)

    def _with_halves(self, value: Json) -> Json:
        """The value with each text, or name, that is none marked, which most escaped surrogates are not: they stand in pairs."""
        if isinstance(value, dict):
            for name in value:
                value[name] = self._with_halves(value[name])
            if not isinstance(value, Doubled) and not all(map(is_whole, value)):
                self.is_odd = True
                return HalfNamed(value)
        elif isinstance(value, list):
            return [self._with_halves(entry) for entry in value]
        elif isinstance(value, str) and not is_whole(value):
            self.is_odd = True
            return Half()
        return value


def _no_json(at: int, what: str) -> UnreadableError:
    return UnreadableError(f"It is no JSON, at its character {at + 1:,}: {what.lower()}.")


def _refuse_large(text: bytes) -> None:
    """Raise UnreadableError for what no memory, or no stack, should hold as values."""
    brackets = text.count(b"[") + text.count(b"{")
    if brackets > MAX_DEPTH and deepest(text) > MAX_DEPTH:
        raise UnreadableError(f"It is nested more than {MAX_DEPTH} deep.")
    if len(text) > MAX_VALUES and brackets + text.count(b",") > MAX_VALUES:
        raise UnreadableError(f"It has more than {MAX_VALUES:,} values.")


def _doubled(pairs: list[tuple[str, Json]]) -> Doubled:
    seen: set[str] = set()
    names = {name: None for name, _ in pairs if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
    members = Doubled((name, value) for name, value in pairs if name not in names)
    members.names = tuple(names)
    return members
