"""Parses a source's table: every key of its type, every member one of ours, no two settings for one member."""

import codecs
from collections import Counter
from collections.abc import Iterable
from typing import Any

from flows.formats import CSV, FORMATS, PACKED
from flows.sources.names import canonical, our_name
from flows.sources.parse_cells import parse_cell_steps, parse_items, parse_number_form
from flows.sources.source import ADDRESSED, CellSteps, Condition, Fallback, Join, NumberForm, Source
from flows.sources.toml_table import SettingsError, TomlTable

LONGEST_MARK = 1
MOST_HEADER_ROW = 1000
"""What stands above a header is a title, a logo's alternative text, a few filters: never a thousand rows."""


def parse_source(where: str, name: str, written: dict[str, Any], own: frozenset[str] = frozenset()) -> Source:
    """The source of this table; raises SettingsError, naming `where`, for what cannot be used."""
    with TomlTable(where=f"{where}: [sources.{name}]", values=written).whole_table() as table:
        table.taken.add("signature")  # of a shipped layout: what its header is known by
        form = parse_number_form(table)
        source = Source(
            name=name,
            written=written,
            own=own,
            layout=table.text("layout"),
            number=form,
            fill_down=table.text("fill_down"),
            skip_rows=_conditions(table, "skip_rows"),
            skip_orders=_conditions(table, "skip_orders"),
            head_only=_conditions(table, "head_only"),
            unused=table.texts("unused"),
            marker=table.text("marker") or None,
            columns=_columns(table),
            join=_join(table),
            cells={name: _cell_steps(name, steps, form) for name, steps in table.inner("cells")},
            fallback=tuple(_fallback(each) for each in table.tables("fallback")),
            repeat=_repeat(table),
            items={name: parse_items(each) for name, each in table.inner("items")},
            defaults=_members(table, "defaults"),
            if_blank=_members(table, "if_blank"),
            **_form(table),
        )
    _refuse_spellings(table, source)
    _refuse_doubles(table, source)
    _refuse_made_numbers(table, source)
    return source


def _cell_steps(name: str, table: TomlTable, form: NumberForm) -> CellSteps:
    steps = parse_cell_steps(table, form)
    if ADDRESSED in (steps.divide_by or "") and ADDRESSED not in name:
        raise table.refuse("divide_by", "only a column of a numbered group is divided by one of its group.")
    return steps


def _form(table: TomlTable) -> dict[str, Any]:
    """How the file itself is written."""
    return {
        "files": tuple(_ending(table, ending) for ending in table.texts("files")),
        "encoding": _encoding(table),
        "delimiter": _mark(table, "delimiter", ","),
        "quote": _mark(table, "quote", '"', may_be_none=True),
        "sheet": table.text("sheet"),
        "header_row": table.whole("header_row", 1, 1, MOST_HEADER_ROW),
    }


def _mark(table: TomlTable, key: str, default: str, *, may_be_none: bool = False) -> str:
    value = table.text(key, default) or ""
    fits = len(value) == LONGEST_MARK and value.isascii() and value not in "\r\n\0"
    if key == "delimiter" and value == '"':
        fits = False
    if not fits and not (may_be_none and not value):
        raise table.refuse(key, "it must be one character of ASCII, such as ';'.")
    if key == "quote" and value and value == table.values.get("delimiter", ","):
        raise table.refuse(key, "it must be another character than the delimiter.")
    return value


def _ending(table: TomlTable, ending: str) -> str:
    ending = ending.lower()
    if not ending.startswith(".") or len(ending) == 1 or "/" in ending or ending in (PACKED, *_OTHER_ENDINGS):
        raise table.refuse("files", f"{ending!r} must be an ending of CSV files, such as '.txt'.")
    return ending


_OTHER_ENDINGS = tuple(suffix for known in FORMATS if known is not CSV for suffix in known.suffixes)


