"""Maps a source's columns to ours: what each is called here, what is missing, what nobody knows."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flows.errors import BatchError
from flows.fix_file import BATCH, JSON_BATCH, KNOWN_COLUMNS
from flows.fix_file.restore import inert_names, is_fix_file, is_of_json, restore_header
from flows.sources.names import canonical, numbered, our_name
from flows.sources.source import ADDRESSED, MAX_GROUPS, CellSteps, ItemsPattern, Source
from flows.sources.synonyms import meant_member
from validators.order_model import HEAD, METADATA, REQUIRED

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
        yield from ((at, member) for at, members in self.columns.items() for member in members)
        yield from ((at, member) for member, (places, _) in sorted(self.joins.items()) for at in places)
        yield from ((at, member) for group in self.groups for member, at in group.members.items())
        yield from ((at, member) for at, cell in self.item_cells.items() for member in cell.members.values())

    def place_of(self, member: str) -> int | None:
        """The place of the column that is a member."""
        return next((at for at, members in self.columns.items() if member in members), None)

    def place(self, name: str) -> int | None:
        """The place of a column by the name that settings have for it."""
        return self.places.get(canonical(name))

    def own_name(self, place: int) -> str:
        """What the sender calls the column."""
        return self.header[place].strip()


class UnfitHeaderError(BatchError):
    """A header that lacks a column, or has one twice; `mapping` is what it is in spite of that."""

    def __init__(self, code: str, message: str, mapping: ColumnMapping) -> None:
        super().__init__(code, message)
        self.mapping = mapping


def map_columns(header: tuple[str, ...], source: Source) -> ColumnMapping:
    """How to read a table with this header; raises BatchError when a column is there twice or a needed one is missing."""
    mapping = read_header_by(header, source)
    _refuse_mixed(mapping)
    _refuse_missing(mapping)
    # Last, since it tells names: of a file without a header they would be a row's cells.
    _refuse_repeated(mapping)
    return mapping


def read_header_by(header: tuple[str, ...], source: Source) -> ColumnMapping:
    """The mapping of a header, whatever is missing; raises BatchError for names that hold what nobody sees."""
    came_back = is_fix_file(header)
    header = restore_header(header) if came_back else header
    source = source.of_our_names() if is_of_json(header) else source
    refuse_unseen(header)
    names = numbered(header)
    places = {name: at for at, name in reversed(list(enumerate(names)))}
    columns = _columns(header, names, source)
    groups = tuple(_groups(places, source))
    joins = {
        member: (tuple(places[canonical(n)] for n in join.columns if canonical(n) in places), join.between)
        for member, join in source.join.items()
    }
    item_cells = {  # in the file's order, in which items are numbered
        places[name]: each
        for name, each in sorted(
            ((canonical(n), each) for n, each in source.items.items() if canonical(n) in places),
            key=lambda pair: places[pair[0]],
        )
    }
    mapping = ColumnMapping(
        header=header,
        source=source,
        places=places,
        columns=columns,
        joins={member: join for member, join in joins.items() if join[0]},
        groups=groups,
        item_cells=item_cells,
        steps=_steps(places, source),
        defaults=source.defaults,
        unknown=(),
        absent=tuple(
            name for name in source.named_columns() if name in source.own and not _is_there(name, places)
        ),
        is_fix_file=came_back,
    )
    return replace(mapping, defaults=_due_defaults(mapping), unknown=_unknown(mapping, names))


def _due_defaults(mapping: ColumnMapping) -> dict[str, str]:
    """The source's defaults for what no column is."""
    present = {member for _, member in mapping.pairs()}
    return {member: value for member, value in mapping.source.defaults.items() if member not in present}


def given_members(mapping: ColumnMapping) -> set[str]:
    """The members that the file, or a default, gives a value for."""
    columns = {member for _, member in mapping.pairs()}
    return columns | mapping.defaults.keys() | mapping.source.if_blank.keys()


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


