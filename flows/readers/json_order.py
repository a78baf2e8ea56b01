"""Reads a decoded order into the cells of its flat form, and tells what is of another type than its member.

What cannot be taken stands as `(no cell)`, so that it is not forgotten when the fix file comes back.
"""

from functools import lru_cache
from typing import NamedTuple

from flows.fix_file import NO_CELL
from flows.readers.json_decode import (
    Doubled,
    Half,
    Json,
    Number,
    describe,
    find_odd,
    to_text,
)
from flows.readers.json_places import BY_PATH, ITEMS, PLACES, Place, text_place
from flows.sources.names import our_name
from validators.findings import FAULT_PLACE
from validators.order_model import METADATA

TWICE, TYPE, WHOLE = "has_each_member_once", "has_json_type", "has_whole_characters"
"""What is told of single members; see the hints of these checks."""

LONGEST_NAME = 200
"""Characters of a name that is no member's; it is told, and a column of the fix file."""

Members = dict[str, Json]
Cells = dict[str, str | None]

_NUMBERS = frozenset((str, Number))
_TAKEN = {
    "text": frozenset((str,)),
    **dict.fromkeys(("integer", "decimal", "boolean"), _NUMBERS),
    **dict.fromkeys(("json", "object", "list"), frozenset[type]()),
}
"""The types that are taken as they are; a number may be a text, which loses nothing."""

_WANTED = {
    "text": "a text, in quotes,",
    **dict.fromkeys(("integer", "decimal"), "a number"),
    "boolean": "true or false",
    "list": "the list of items",
}


class Fault(NamedTuple):
    """One fault of an order, as readers tell it (see findings.FAULT_PLACE)."""

    fault: str
    hint: str


class ReadOrder:
    """The cells of an order's head and of its items, by their columns' names, items' without `items.`; and its faults."""

    def __init__(self, order: Members, *, is_odd: bool) -> None:
        """Read an order; `is_odd` says whether anything is in it that json_decode.find_odd finds."""
        self.head: Cells = {}
        self.items: list[Cells] = []
        self.faults: list[Fault] = []
        self._is_odd, self._item, self._base = is_odd, 0, ""
        self._flat_item: Cells = {}
        self._read(order, PLACES, "", self.head)
        if self._flat_item and self.items:
            self._tell(
                BY_PATH["items.itemId"], TWICE, "Items stand beside the list of items: keep one of the two."
            )
        elif self._flat_item:
            self.items.append(self._flat_item)

    def _read(self, members: Members, places: dict[str, Place], prefix: str, cells: Cells) -> None:
        """Put an object's members into cells; last those that are not called as ours are."""
        strange = []
        for name, value in members.items():
            place = places.get(name)
            if place is None:
                strange.append((name, value))
            elif type(value) in _TAKEN[place.kind]:
                cells[place.path] = value
            else:
                self._put(place, value, cells)
        for name, value in strange:
            self._put_strange(_shown(prefix + name), value, cells)
        for name in members.names if isinstance(members, Doubled) else ():
            self._tell_twice(places.get(name), cells)

    def _put(self, place: Place, value: Json, cells: Cells) -> None:
        if value is None or value == "":
            if not place.inner:
                cells[place.path] = None
        elif place.kind == "object" and isinstance(value, dict):
            self._read(value, place.inner, place.prefix, cells)
        elif place.kind == "list" and isinstance(value, list):
            self._put_items(place, value)
        elif self._is_fit(place, value):
            cells[place.path] = value if type(value) in _TAKEN[place.kind] else to_text(value)
        else:
            self._put_odd(place, value, cells)

    def _is_fit(self, place: Place, value: Json) -> bool:
        if place.kind == "json":
            return not (self._is_odd and find_odd(value) is not None)
        return type(value) in _TAKEN[place.kind] or (place.kind == "boolean" and isinstance(value, bool))

    def _put_items(self, place: Place, entries: list[Json]) -> None:
        self._base = ITEMS
        for entry in entries:
            item: Cells = {}
            self._item += 1
            if isinstance(entry, dict):
                self._read(entry, place.inner, "", item)
            elif entry is not None:
                self._put_odd(place.inner["itemId"], entry, item)
            self.items.append(item)
            self._item -= not item  # one that says nothing has no number
        self._base, self._item = "", 0

    def _put_odd(self, place: Place, value: Json, cells: Cells) -> None:
        """Tell what cannot be taken; a number or boolean shows where it stands."""
        shows = isinstance(value, Number | bool) and not place.inner
        if place.kind == "list":
            cells = {}
            self.items.append(cells)
        cells[place.path] = to_text(value) if shows else NO_CELL
        odd = find_odd(value) if self._is_odd else None
        if isinstance(odd, Half):
            self._tell(place, WHOLE, "Half a character stands in it (a lone surrogate): write it anew.")
        elif isinstance(odd, Doubled):
            self._tell(place, TWICE, "A member of it stands twice in one object: keep one.")
        else:
            wanted = _WANTED.get(place.kind, f"the object {place.base}{place.prefix[:-1]}")
            what = describe(value if odd is None else odd)
            self._tell(place, TYPE, f"{what[0].upper()}{what[1:]} stands where {wanted} belongs.")

    def _put_strange(self, name: str, value: Json, cells: Cells) -> None:
        """A member of another spelling, or flat by its whole path, is ours too; others are kept as they came."""
        member = _our_name(self._base + name)
        if name.startswith(ITEMS) and not self._base:
            name, cells = name.removeprefix(ITEMS), self._flat_item
        if member is None:
            cells[name] = _readable(value)
            if self._is_odd and find_odd(value) is not None:
                hint = (
                    "A member that is in no order has what is no JSON, stands twice, or has half a character."
                )
                self.faults.append(Fault(TYPE, hint))
            return
        place = text_place(member) if member.startswith(METADATA) else BY_PATH[member]
        if cells.get(place.path) is not None:
            self._tell_twice(place, cells)
        else:
            self._put(place, value, cells)

    def _tell_twice(self, place: Place | None, cells: Cells) -> None:
        hint = "It stands twice in one object: keep one."
        if place is None:
            self.faults.append(Fault(TWICE, "A member that is in no order stands twice in one object."))
        elif place.kind == "list":
            self.items.append({place.path: NO_CELL})
            self._tell(place, TWICE, hint)
        else:
            cells[place.path] = NO_CELL
            self._tell(place, TWICE, hint)

    def _tell(self, place: Place, check: str, hint: str) -> None:
        parts = (check, place.column, str(self._item)) if self._item else (check, place.column)
        self.faults.append(Fault(FAULT_PLACE.join(parts), hint))


@lru_cache(maxsize=10_000)  # of one sender the same few stand in every order
def _our_name(name: str) -> str | None:
    return our_name(name)


def _shown(name: str) -> str:
    """A name that is no member's, as a header can have it."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        name = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:LONGEST_NAME])
    return name


def _readable(value: Json) -> str | None:
    """What stands in a member that is in no order."""
    if value is None:
        return None
    text = value if isinstance(value, str) else to_text(value)
    return text if text.isascii() else text.encode(errors="replace").decode()
