"""Reads a decoded order into the cells of its flat form, and tells what is of another type than its member.

What cannot be taken stands as `(no cell)`, so that it is not forgotten when the fix file comes back.
"""

from collections.abc import Iterable
from typing import NamedTuple

from flows.fix_file import NO_CELL
from flows.readers.json_places import BY_PATH, ENTRY, ITEMS, PLACES, Place
from flows.readers.json_strangers import member_of, shown_name, shown_value
from flows.readers.json_types import Doubled, Half, HalfNamed, Json, Number, describe, find_odd, to_text
from validators.findings import FAULT_PLACE

TWICE, TYPE, WHOLE = "has_each_member_once", "has_json_type", "has_whole_characters"
"""What is told of single members; see the hints of these checks."""

Members = dict[str, Json]
Cells = dict[str, str | None]


class Fault(NamedTuple):
    """One fault of an order, as readers tell it (see findings.FAULT_PLACE)."""

    fault: str
    hint: str


class ReadOrder:
    """The cells of an order's head and of its items, by their columns' names, items' without `items.`; and its faults."""

    def __init__(self, order: Members, *, is_odd: bool) -> None:
        """Read an order; `is_odd` says whether anything is in it that json_types.find_odd finds."""
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
                strange.append((shown_name(prefix + name), value))
            elif type(value) in place.takes:
                cells[place.path] = value
            elif type(value) is dict and place.kind == "object":
                self._read(value, place.inner, place.prefix, cells)
            else:
                self._put(place, value, cells)
        self._put_strange(strange, cells)
        if isinstance(members, Doubled):
            self._tell_twice([places.get(name) for name in members.names], cells)

    def _put(self, place: Place, value: Json, cells: Cells) -> None:
        if value is None or value == "":
            if not place.inner:
                cells[place.path] = None
        elif place.kind == "object" and isinstance(value, dict):
            self._read(value, place.inner, place.prefix, cells)
        elif place.kind == "list" and isinstance(value, list):
            self._put_items(place, value)
        elif self._is_fit(place, value):
            cells[place.path] = value if type(value) in place.takes else to_text(value)
        else:
            self._put_odd(place, value, cells)

    def _is_fit(self, place: Place, value: Json) -> bool:
        if place.kind == "json":
            return not (self._is_odd and find_odd(value) is not None)
        return type(value) in place.takes or (place.kind == "boolean" and isinstance(value, bool))

    def _put_items(self, place: Place, entries: list[Json]) -> None:
        self._base = ITEMS
        for entry in entries:
            item: Cells = {}
            self._item += 1
            if isinstance(entry, dict):
                self._read(entry, place.inner, "", item)
            elif entry is not None:
                self._put_odd(ENTRY, entry, item)
            self.items.append(item)
            self._item -= not any(item.values())  # one that says nothing has no number
        self._base, self._item = "", 0

    def _put_odd(self, place: Place, value: Json, cells: Cells) -> None:
        """Tell what cannot be taken; a number or boolean shows where it stands."""
        shows = isinstance(value, Number | bool) and not place.inner
        if place.kind == "list":
            cells = {}
            self.items.append(cells)
        cells[place.path] = to_text(value) if shows else NO_CELL
        odd = find_odd(value) if self._is_odd else None
        if isinstance(odd, Half | HalfNamed):
            self._tell(place, WHOLE, "Half a character stands in it (a lone surrogate): write it anew.")
        elif isinstance(odd, Doubled):
            self._tell(place, TWICE, "A member of it stands twice in one object: keep one.")
        else:
            what = describe(value if odd is None else odd)
            self._tell(place, TYPE, f"{what[0].upper()}{what[1:]} stands where {place.wanted} belongs.")

    def _put_strange(self, members: list[tuple[str, Json]], cells: Cells) -> None:
        """Those of another spelling, or flat by their whole path, are ours too; others are kept as they came."""
        for name, value in members:
            place = member_of(self._base + name)
            is_of_item = name.startswith(ITEMS) and not self._base
            row = self._flat_item if is_of_item else cells
            if place is None:
                row[name.removeprefix(ITEMS) if is_of_item else name] = shown_value(value)
                if self._is_odd and find_odd(value) is not None:
                    self.faults.append(Fault(TYPE, _ODD_UNKNOWN))
            elif row.get(place.path) is not None:
                self._tell_twice([place], row)
            else:
                self._put(place, value, row)

    def _tell_twice(self, places: Iterable[Place | None], cells: Cells) -> None:
        for place in places:
            if place is None:
                self.faults.append(Fault(TWICE, "A member that is in no order stands twice in one object."))
                continue
            if place.kind == "list":
                self.items.append({place.path: NO_CELL})
            else:
                cells[place.path] = NO_CELL
            self._tell(place, TWICE, "It stands twice in one object: keep one.")

    def _tell(self, place: Place, check: str, hint: str) -> None:
        parts = (check, place.column, str(self._item)) if self._item else (check, place.column)
        self.faults.append(Fault(FAULT_PLACE.join(parts), hint))


_ODD_UNKNOWN = "A member that is in no order has what is no JSON, stands twice, or has half a character."
