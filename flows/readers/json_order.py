"""Reads a decoded order into the cells of its flat form, and tells what is of another type than its member."""

from flows.fix_file import NO_CELL
from flows.readers.json_cells import METADATA, Cells, OrderCells, Stranger, is_of_item
from flows.readers.json_faults import ITEM_TWICE, TWICE, fault_at
from flows.readers.json_places import BY_PATH, ENTRY, ITEMS, PLACES, Place
from flows.readers.json_strangers import member_of, shown_name
from flows.readers.json_types import Doubled, Half, Json, is_whole, to_text
from validators.json_members import is_blank_text

Members = dict[str, Json]


class ReadOrder(OrderCells):
    """An order as it was read; see json_cells.OrderCells."""

    def __init__(self, order: Members, *, is_odd: bool) -> None:
        """Read an order."""
        super().__init__(is_odd=is_odd)
        self._entries: list[Json] = []
        self._read(order, PLACES, "", self.head)
        if self._flat_item:
            self._put_flat_item()
        if self._entries:
            self._put_entries()

    def _read(self, members: Members, places: dict[str, Place], prefix: str, cells: Cells) -> None:
        """Put an object's members into cells; last those that are not called as ours are."""
        strange = []
        for name, value in members.items():
            place = places.get(name)
            if place is None:
                strange.append((self._base + prefix + name, value))
            elif type(value) in place.takes:
                cells[place.path] = value
            elif type(value) is dict and place.kind == "object":
                self._read(value, place.inner, place.prefix, cells)
            else:
                self._put(place, value, cells)
        self._put_strange(strange, cells)
        for name in members.names if isinstance(members, Doubled) else ():
            self._tell_twice(places.get(name) or member_of(self._base + prefix + name), cells)

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

    def _put_items(self, place: Place, entries: list[Json]) -> None:
        self._base, self._has_list = ITEMS, True
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

    def _put_strange(self, members: list[tuple[str, Json]], cells: Cells) -> None:
        """Those of another spelling, or flat by their whole path, are ours too; others are kept as they came."""
        strangers = [(member_of(name), name, value) for name, value in members]
        for place, name, value in sorted(strangers, key=_breadth):
            if not self._base and is_of_item(place, name):
                self._flat_item.append((place, name, value))
            else:
                self._put_stranger(place, name, value, cells)

    def _put_stranger(self, place: Place | None, name: str, value: Json, cells: Cells) -> None:
        if place is None:
            self._put_unknown(shown_name(name[len(self._base) :]), value, cells)
        elif place.kind == "entry":
            self._put_entry(place.path, value)
        elif value is None or value == "":
            cells |= {} if place.inner or place.path in cells else {place.path: None}
        elif self._is_given(place, cells):
            self._tell_twice(place, cells)
        else:
            self._put(place, value, cells)

    def _put_flat_item(self) -> None:
        """Put the members of an item that stand in the order by their whole paths: they are one, but beside a list of items."""
        is_beside = bool(self.items)
        if is_beside and any(
            place and value is not None and value != "" for place, _, value in self._flat_item
        ):
            self.faults.append(fault_at(BY_PATH["items.itemId"], 0, TWICE, ITEM_TWICE))
            self._flat_item = [each for each in self._flat_item if each[0] is None]
        self.items = self.items or [{}]
        self._base = ITEMS
        for place, name, value in self._flat_item:
            self._put_stranger(place, name, value, self.items[0])
        self._base = ""

    def _put_entry(self, name: str, value: Json) -> None:
        """Keep an entry of the metadata for the list; one that says nothing is not there, as a blank cell of a column."""
        if value is not None and not (isinstance(value, str) and is_blank_text(value)):
            self._entries.append({"name": name if is_whole(name) else Half(), "value": value})

    def _put_entries(self) -> None:
        """Put entries of the metadata behind those in the list; what is no list becomes one, and is told so."""
        cell = self.head.get(METADATA.path)
        if not self._is_fit(METADATA, self._entries):
            self._put_odd(METADATA, self._entries, self.head)
        elif cell != NO_CELL:
            inside = [cell[1:-1] if cell.startswith("[") else cell] if cell and cell != "[]" else []
            self.head[METADATA.path] = f"[{','.join([*inside, *map(to_text, self._entries)])}]"


def _breadth(stranger: Stranger) -> tuple[bool, int]:
    """Objects come before what may stand in them by its whole path."""
    place = stranger[0]
    return (False, len(place.prefix)) if place and place.inner else (True, 0)
