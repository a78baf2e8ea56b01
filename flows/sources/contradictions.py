"""Refuses settings of a source that contradict each other."""

from collections import Counter
from collections.abc import Iterable

from flows.formats import PACKED, suffixes
from flows.sources.names import canonical
from flows.sources.source import Source
from flows.sources.toml_table import SettingsError, TomlTable


def refuse_contradictions(table: TomlTable, source: Source) -> None:
    """Raise SettingsError for two spellings of one column, two settings of one member, and numbers made twice."""
    _refuse_spellings(table, source)
    _refuse_doubles(table, source)
    _refuse_made_numbers(table, source)
    _refuse_greedy_marker(table, source)


def _refuse_greedy_marker(table: TomlTable, source: Source) -> None:
    """Raise SettingsError where every file that is sent would be taken for a marker, and none be read."""
    endings = (*suffixes(), *source.files, *(f"{end}{PACKED}" for end in source.files))
    marker = (source.marker or "").lower()
    if "/" in marker or (marker and any(end.endswith(marker) for end in endings)):
        raise table.refuse("marker", "it must be another ending than those of the files that it is for.")


def _refuse_spellings(table: TomlTable, source: Source) -> None:
    tables = (("columns", table.table("columns")), ("cells", source.cells), ("repeat", source.repeat))
    for key, names in (*tables, ("items", source.items)):
        for name, other in _alike(names):
            raise table.refuse(key, f"{name!r} and {other!r} are two spellings of one column.")


def _refuse_made_numbers(table: TomlTable, source: Source) -> None:
    """Raise SettingsError where rows without a number would become one order, or that of another column, behind its back."""
    why = "a blank order number is filled in by fill_down alone."
    if "orderNumber" in source.if_blank:
        raise table.refuse("if_blank", why)
    numbers = {canonical(name) for name, ours in source.columns.items() if "orderNumber" in ours}
    numbers |= (
        {canonical(name) for name in source.join["orderNumber"].columns}
        if "orderNumber" in source.join
        else set()
    )
    if any(canonical(name) in numbers for each in source.fallback for name in each.where):
        raise table.refuse("fallback", why)


def _alike(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    seen: dict[str, str] = {}
    for name in names:
        if canonical(name) in seen:
            yield seen[canonical(name)], name
        seen[canonical(name)] = name


def _refuse_doubles(table: TomlTable, source: Source) -> None:
    """Raise SettingsError where two settings give one member."""
    given = [
        *(member for members in source.columns.values() for member in members),
        *source.join,
        *source.repeat.values(),
        *{member for each in source.items.values() for member in each.members.values()},
    ]
    twice = [member for member, times in Counter(given).items() if times > 1]
    if twice:
        raise SettingsError(f"{table.where}: two settings give {twice[0]}.")