_NOT_OF_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
"""Ways to write a name or a literal of Python's in ASCII: no file of orders is written in them."""


def _encoding(table: TomlTable) -> str:
    name = table.text("encoding", "utf-8") or "utf-8"
    try:
        codec = codecs.lookup(name)
        # rot13, base64 and their like are codecs of Python's too, and none of text.
        is_text = codec._is_text_encoding and codec.name not in _NOT_OF_FILES  # noqa: SLF001 - the only place that says so
        "a".encode(name)
    except (LookupError, UnicodeError, ValueError, TypeError):
        is_text = False
    if not is_text:
        raise table.refuse("encoding", f"{name!r} is no codec of text.")
    return codec.name


def _conditions(table: TomlTable, key: str) -> tuple[Condition, ...]:
    return tuple(_condition(each) for each in table.tables(key))


def _condition(table: TomlTable) -> Condition:
    with table.whole_table():
        if "all" in table.values:
            parts = tuple(_condition(each) for each in table.tables("all"))
            if not parts:
                raise table.refuse("all", "it must be a list of conditions.")
            return Condition(parts=parts)
        column = table.text("column")
        if not column:
            raise table.refuse("column", "a condition names a column.")
        texts, blank, filled = table.texts("is"), table.flag("blank"), table.flag("filled")
        if ("is" in table.values) + blank + filled != 1 or ("is" in table.values and not texts):
            raise table.refuse("is", "a condition has one of: is = [texts], blank = true, filled = true.")
        texts = tuple(text.strip() for text in texts)
    return Condition(column=column, texts=texts or None, blank=blank)


def _columns(table: TomlTable) -> dict[str, tuple[str, ...]]:
    """Theirs to ours; a column that is mapped to nothing is taken out of a layout."""
    columns = {}
    written = TomlTable(where=f"{table.where}, columns", values=table.table("columns"))
    for name in written.values:
        ours = tuple(text for text in written.text_or_texts(name) if text)
        if ours:
            columns[name] = tuple(_member(written, name, text) for text in ours)
    return columns


def _join(table: TomlTable) -> dict[str, Join]:
    joins = {}
    for name, each in table.inner("join"):
        with each.whole_table():
            columns = each.texts("of")
            if not columns:
                raise each.refuse("of", "it must be a list of columns.")
            ours = _member(table, "join", name)
            if ours in joins:
                raise SettingsError(f"{table.where}: two settings give {ours}.")
            joins[ours] = Join(columns=columns, between=each.text("with", " ") or "")
    return joins


def _fallback(table: TomlTable) -> Fallback:
    with table.whole_table():
        where, take = table.texts("where"), table.texts("take")
        if not where or len(where) != len(take):
            raise table.refuse("take", "it must name as many columns as where does, one for one.")
    return Fallback(where=where, take=take)


def _repeat(table: TomlTable) -> dict[str, str]:
    repeat = {}
    for name, ours in table.pairs("repeat").items():
        if not ours:  # takes a column of a layout out
            continue
        if name.count(ADDRESSED) != 1:
            raise table.refuse(f'repeat "{name}"', "it must have one # where the group's number stands.")
        repeat[name] = _item_member(table, f'repeat "{name}"', ours)
    return repeat


def _members(table: TomlTable, key: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in table.pairs(key).items():
        ours = _member(table, key, name)
        if ours in given:
            raise table.refuse(key, f"it gives {ours} twice.")
        given[ours] = value
    return {ours: value for ours, value in given.items() if value.strip()}


def _member(table: TomlTable, key: str, name: str) -> str:
    ours = our_name(name)
    if not ours:
        raise table.refuse(key, f"{name!r} is no member of an order.")
    return ours


def _item_member(table: TomlTable, key: str, name: str) -> str:
    ours = _member(table, key, name)
    if not ours.startswith("items."):
        raise table.refuse(key, f"{name!r} is no member of an item.")
    return ours


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
