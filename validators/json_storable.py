"""Finds in a JSON value what no text column and no reader of numbers can hold, at any depth."""

import re
from collections.abc import Iterator
from decimal import Decimal

from validators import characters
from validators.json_customs import CUSTOMS
from validators.json_faults import Fault
from validators.json_text import BEYOND, MAX_DIGITS, Json, RefusedJsonError

MAX_DEPTH = 100
"""Readers of JSON give up somewhere past this; Python's limit would depend on who calls."""

_PROSE = ("metadata", "additionalAddresses", CUSTOMS)
"""Where tab, line feed and carriage return are text: values, addresses, and descriptions of goods."""


def find_unstorable(value: Json, member: str) -> Iterator[Fault]:
    """What no text column and no reader of numbers can hold, at any depth."""
    control = characters.CONTROL_IN_PROSE if member in _PROSE else characters.CONTROL
    # An entry stands one deep, in its list.
    for leaf in _leaves(value, depth=0 if member == CUSTOMS else 1):
        if isinstance(leaf, str):
            leaf.encode()  # half a surrogate pair is valid JSON and no text
            if re.search(control, leaf):
                yield Fault("has_no_control_characters", "", "Remove the control characters.")
        elif isinstance(leaf, int | Decimal) and _digits(Decimal(leaf)) > MAX_DIGITS:
            raise RefusedJsonError(BEYOND)


def _digits(number: Decimal) -> int:
    return max(abs(number.adjusted()), len(number.as_tuple().digits))


def _leaves(value: Json, depth: int) -> Iterator[Json]:
    """Every plain value and every member's name."""
    if depth > MAX_DEPTH:
        raise RefusedJsonError(f"It is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, depth + 1)
    else:
        yield value
