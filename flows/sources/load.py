"""Loads the file of ORDER_IMPORT_SOURCES, and the shipped layouts that its sources begin with."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flows.sources.names import canonical
from flows.sources.parse import parse_source
from flows.sources.source import Source
from flows.sources.toml_table import SettingsError

_TABLES = ("columns", "join", "cells", "repeat", "items", "defaults", "if_blank")
"""What a source's table and its layout's are merged in; of all other keys the source's own stands."""

_OF_COLUMNS = (*_TABLES, "fill_down", "skip_rows", "skip_orders", "head_only", "unused", "fallback")
"""The keys that name columns."""

_GIVING = ("columns", "join", "repeat")
"""The tables that give members."""


def load_sources(path: Path) -> dict[str, Source]:
    """The sources of the file, by their names; raises SettingsError for one that cannot be used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        written = tomllib.loads(text)
        tables = {str(name): dict(table) for name, table in written["sources"].items()}
    except OSError:
        raise SettingsError(f"The file of ORDER_IMPORT_SOURCES cannot be read: {path}.") from None
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")
        raise SettingsError(f"{path} is not a TOML file: look {place}.") from None
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise SettingsError(f"{path} is not a TOML file with tables [sources.NAME].") from None
    for other in written.keys() - {"sources"}:
        raise SettingsError(f"{path}, {other}: there is no such setting; sources are tables [sources.NAME].")
    return {name: make_source(str(path), name, table) for name, table in tables.items()}


def make_source(where: str, name: str, table: dict[str, Any]) -> Source:
    """The source of such a table, with its layout's keys where it has none of its own."""
    if "signature" in table:
        raise SettingsError(f"{where}: [sources.{name}], signature: there is no such setting.")
    layout = table.get("layout")
    merged = table if layout is None else _merge(_layout(where, name, layout), table)
    parse_source(where, name, merged)
    # What is the source's own, in the form that its layout gives: a thousands' sign goes with the layout's decimal.
    form = {key: value for key, value in merged.items() if key not in _OF_COLUMNS and key != "layout"}
    own = parse_source(where, name, form | {key: table[key] for key in _OF_COLUMNS if key in table})
    return parse_source(where, name, merged, frozenset(own.named_columns()))


def _layout(where: str, name: str, layout: object) -> dict[str, Any]:
    if layout not in layout_names():
        there = ", ".join(layout_names())
        raise SettingsError(f"{where}: [sources.{name}], layout: there is no {layout!r}; there are {there}.")
    return {key: value for key, value in load_layout(str(layout)).items() if key != "signature"}


def find_source(name: str, sources: dict[str, Source]) -> Source | None:
    """The source of this name, or one that writes as the shipped layout of this name; None where neither is."""
    if name in sources or name not in layout_names():
        return sources.get(name)
    return make_source("the shipped layout", name, {"layout": name})


@cache
def layout_names() -> tuple[str, ...]:
    """The shipped layouts."""
    folder = files("flows.sources") / "layouts"
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    )


@cache
def load_layout(name: str) -> dict[str, Any]:
    """The table of a shipped layout."""
    return tomllib.loads((files("flows.sources") / "layouts" / f"{name}.toml").read_text(encoding="utf-8"))


def _merge(layout: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Key by key; the tables name by name, in whichever spelling, and a column that is mapped to nothing is left out."""
    merged = {**layout, **own}
    given = {_spelling(member) for key in _GIVING for member in _given(key, own.get(key))}
    for key in _TABLES:
        if not isinstance(layout.get(key), dict):
            continue
        table = own.get(key, {})
        if isinstance(table, dict):
            spelt = {_spelling(name) for name in table}
            kept = {name: value for name, value in layout[key].items() if _spelling(name) not in spelt}
            merged[key] = (_not_given(key, kept, given) if key in _GIVING else kept) | table
    return merged


def _given(key: str, table: Any) -> list[Any]:
    """The members that a table gives, as far as it is one."""
    if not isinstance(table, dict):
        return []
    return list(table) if key == "join" else [member for value in table.values() for member in _listed(value)]


def _not_given(key: str, kept: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """A layout's table without the members that the source's own settings give."""
    if key == "join":
        return {name: value for name, value in kept.items() if _spelling(name) not in given}
    left = {
        name: [member for member in _listed(value) if _spelling(member) not in given]
        for name, value in kept.items()
    }
    return {name: value if key == "columns" else value[0] for name, value in left.items() if value}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _spelling(name: Any) -> str:
    return canonical(str(name))
