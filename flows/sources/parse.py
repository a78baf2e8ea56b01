"""Parses a source's table: every key of its type, every member one of ours, no two settings for one member."""

from typing import Any

from flows.sources.contradictions import refuse_contradictions
from flows.sources.names import our_name
from flows.sources.parse_cells import parse_cell_steps, parse_items, parse_number_form
from flows.sources.parse_form import parse_form
from flows.sources.source import ADDRESSED, CellSteps, Condition, Fallback, Join, NumberForm, Source
from flows.sources.toml_table import SettingsError, TomlTable


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
            **parse_form(table),
        )
    refuse_contradictions(table, source)
    return source


def _cell_steps(name: str, table: TomlTable, form: NumberForm) -> CellSteps:
    steps = parse_cell_steps(table, form)
    if ADDRESSED in (steps.divide_by or "") and ADDRESSED not in name:
        raise table.refuse("divide_by", "only a column of a numbered group is divided by one of its group.")
    return steps


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
