"""Tells what becomes of each column of a file by its source's settings, and which members have a default."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flows.errors import BatchError
from flows.fix_file import FIX_COLUMNS
from flows.sources.column_mapping import ColumnMapping
from flows.sources.map_header import read_header_by
from flows.sources.names import canonical, our_name
from flows.sources.parse import parse_source
from flows.sources.source import Source
from flows.sources.steps_of_rows import number_form
from flows.sources.tell import shown_name
from flows.sources.toml_table import SettingsError
from validators.order_model import is_personal


@dataclass(frozen=True, kw_only=True)
class MappingLine:
    """What becomes of a `column`, or, where that is None, from where a member has its value.

    `status` is used, unused, unknown, absent (set, and not in the file) or default.
    """

    column: str | None
    members: tuple[str, ...]
    steps: tuple[str, ...]
    status: str

    @property
    def is_plain(self) -> bool:
        """Whether the column is called as its member is, and nothing is done with it."""
        return len(self.members) == 1 and self.members[0] == our_name(self.column or "") and not self.steps

    def cells(self) -> tuple[str, str, str]:
        """The line as a person reads it: their column, our member, its steps."""
        told = {"unused": "unused", "unknown": "not known: not used", "absent": "set, but not in the file"}
        ours = ", ".join(self.members) or told.get(self.status, "")
        return self.column or "", ours, ", ".join(self.steps)


def describe_mapping(mapping: ColumnMapping) -> list[MappingLine]:
    """A line for each column of the file, then for each name that is set and not there, then for each default."""
    unknown = set(mapping.unknown)
    lines = [
        _of_column(at, mapping, unknown) for at in range(len(mapping.header)) if not _is_ours(at, mapping)
    ]
    return [*lines, *_absent(mapping.absent), *_defaults(mapping)]


def describe_kept(
    header: tuple[str, ...], name: str, written: object, absent: Iterable[str]
) -> list[MappingLine]:
    """The same of a batch as it was kept: its header, its source's settings; none where none were kept that can be read.

    `absent` are the names that were told as set and not there.
    """
    kept = _written_of(written)
    if kept is None or not header:
        return []
    try:
        lines = describe_mapping(read_header_by(header, parse_source("the ledger", name, kept)))
    except (BatchError, SettingsError):  # of another version of this program: the report does without
        return []
    places = [at for at, line in enumerate(lines) if line.status == "default"]
    at = places[0] if places else len(lines)
    return [*lines[:at], *_absent(absent), *lines[at:]]


def _written_of(kept: object) -> dict[str, object] | None:
    """The source's table in what the ledger keeps, which stands beside how chunks were cut."""
    source = kept.get("source") if isinstance(kept, dict) else None
    settings = source.get("settings") if isinstance(source, dict) else None
    return dict(settings) if isinstance(settings, dict) else None


def _is_ours(at: int, mapping: ColumnMapping) -> bool:
    return canonical(mapping.header[at]) in FIX_COLUMNS


def _of_column(at: int, mapping: ColumnMapping, unknown: set[str]) -> MappingLine:
    members = tuple(member for place, member in mapping.pairs() if place == at)
    ways = [*_ways(at, mapping)]
    steps = [*(mapping.steps[at].described() if at in mapping.steps else []), *_number(at, mapping)]
    status = "used" if members or ways else "unknown" if mapping.header[at] in unknown else "unused"
    return MappingLine(
        column=shown_name(mapping.header[at]),
        members=members,
        steps=(*steps, *ways) if status == "used" else (),
        status=status,
    )


def _number(at: int, mapping: ColumnMapping) -> Iterator[str]:
    """The source's own form of numbers, where the column is one and has no form of its own."""
    form = number_form(at, mapping)
    own = mapping.steps[at].number if at in mapping.steps else None
    if form and not form.is_plain and own is None:
        yield f"decimal {form.decimal}" + (f" thousands {form.thousands}" if form.thousands else "")


def _ways(at: int, mapping: ColumnMapping) -> Iterator[str]:
    """What else the settings do with a column than to make it a member."""
    yield from (f"item {group.number}" for group in mapping.groups if at in group.members.values())
    if any(at in places for places, _ in mapping.joins.values()):
        yield "joined"
    if at in mapping.item_cells:
        yield "several items in a cell"
    for told, names in _looked_at(mapping.source):
        if any(mapping.place(name) == at for name in names):
            yield told


def _looked_at(source: Source) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What settings do with columns that need be no member, and the names of these."""
    yield "taken where others are blank", tuple(name for each in source.fallback for name in each.take)
    for key, conditions in (
        ("skip_rows", source.skip_rows),
        ("skip_orders", source.skip_orders),
        ("head_only", source.head_only),
    ):
        yield f"looked at by {key}", tuple(name for each in conditions for name in each.columns())
    yield "filled down", (source.fill_down,) if source.fill_down else ()
    yield "a divisor", tuple(steps.divide_by for steps in source.cells.values() if steps.divide_by)


def _absent(names: Iterable[str]) -> Iterator[MappingLine]:
    return (MappingLine(column=name, members=(), steps=(), status="absent") for name in names)


def _defaults(mapping: ColumnMapping) -> Iterator[MappingLine]:
    for how, given in (("default", mapping.defaults), ("where it is blank", mapping.source.if_blank)):
        for member, value in sorted(given.items()):  # in one order, however they are written or kept
            shown = f"{how}: (personal)" if is_personal(member) else f"{how}: {value}"
            yield MappingLine(column=None, members=(member,), steps=(shown,), status="default")
