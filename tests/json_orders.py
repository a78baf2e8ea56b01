"""Made-up orders as JSON: those of order_files, an object each, their numbers as they are written."""

import json
from collections.abc import Iterable
from typing import Any

import polars as pl
import simplejson

from order_files import TYPES, nested, row

Order = dict[str, Any]

TEXTS: dict[str, pl.DataType] = dict.fromkeys(TYPES, pl.String())


def order(number: str = "A-1", **members: Any) -> Order:
    """A sound order of one item, some members written over; two underlines are a dot, None takes a member out."""
    flat: dict[str, Any] = {name: cell for name, cell in row(number).items() if cell}
    flat |= {path.replace("__", "."): value for path, value in members.items()}
    made: Order = {"items": [{}]}
    for path, value in flat.items():
        if path.startswith("items."):
            put(made["items"][0], path.removeprefix("items."), value)
        else:
            put(made, path, value)
    return made


def put(members: Order, path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if rest:
        put(members.setdefault(first, {}), rest, value)
    elif value is None:
        members.pop(first, None)
    else:
        members[first] = value


def of_rows(flat: pl.DataFrame) -> list[Order]:
    """Flat rows as objects, without what is blank; what a number may be is one."""
    return [pruned(each, "") for each in nested(flat, TEXTS).to_dicts()]


def pruned(value: Any, path: str) -> Any:
    if isinstance(value, dict):
        parts = {name: pruned(part, f"{path}.{name}".lstrip(".")) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None and part != {}} or None
    if isinstance(value, list):
        return [pruned(entry, path) for entry in value] or None
    if path in TYPES and value in ("true", "false"):
        return value == "true"
    return as_number(value) if path in TYPES and isinstance(value, str) else value


def as_number(text: str) -> Any:
    """The number as it is written, where it is one of JSON; else the text."""
    try:
        number = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    return simplejson.RawJSON(text) if isinstance(number, int | float) else text


def dumps(value: Any) -> str:
    return str(simplejson.dumps(value, ensure_ascii=False, use_decimal=True))


def lines(orders: Iterable[Any]) -> str:
    """A JSON Lines file: texts as they are, anything else as JSON."""
    return "".join((each if isinstance(each, str) else dumps(each)) + "\n" for each in orders)
