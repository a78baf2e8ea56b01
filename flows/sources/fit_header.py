"""Refuses a header that lacks a column, or has one twice, and says how its sender, or the source's settings, can mend it."""

from collections import Counter
from collections.abc import Iterator

from flows.errors import BatchError
from flows.sources.column_mapping import ColumnMapping
from flows.sources.map_header import read_header_by
from flows.sources.names import canonical
from flows.sources.source import Source
from flows.sources.synonyms import meant_member
from validators.order_model import REQUIRED


class UnfitHeaderError(BatchError):
    """A header that lacks a column, or has one twice; `mapping` is what it is in spite of that."""

    def __init__(self, code: str, message: str, mapping: ColumnMapping) -> None:
        super().__init__(code, message)
        self.mapping = mapping


def map_columns(header: tuple[str, ...], source: Source) -> ColumnMapping:
    """How to read a table with this header; raises BatchError when a column is there twice or a needed one is missing."""
    mapping = read_header_by(header, source)
    _refuse_missing(mapping)
    # Last, since it tells names: of a file without a header they would be a row's cells.
    _refuse_repeated(mapping)
    return mapping


def _refuse_missing(mapping: ColumnMapping) -> None:
    present = _given_members(mapping)
    missing = [group for group in REQUIRED if not present & set(group)]
    if not missing:
        return
    sentence = f"These columns are missing: {', '.join(' or '.join(group) for group in missing)}."
    near = [*_near(mapping, {member for group in missing for member in group})]
    if near:
        sentence += f" Perhaps {', '.join(near)}."
    raise UnfitHeaderError("has_every_column", f"{sentence} {_advice(mapping)}", mapping)


def _given_members(mapping: ColumnMapping) -> set[str]:
    """The members that the file, or a default, gives a value for."""
    columns = {member for _, member in mapping.pairs()}
    return columns | mapping.defaults.keys() | mapping.source.if_blank.keys()


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
