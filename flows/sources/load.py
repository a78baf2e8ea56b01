"""Loads the file of ORDER_IMPORT_SOURCES, and the shipped layouts that its sources begin with."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from flows.sources.parse import parse_source
from flows.sources.source import Source
from flows.sources.toml_table import SettingsError

_TABLES = ("columns", "join", "cells", "repeat", "items", "defaults", "if_blank")
"""What a source's table and its layout's are merged in; of all other keys the source's own stands."""


def load_sources(path: Path) -> dict[str, Source]:
    """The sources of the file, by their names; raises SettingsError for one that cannot be used."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        sources = tomllib.loads(text)["sources"]
        tables = {str(name): dict(table) for name, table in sources.items()}
    except OSError:
        raise SettingsError(f"The file of ORDER_IMPORT_SOURCES cannot be read: {path}.") from None
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")
        raise SettingsError(f"{path} is not a TOML file: look {place}.") from None
    except (UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise SettingsError(f"{path} is not a TOML file with tables [sources.NAME].") from None
    return {name: make_source(str(path), name, table) for name, table in tables.items()}


def make_source(where: str, name: str, table: dict[str, Any]) -> Source:
    """The source of such a table, with its layout's keys where it has none of its own."""
    layout = table.get("layout")
    if layout is None:
        source = parse_source(where, name, table)
        return parse_source(where, name, table, frozenset(source.named_columns()))
    if layout not in layout_names():
        there = ", ".join(layout_names())
        raise SettingsError(f"{where}: [sources.{name}], layout: there is no {layout!r}; there are {there}.")
    own = parse_source(where, name, {key: value for key, value in table.items() if key != "layout"})
    merged = _merge(load_layout(str(layout)), table)
    return parse_source(where, name, merged, frozenset(own.named_columns()))


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
    for key in _TABLES:
        if isinstance(layout.get(key), dict) and isinstance(own.get(key), dict):
            spelt = {_spelling(name) for name in own[key]}
            kept = {name: value for name, value in layout[key].items() if _spelling(name) not in spelt}
            merged[key] = _one_each(key, kept, own[key])
    return merged


def _one_each(key: str, kept: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A member that the source's own table gives is not the layout's too."""
    if key not in ("columns", "repeat"):
        return {**kept, **own}
    ours = {
        _spelling(member)
        for value in own.values()
        for member in ([value] if isinstance(value, str) else value)
    }
    left = {
        name: [
            member
            for member in ([value] if isinstance(value, str) else value)
            if _spelling(member) not in ours
        ]
        for name, value in kept.items()
    }
    return {**{name: value if key == "columns" else value[0] for name, value in left.items() if value}, **own}


def _spelling(name: Any) -> str:
    from flows.sources.names import canonical

    return canonical(str(name))
