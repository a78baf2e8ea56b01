"""Holds the cells of an order while it is read, and its faults.

What cannot be taken stands as `(no cell)`, so that it is not forgotten when the fix file comes back.
"""

from flows.fix_file import NO_CELL
from flows.readers.json_faults import STANDS_TWICE, TWICE, UNKNOWN_ODD, UNKNOWN_TWICE, Fault, fault_at, refuse
from flows.readers.json_places import BY_PATH, ITEMS, Place
from flows.readers.json_strangers import shown_value
from flows.readers.json_types import Json, Number, find_odd, to_text

Cells = dict[str, str | None]

Stranger = tuple[Place | None, str, Json]
"""A member that is not called as ours are: where it goes, None where nobody knows it, its whole name, and its value."""

METADATA = BY_PATH["metadata"]


class OrderCells:
    """The cells of an order's head and of its items, by their columns' names, items' without `items.`; and its faults.

    `_base` is `items.` while an item is read, and `_item` its number.
    """

    def __init__(self, *, is_odd: bool) -> None:
        """Of an order of which nothing is read yet; `is_odd` says whether anything is in it that json_types.find_odd finds."""
        self.head: Cells = {}
        self.items: list[Cells] = []
        self.faults: list[Fault] = []
        self._is_odd, self._item, self._base, self._has_list = is_odd, 0, "", False
        self._flat_item: list[Stranger] = []

    def _is_fit(self, place: Place, value: Json) -> bool:
        if place.kind == "json":
            return not (self._is_odd and find_odd(value) is not None)
        return type(value) in place.takes or (place.kind == "boolean" and isinstance(value, bool))

    def _put_odd(self, place: Place, value: Json, cells: Cells) -> None:
        """Tell what cannot be taken; a number or boolean shows where it stands."""
        shows = isinstance(value, Number | bool) and not place.inner
        if place.kind == "list":
            cells = {}
            self.items.append(cells)
        cells[place.path] = to_text(value) if shows else NO_CELL
        odd = find_odd(value) if self._is_odd else None
        self.faults.append(fault_at(place, self._item, *refuse(place, value, odd)))

    def _put_unknown(self, name: str, value: Json, cells: Cells) -> None:
        cell = shown_value(value)
        if cells.get(name) and cell:
            self.faults.append(UNKNOWN_TWICE)
        else:
            cells[name] = cells.get(name) or cell
        if self._is_odd and find_odd(value) is not None:
            self.faults.append(UNKNOWN_ODD)

    def _is_given(self, place: Place, cells: Cells) -> bool:
        """Whether something stands there already."""
        if place.kind == "list":
            return self._has_list or bool(self.items)
        if place.inner:
            return any(cell and path.startswith(place.prefix) for path, cell in cells.items())
        return bool(cells.get(place.path))

    def _tell_twice(self, place: Place | None, cells: Cells) -> None:
        if place is None:
            self.faults.append(UNKNOWN_TWICE)
            return
        place = METADATA if place.kind == "entry" else place
        if place.kind == "list":
            self.items.append({place.path: NO_CELL})
        elif not self._base and is_of_item(place, ""):
            self._flat_item.append((BY_PATH[place.column], "", NO_CELL))
        else:
            cells[place.path] = NO_CELL
        self.faults.append(fault_at(place, self._item, TWICE, STANDS_TWICE))


def is_of_item(place: Place | None, name: str) -> bool:
    """Whether a member goes into an item; one that nobody knows by its whole name."""
    if place is None:
        return name[: len(ITEMS)].lower() == ITEMS
    return place.base == ITEMS and place.kind != "list"
