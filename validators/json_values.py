"""Reads JSON text in a cell: the list or object that it holds, and every reason why it cannot stand.

Four members are lists or objects: `metadata`, `additionalAddresses`, `shippingPreferences.specialServices`
and `shippingPreferences.customs`. A cell has no columns, so it is read in Python; each distinct text once.
Numbers stay as written (Decimal, never float), members that are null are dropped.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import polars as pl
import simplejson

from validators import formats
from validators.json_shapes import SHAPES, Fault, Json, to_json

MAX_DIGITS = 300
"""A double ends at 308 digits, and most readers of JSON with it; nothing in an order needs them."""
MAX_DEPTH = 100
"""Readers of JSON give up somewhere past this; Python's limit would depend on who calls."""

_PROSE = ("additionalAddresses", "shippingPreferences.customs")
"""Where tab, line feed and carriage return are text: addresses, and descriptions of goods."""


def read_cells(member: str, cells: pl.Series) -> pl.DataFrame:
    """A row a distinct text: `cell`, `json` (as it is stored; null when it has an error), `names`, `faults`.

    `names` are those of a list's entries, as far as they have one; `faults` is a list of structs.
    """
    faults = pl.List(pl.Struct([pl.Field(name, pl.String) for name in Fault._fields]))
    schema = pl.Schema(
        {"cell": pl.String(), "json": pl.String(), "names": pl.List(pl.String()), "faults": faults}
    )
    read = [(text, *_read_cell(text, member)) for text in cells.drop_nulls().unique(maintain_order=True)]
    return pl.DataFrame(read, schema=schema, orient="row")


def _read_cell(text: str, member: str) -> tuple[str | None, list[str], list[dict[str, str]]]:
    try:
        value = _load(text)
        faults = [*SHAPES[member](value), *_storable(value, member)]
        stored = to_json(value)
        stored.encode()  # half a surrogate pair is valid JSON and no text
    except (ValueError, ArithmeticError, RecursionError) as error:
        detail = (
            f"{error}"
            if isinstance(error, _RefusedError)
            else "Write it as JSON: double quotes around names and texts, no comma at the end."
        )
        value, stored, faults = None, "", [Fault("is_json", "the cell", detail)]
    bad = any(fault.severity == "error" for fault in faults)
    # An empty list says no more than none, and is stored as none.
    json = None if bad or value == [] else stored
    return json, [] if bad else _names(value), [fault._asdict() for fault in faults]


def _load(text: str) -> Json:
    value = simplejson.loads(
        text, use_decimal=True, parse_constant=_no_constant, object_pairs_hook=_no_repeats
    )
    return _without_nulls(value)


def plain_json(text: str | None) -> str | None:
    """The JSON text that all cells of an equal value have; the text itself where it is no JSON."""
    if text is None:
        return None
    try:
        value = simplejson.loads(
            text,
            parse_float=_plain_number,
            parse_int=_plain_number,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeats,
        )
        return str(simplejson.dumps(_without_nulls(value), sort_keys=True))
    except (ValueError, ArithmeticError, RecursionError):
        return text


def _plain_number(written: str) -> str:
    """A number as a text that no text of a cell is, for none may have a NUL; without zeros that say nothing, never rounded."""
    sign, digits, exponent = Decimal(written).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0").rstrip("0")
    dropped = len("".join(map(str, digits)).rstrip("0"))
    return f"\0{sign if significant else 0} {significant} {int(exponent) + len(digits) - dropped if significant else 0}"


class _RefusedError(ValueError):
    """JSON that we do not take, though its grammar does."""


def _no_constant(_: str) -> Json:
    raise ValueError  # NaN and Infinity are Python's, not JSON's


def _no_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RefusedError("A member stands twice in one object: keep one.")
    return members


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value


def _storable(value: Json, member: str) -> Iterator[Fault]:
    """What no text column and no reader of numbers can hold, at any depth."""
    control = formats.CONTROL_IN_PROSE if member in _PROSE else formats.CONTROL
    for leaf in _leaves(value):
        if isinstance(leaf, str) and re.search(control, leaf):
            yield Fault("has_no_control_characters", "the cell", "Remove the control characters.")
        elif isinstance(leaf, int | Decimal) and _digits(Decimal(leaf)) > MAX_DIGITS:
            yield Fault("is_json", "the cell", "A number in it is beyond every measure.")


def _digits(number: Decimal) -> int:
    return max(abs(number.adjusted()), len(number.as_tuple().digits))


def _leaves(value: Json, depth: int = 0) -> Iterator[Json]:
    """Every plain value and every member's name."""
    if depth > MAX_DEPTH:
        raise _RefusedError(f"It is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, depth + 1)
    else:
        yield value


def _names(value: Json) -> list[str]:
    return [str(entry["name"]) for entry in value if "name" in entry] if isinstance(value, list) else []
