"""Says where each member of an order goes, by the objects that it stands in: made of the table of members."""

from typing import NamedTuple

from validators.order_model import ITEM, MEMBERS, Member

ITEMS = "items."


class Place(NamedTuple):
    """Where a member's value goes.

    `path` is its column, of an item's without `items.`; of an object or a list the first column of what is in it. `kind` is
    a member's, or `object`, or `list` for the items; `inner` has the places in it, `prefix` stands before their names.
    """

    path: str
    kind: str
    inner: "dict[str, Place]" = {}  # noqa: RUF012 - nobody writes to it
    prefix: str = ""
    base: str = ""

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
        return Place(path=name, kind=group[name].kind, base=base)
    return Place(
        path=first, kind="object", inner=_places(group, base, f"{name}."), prefix=f"{name}.", base=base
    )


_OF_ITEM = _places({member.path.removeprefix(ITEMS): member for member in ITEM}, ITEMS)

PLACES = {
    **_places({path: member for path, member in MEMBERS.items() if not path.startswith(ITEMS)}, ""),
    "items": Place(path="itemId", kind="list", inner=_OF_ITEM, base=ITEMS),
}
"""Those of an order's members."""

BY_PATH = {
    path: Place(path=path.removeprefix(base), kind=member.kind, base=base)
    for path, member in MEMBERS.items()
    for base in (ITEMS if path.startswith(ITEMS) else "",)
}
"""Those of all columns, by their whole names."""


def text_place(path: str) -> Place:
    """The place of an entry of the metadata that is a member by itself."""
    return Place(path=path, kind="text")
