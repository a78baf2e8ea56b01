"""Says where each member of an order goes, by the objects that it stands in: made of the table of members."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.readers.json_types import Number
from validators.order_model import ITEM, MEMBERS, Kind, Member

ITEMS = "items."


_NUMBERS = frozenset((str, Number))
_TAKEN: dict[Kind, frozenset[type]] = {
    "text": frozenset((str,)),
    "integer": _NUMBERS,
    "decimal": _NUMBERS,
    "boolean": _NUMBERS,
    "json": frozenset(),
}
"""The types that are taken as they are; a number may be a text, which loses nothing."""


_WANTED = {
    "text": "a text, in quotes,",
    **dict.fromkeys(("integer", "decimal"), "a number"),
    "boolean": "true or false",
    "json": "a value of JSON",
    "list": "the list of items",
    "item": "an item, an object in { },",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a member's value goes.

    `path` is its column, of an item's without `base`, which is `items.`; of an object or a list the first column of what is
    in it. `kind` is a member's, or `object`, `list` for the items, or `entry` for one of
    the metadata; values of the types that it `takes` are cells as they
    are. `inner` has the places in it, `prefix` stands before their names.
    """

    path: str
    kind: str
    takes: frozenset[type] = frozenset()
    inner: "dict[str, Place]" = field(default_factory=dict)
    prefix: str = ""
    base: str = ""

    @property
    def wanted(self) -> str:
        """What belongs here, in words."""
        return _WANTED.get(self.kind, f"the object {self.base}{self.prefix[:-1]}")

    @property
    def column(self) -> str:
        """The whole name of its column."""
        return self.base + self.path


def _places(members: dict[str, Member], base: str, prefix: str = "") -> dict[str, Place]:
    """The places of members, whose paths begin with `prefix`."""
    groups: dict[str, dict[str, Member]] = {}
    for path, member in members.items():
        groups.setdefault(path.removeprefix(prefix).split(".")[0], {})[path] = member
    return {name: _place(prefix + name, group, base) for name, group in groups.items()}


def _place(name: str, group: dict[str, Member], base: str) -> Place:
    first = next(iter(group))
    if first == name:
        return _leaf(name, group[name].kind, base)
    return Place(
        path=first, kind="object", inner=_places(group, base, f"{name}."), prefix=f"{name}.", base=base
    )


def _leaf(path: str, kind: Kind, base: str = "") -> Place:
    return Place(path=path, kind=kind, takes=_TAKEN[kind], base=base)


_OF_ITEM = _places({member.path.removeprefix(ITEMS): member for member in ITEM}, ITEMS)

PLACES = {
    **_places({path: member for path, member in MEMBERS.items() if not path.startswith(ITEMS)}, ""),
    "items": Place(path="itemId", kind="list", inner=_OF_ITEM, base=ITEMS),
}
"""Those of an order's members."""

ENTRY = Place(path="itemId", kind="item", base=ITEMS)
"""Where an entry of the items is told that is no object."""


def _by_path(places: dict[str, Place], above: str = "") -> Iterator[tuple[str, Place]]:
    for name, place in places.items():
        yield above + name, place
        yield from _by_path(place.inner, f"{above}{name}.")


BY_PATH = dict(_by_path(PLACES))
"""Those of all members, and of the objects and the list that they stand in, by their whole names."""


def text_place(path: str) -> Place:
    """The place of an entry of the metadata that has a column of its own."""
    return _leaf(path, "text")


def entry_place(name: str) -> Place:
    """The place of an entry of this name that stands in the list `metadata`."""
    return Place(path=name, kind="entry")
