"""How a source's columns become ours: the place of each in the header, the members that it is, its steps, the defaults."""

from collections.abc import Iterator
from dataclasses import dataclass

from flows.sources.names import canonical
from flows.sources.source import MAX_GROUPS, CellSteps, ItemsPattern, Source
from validators.order_model import HEAD, METADATA

FREE_DEFAULTS = frozenset(
    member.path for member in HEAD if not member.path.startswith("shippingPreferences.parcel.")
)
"""Members that a default may fill in on every row; a unit stands only beside its measure, an item's only on an item."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """One of the numbered groups of columns: `members` are ours, by their places."""

    number: int
    members: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """How the columns of a table become ours, by their places in its header.

    `places` has each name as settings may write it; `columns` our members by place; `absent` names that the source's
    own table has set and that are not in the file; `unknown` names that are in no order.
    """

    header: tuple[str, ...]
    source: Source
    places: dict[str, int]
    columns: dict[int, tuple[str, ...]]
    joins: dict[str, tuple[tuple[int, ...], str]]
    groups: tuple[Group, ...]
    item_cells: dict[int, ItemsPattern]
    steps: dict[int, CellSteps]
    defaults: dict[str, str]
    unknown: tuple[str, ...]
    absent: tuple[str, ...]
    is_fix_file: bool

    @property
    def order_number(self) -> str | None:
        """The table's column that holds order numbers as they are; None when they have to be made."""
        place = self.place_of("orderNumber")
        return None if place is None or place in self.steps else str(place)

    @property
    def is_plain(self) -> bool:
        """Whether columns have other names, absent ones defaults for heads, and nothing else is to be done."""
        source = self.source
        done = (self.steps, self.joins, self.groups, self.item_cells, source.if_blank, source.fallback)
        rules = (source.skip_rows, source.skip_orders, source.head_only)
        one_each = all(len(members) == 1 for members in self.columns.values())
        head_defaults = all(name in FREE_DEFAULTS or name.startswith(METADATA) for name in self.defaults)
        return one_each and head_defaults and source.number.is_plain and not any(done) and not any(rules)

    @property
    def used(self) -> frozenset[int]:
        """The places of the columns of which something becomes a member."""
        return frozenset(place for place, _ in self.pairs())

    def pairs(self) -> Iterator[tuple[int, str]]:
        """The place of each column with each member that it is, wholly or in part."""
        yield from ((at, member) for at, member, _ in self.becomes())

    def becomes(self) -> Iterator[tuple[int, str, int | None]]:
        """The same, each with the group of items whose member it is, None where it is that of all."""
        yield from ((at, member, None) for at, members in self.columns.items() for member in members)
        yield from ((at, member, None) for member, (places, _) in sorted(self.joins.items()) for at in places)
        yield from ((at, member, each.number) for each in self.groups for member, at in each.members.items())
        for at, cell in self.item_cells.items():
            group = self.item_cell_group(at)
            yield from ((at, member, group) for member in cell.members.values())

    def item_cell_group(self, place: int) -> int:
        """What the items of a cell have for their group: of the same settings the same, whatever columns a file has."""
        places = [self.places.get(canonical(name)) for name in self.source.items]
        return MAX_GROUPS + 1 + places.index(place)

    def place_of(self, member: str) -> int | None:
        """The place of the column that is a member."""
        return next((at for at, members in self.columns.items() if member in members), None)

    def place(self, name: str) -> int | None:
        """The place of a column by the name that settings have for it."""
        return self.places.get(canonical(name))

    def own_name(self, place: int) -> str:
        """What the sender calls the column."""
        return self.header[place].strip()