def _steps(places: dict[str, int], source: Source) -> dict[int, CellSteps]:
    """The steps by place; those of a numbered column for the column of each group."""
    return {
        places[name]: each
        for written, each in source.cells.items()
        for name in _names_of(written)
        if name in places
    }


def _names_of(written: str) -> tuple[str, ...]:
    """The names that one of the settings means: itself, and where it has a # those of all groups."""
    numbers = range(1, MAX_GROUPS + 1) if ADDRESSED in written else ()
    return (canonical(written), *(canonical(written.replace(ADDRESSED, str(number))) for number in numbers))


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


def _is_there(name: str, places: dict[str, int]) -> bool:
    return any(each in places for each in _names_of(name))


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
        if at not in used and name not in KNOWN_COLUMNS and "*" not in unused and name not in unused
    )


def refuse_unseen(header: tuple[str, ...]) -> None:
    """Raise BatchError for control characters in a name, but for a line break in a quoted one."""
    for at, name in enumerate(header, start=1):
        if re.search(r"[\x00-\x08\x0B\x0C\x0E-\x1F]", name):
            raise BatchError(
                "has_plain_header", f"The name of column {at} has control characters: write it anew."
            )


def _refuse_mixed(mapping: ColumnMapping) -> None:
    """Raise BatchError where rows of JSON and of other files come back together: settings hold for the one kind alone."""
    if mapping.is_fix_file and {BATCH, JSON_BATCH} <= mapping.places.keys():
        sentence = f"{BATCH} and {JSON_BATCH} stand side by side: send back the rows of JSON files in a file of their own."
        raise UnfitHeaderError("has_each_column_once", sentence, mapping)


def _refuse_repeated(mapping: ColumnMapping) -> None:
    """Raise BatchError where two columns are one member."""
    given = [
        *(member for members in mapping.columns.values() for member in members),
        *mapping.joins,
        *{member for group in mapping.groups for member in group.members},
    ]
    twice = [member for member, times in Counter(given).items() if times > 1] + _used_twice(mapping)
    if twice:
        sentence = f"These columns stand twice in the header: {', '.join(twice)}."
        raise UnfitHeaderError("has_each_column_once", sentence, mapping)


def _used_twice(mapping: ColumnMapping) -> list[str]:
    """Names that the settings use, that two columns have, and of which the settings do not say which one they mean."""
    used = {canonical(name): name for name in mapping.source.named_columns()}
    named = used.keys() | {canonical(name) for name in mapping.source.unused}
    return [name for key, name in used.items() if f"{key}#2" in mapping.places and f"{key}#2" not in named]


def _refuse_missing(mapping: ColumnMapping) -> None:
    present = given_members(mapping)
    missing = [group for group in REQUIRED if not present & set(group)]
    if not missing:
        return
    sentence = f"These columns are missing: {', '.join(' or '.join(group) for group in missing)}."
    near = [*_near(mapping, {member for group in missing for member in group})]
    if near:
        sentence += f" Perhaps {', '.join(near)}."
    raise UnfitHeaderError("has_every_column", f"{sentence} {_advice(mapping)}", mapping)


def _near(mapping: ColumnMapping, missing: set[str]) -> Iterator[str]:
    """Names of the header that mean what is missing. Only such names are told: of a file without a header, others are cells."""
    for at, name in enumerate(mapping.header):
        meant = meant_member(name)
        if meant in missing and at not in mapping.columns:
            yield f"{name.strip()} is {meant}"


def _advice(mapping: ColumnMapping) -> str:
    header = mapping.header
    marks = [mark for mark in (";", "\t", "|", ",") if header and mark in header[0]]
    if len(header) == 1 and marks:
        named = {"\t": "a tab"}.get(marks[0], marks[0])
        told = (
            f"The header looks like one column, with {named} between its names: set the source's delimiter."
        )
    else:
        row = mapping.source.header_row
        told = f"Row {row}, of {len(header)} columns, is taken for the header; header_row in the source's settings says otherwise."
    return f"{told} {_DRAFT}"


_DRAFT = "To describe this file once: order-import sources draft FILE prints settings for it."
