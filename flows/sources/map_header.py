"""Maps a header's columns to ours by the source's settings: what each is called here, what is absent, what nobody knows."""

import re
from collections.abc import Iterator
from dataclasses import replace

from flows.errors import BatchError
from flows.fix_file import FIX_COLUMNS
from flows.fix_file.restore import inert_names, is_fix_file, restore_header
from flows.sources.column_mapping import ColumnMapping, Group
from flows.sources.names import canonical, numbered, our_name
from flows.sources.source import ADDRESSED, MAX_GROUPS, CellSteps, ItemsPattern, Source


def read_header_by(header: tuple[str, ...], source: Source) -> ColumnMapping:
    """The mapping of a header, whatever is missing; raises BatchError for names that hold what nobody sees."""
    came_back = is_fix_file(header)
    header = restore_header(header) if came_back else header
    refuse_unseen(header)
    names = numbered(header)
    places = {name: at for at, name in reversed(list(enumerate(names)))}
    set_here = (name for name in source.named_columns() if name in source.own)
    mapping = ColumnMapping(
        header=header,
        source=source,
        places=places,
        columns=_columns(header, names, source),
        joins=_joins(places, source),
        groups=tuple(_groups(places, source)),
        item_cells=_item_cells(places, source),
        steps=_steps(places, source),
        defaults=source.defaults,
        unknown=(),
        absent=tuple(name for name in set_here if not _is_there(name, places)),
        is_fix_file=came_back,
    )
    return replace(mapping, defaults=_due_defaults(mapping), unknown=_unknown(mapping, names))


def refuse_unseen(header: tuple[str, ...]) -> None:
    """Raise BatchError for control characters in a name, but for a line break in a quoted one."""
    for at, name in enumerate(header, start=1):
        if re.search(r"[\x00-\x08\x0B\x0C\x0E-\x1F]", name):
            raise BatchError(
                "has_plain_header", f"The name of column {at} has control characters: write it anew."
            )


def _columns(header: tuple[str, ...], names: list[str], source: Source) -> dict[int, tuple[str, ...]]:
    """Our members by place: as the settings say, else by our own names; a second column of one name only where it is set."""
    theirs = {canonical(name): ours for name, ours in source.columns.items()}
    # A template that was filled in has the names as they are written there.
    theirs |= dict(zip(map(canonical, inert_names(source.columns)), source.columns.values(), strict=True))
    ours = {at: theirs.get(name) or _own_member(header[at], source) for at, name in enumerate(names)}
    return {at: members for at, members in ours.items() if members}


def _own_member(name: str, source: Source) -> tuple[str, ...]:
    member = our_name(name)
    return (member,) if member and member not in source.join else ()


def _joins(places: dict[str, int], source: Source) -> dict[str, tuple[tuple[int, ...], str]]:
    """The places of the columns that are joined to each member, and what stands between; of those that are there."""
    joins = {
        member: (tuple(places[canonical(n)] for n in join.columns if canonical(n) in places), join.between)
        for member, join in source.join.items()
    }
    return {member: join for member, join in joins.items() if join[0]}


def _groups(places: dict[str, int], source: Source) -> Iterator[Group]:
    """The numbered groups of which at least one column is there."""
    for number in range(1, MAX_GROUPS + 1) if source.repeat else ():
        members = {}
        for name, member in source.repeat.items():
            place = places.get(canonical(name.replace(ADDRESSED, str(number))))
            if place is not None:
                members[member] = place
        if members:
            yield Group(number=number, members=members)


def _item_cells(places: dict[str, int], source: Source) -> dict[int, ItemsPattern]:
    """The columns of which each cell holds items, in the file's order, in which items are numbered."""
    patterns = {canonical(name): pattern for name, pattern in source.items.items()}
    return dict(sorted((places[name], pattern) for name, pattern in patterns.items() if name in places))


def _steps(places: dict[str, int], source: Source) -> dict[int, CellSteps]:
    """The steps by place; those of a numbered column for the column of each group."""
    return {
        places[name]: each
        for written, each in source.cells.items()
        for name in _names_of(written)
        if name in places
    }


def _is_there(name: str, places: dict[str, int]) -> bool:
    return any(each in places for each in _names_of(name))


def _names_of(written: str) -> tuple[str, ...]:
    """The names that one of the settings means: itself, and where it has a # those of all groups."""
    numbers = range(1, MAX_GROUPS + 1) if ADDRESSED in written else ()
    return (canonical(written), *(canonical(written.replace(ADDRESSED, str(number))) for number in numbers))


def _due_defaults(mapping: ColumnMapping) -> dict[str, str]:
    """The source's defaults for what no column is."""
    present = {member for _, member in mapping.pairs()}
    return {member: value for member, value in mapping.source.defaults.items() if member not in present}


def _unknown(mapping: ColumnMapping, names: list[str]) -> tuple[str, ...]:
    """The names that nobody uses, but for those that are known to be of no use."""
    source = mapping.source
    used = (
        {mapping.place(name) for name in source.named_columns()} | set(mapping.columns) | set(mapping.steps)
    )
    used |= {place for group in mapping.groups for place in group.members.values()}
    unused = {canonical(name) for name in source.unused}
    return tuple(
        mapping.header[at]
        for at, name in enumerate(names)
        if at not in used and name not in FIX_COLUMNS and "*" not in unused and name not in unused
    )
