"""Says what becomes of each of the sender's columns: which members, and of a numbered one in which group."""

from collections.abc import Iterator

import polars as pl

from flows.sources.column_mapping import ColumnMapping
from flows.sources.names import canonical
from flows.sources.source import MAX_GROUPS
from validators.group_rows import BECOMES


def item_cell_group(place: int, mapping: ColumnMapping) -> int:
    """What the items of a cell have for their group: of the same settings the same, whatever other columns a file has."""
    places = [mapping.places.get(canonical(name)) for name in mapping.source.items]
    return MAX_GROUPS + 1 + places.index(place)


def members_of_columns(mapping: ColumnMapping) -> pl.DataFrame:
    """What becomes of each column (see BECOMES); several columns may be one member, each a part of it."""
    return pl.DataFrame(list(_members(mapping)), schema=BECOMES, orient="row")


def _members(mapping: ColumnMapping) -> Iterator[tuple[int, str, int | None]]:
    yield from ((at, member, None) for at, members in mapping.columns.items() for member in members)
    yield from ((at, member, None) for member, (places, _) in mapping.joins.items() for at in places)
    yield from (
        (at, member, group.number) for group in mapping.groups for member, at in group.members.items()
    )
    for at, pattern in mapping.item_cells.items():
        group = item_cell_group(at, mapping)
        yield from ((at, member, group) for member in pattern.members.values())
