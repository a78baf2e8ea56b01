"""Reads JSON text in a cell: the list or object that it holds, and every reason why it cannot stand.

Four members are lists or objects: `metadata`, `additionalAddresses`, `shippingPreferences.specialServices`
and `shippingPreferences.customs`. A cell has no columns, so it is read in Python; each distinct text once, a list
an entry at a time, so that what is wrong with a million of them takes no more memory than one.
Blank entries are dropped, which is told.
"""

from collections.abc import Iterator
from dataclasses import asdict, fields

import polars as pl

from validators.json_customs import CUSTOMS, check_customs, too_long_customs
from validators.json_faults import Fault, FaultSummary, JsonFaults
from validators.json_members import is_blank_entry
from validators.json_shapes import LISTS, ListShape
from validators.json_storable import find_unstorable
from validators.json_text import (
    MAX_READ,
    Json,
    RefusedJsonError,
    decode,
    decode_entries,
    refuse_malformed,
    to_json,
)

MAX_NAMES = 10_000
"""Names that are held to find those that stand twice; fifty are right."""


def read_cells(member: str, cells: pl.Series) -> pl.DataFrame:
    """A row a distinct text: `cell`, `json` (as it is stored; null when it has an error), `names`, `faults`.

    `names` are those of a list's entries, as far as they have one; `faults` is a list of structs.
    """
    told = {field.name: pl.String() for field in fields(FaultSummary)} | {"count": pl.Int32()}
    faults = pl.List(pl.Struct(told))
    schema = pl.Schema(
        {"cell": pl.String(), "json": pl.String(), "names": pl.List(pl.String()), "faults": faults}
    )
    read = [(text, *_read_cell(text, member)) for text in cells.drop_nulls().unique(maintain_order=True)]
    return pl.DataFrame(read, schema=schema, orient="row")


def _read_cell(text: str, member: str) -> tuple[str | None, list[str], list[dict[str, object]]]:
    faults = JsonFaults()
    try:
        value = _read_customs(text, faults) if member == CUSTOMS else _read_list(text, member, faults)
        stored = "" if faults.are_errors else to_json(value)
    except (ValueError, ArithmeticError, RecursionError) as error:
        detail = (
            f"{error}"
            if isinstance(error, RefusedJsonError)
            else "Write it as JSON: double quotes around names and texts, no comma at the end."
        )
        value, faults = None, JsonFaults()
        faults.add([Fault("is_json", "the cell", detail)])
    # An empty list says no more than none, and is stored as none.
    json = None if faults.are_errors or value == [] else stored
    names = [] if faults.are_errors else _names(value)
    return json, names, [asdict(told) for told in faults.told()]


def _read_customs(text: str, faults: JsonFaults) -> Json:
    if len(text) > MAX_READ:
        faults.add([too_long_customs()])
        return None
    value = decode(text)
    faults.add(check_customs(value))
    faults.add(find_unstorable(value, CUSTOMS), "the cell")
    return value


def _read_list(text: str, member: str, faults: JsonFaults) -> Json:
    """Those of the list's entries that say anything; not all of them where one is wrong."""
    shape, kept, names = LISTS[member], [], set[str]()
    if not text.startswith("["):
        refuse_malformed(text)
        faults.add([Fault("is_list", "the cell", "Write a JSON list of objects.")])
        return []
    number = 0
    for number, entry in enumerate(decode_entries(text), start=1):
        if _is_sound_entry(entry, shape, faults, ("entry {}", number)):
            faults.add(find_unstorable(entry, member), "entry {}", number)
            if shape.has_unique_names:
                faults.add(_not_unique(entry, names), "entry {}", number)
            if number <= shape.most and not faults.are_errors:
                kept.append(entry)
    faults.add_excess(number, shape.most)
    # Those of the metadata columns stand by their names too, so that one order is one text in whatever form it came.
    return sorted(kept, key=lambda entry: str(entry.get("name"))) if shape.has_unique_names else kept


def _is_sound_entry(entry: Json, shape: ListShape, faults: JsonFaults, at: tuple[str, int]) -> bool:
    """Check an entry, and the lists in it; whether there is anything to keep."""
    if is_blank_entry(entry):
        faults.add([Fault("holds_no_blank_entry", "", "It says nothing, and is left out.", "warning")], *at)
        return False
    if not isinstance(entry, dict):
        faults.add([Fault("is_list", "", "Write a JSON list of objects.")], *at)
        return False
    faults.add(shape.rule(entry), *at)
    for name, nested in shape.nested.items():
        _check_nested(entry, name, nested, (faults, *at))
    return True


def _check_nested(
    entry: dict[str, Json], name: str, shape: ListShape, told: tuple[JsonFaults, str, int]
) -> None:
    """Check a list inside an entry, and take out of it what says nothing."""
    faults, place, number = told
    value = entry.get(name, [])
    if not isinstance(value, list):
        faults.add([Fault("is_list", name, "Write a JSON list of objects.")], place, number)
        return
    where = f"{place.format(number)}, {name}, entry {{}}"
    sound = [e for n, e in enumerate(value, start=1) if _is_sound_entry(e, shape, faults, (where, n))]
    if len(sound) < len(value):
        entry[name] = sound


def _not_unique(entry: dict[str, Json], names: set[str]) -> Iterator[Fault]:
    name = str(entry.get("name", ""))
    if name and name in names:
        yield Fault("is_once_in_order", "name", "Each name may stand once in an order.")
    elif len(names) < MAX_NAMES:
        names.add(name)


def _names(value: Json) -> list[str]:
    return [str(entry["name"]) for entry in value if "name" in entry] if isinstance(value, list) else []
