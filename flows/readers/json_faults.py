"""Says what is wrong with a member of an order: where, by which check, and what to do about it."""

from typing import NamedTuple

from flows.readers.json_places import Place
from flows.readers.json_types import Doubled, Half, HalfNamed, Json, describe
from validators.findings import FAULT_PLACE

TWICE, TYPE, WHOLE = "has_each_member_once", "has_json_type", "has_whole_characters"
"""What is told of single members; see the hints of these checks."""

STANDS_TWICE = "It stands twice in one object: keep one."


class Fault(NamedTuple):
    """One fault of an order, as readers tell it (see findings.FAULT_PLACE)."""

    fault: str
    hint: str


UNKNOWN_ODD = Fault(
    TYPE, "A member that is in no order has what is no JSON, stands twice, or has half a character."
)
UNKNOWN_TWICE = Fault(TWICE, "A member that is in no order stands twice in one object.")
ITEM_TWICE = "Items stand beside the list of items: keep one of the two."


def fault_at(place: Place, item: int, check: str, hint: str) -> Fault:
    """A fault of the member of that place, in the item of that number; 0 is none."""
    parts = (check, place.column, str(item)) if item else (check, place.column)
    return Fault(FAULT_PLACE.join(parts), hint)


def refuse(place: Place, value: Json, odd: Json) -> tuple[str, str]:
    """The check and the hint of a value that cannot be taken; `odd` is what find_odd finds in it."""
    if isinstance(odd, Half | HalfNamed):
        return WHOLE, "Half a character stands in it (a lone surrogate): write it anew."
    if isinstance(odd, Doubled):
        return TWICE, "A member of it stands twice in one object: keep one."
    what = describe(value if odd is None else odd)
    return TYPE, f"{what[0].upper()}{what[1:]} stands where {place.wanted} belongs."
