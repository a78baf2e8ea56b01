"""From JSON text in a cell to the list or object that it holds, and every reason why it cannot stand.

Four members are lists or objects: `metadata`, `additionalAddresses`, `shippingPreferences.specialServices`
and `shippingPreferences.customs`. A cell has no columns, so it is read in Python; each distinct text once.
Numbers stay as written (Decimal, never float), members that are null are dropped.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import polars as pl
import simplejson

from validators import forms
from validators.shapes import SHAPES, Fault, Json

# PostgreSQL's numeric ends at 131072 digits before the point; nothing in an order needs a hundredth of it.
MAX_EXPONENT = 1000
_CONTROL = re.compile(forms.CONTROL_IN_PROSE)


def read_cells(member: str, cells: pl.Series) -> pl.DataFrame:
    """A row a distinct text: `cell`, `json` (as it is stored; null when it has an error), `faults` (a list of structs)."""
    faults = pl.List(pl.Struct([pl.Field(name, pl.String) for name in Fault._fields]))
    schema = pl.Schema({"cell": pl.String(), "json": pl.String(), "faults": faults})
    read = [(text, *_read(text, SHAPES[member])) for text in cells.drop_nulls().unique(maintain_order=True)]
    return pl.DataFrame(read, schema=schema, orient="row")


def _read(text: str, shape: Callable[[Json], Iterator[Fault]]) -> tuple[str | None, list[dict[str, str]]]:
    try:
        value = _without_nulls(
            simplejson.loads(
                text, use_decimal=True, parse_constant=_no_constant, object_pairs_hook=_no_repeats
            )
        )
        faults = [*_storable(value), *shape(value)]
        stored = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
        stored.encode()  # half a surrogate pair is valid JSON and no text
    except (ValueError, RecursionError) as error:
        detail = f"{error}" if isinstance(error, _RepeatedError) else "It is not valid JSON."
        faults, stored = [Fault("is_json", "the cell", detail)], ""
    bad = any(fault.severity == "error" for fault in faults)
    return (None if bad else stored), [fault._asdict() for fault in faults]


class _RepeatedError(ValueError):
    """A member that stands twice in an object: one of its values would be lost."""


def _no_constant(_: str) -> Json:
    raise ValueError  # NaN and Infinity are Python's, not JSON's


def _no_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RepeatedError("A member stands twice in one object: keep one.")
    return members


def _without_nulls(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value


def _storable(value: Json) -> Iterator[Fault]:
    """What no text column and no number of PostgreSQL can hold, at any depth."""
    for leaf in _leaves(value):
        if isinstance(leaf, str) and _CONTROL.search(leaf):
            yield Fault("has_no_control_characters", "the cell", "Remove the control characters.")
        elif isinstance(leaf, Decimal) and abs(leaf.adjusted()) > MAX_EXPONENT:
            yield Fault("is_json", "the cell", "A number in it is beyond every measure.")


def _leaves(value: Json) -> Iterator[Json]:
    """Every plain value and every member's name."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from _leaves(entry)
    else:
        yield value
