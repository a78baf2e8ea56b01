"""Reads JSON text in a cell: the list or object that it holds, and every reason why it cannot stand.

Four members are lists or objects: `metadata`, `additionalAddresses`, `shippingPreferences.specialServices`
and `shippingPreferences.customs`. A cell has no columns, so it is read in Python; each distinct text once, a list
an entry at a time, so that what is wrong with a million of them takes no more memory than one.
Numbers stay as written (Decimal, never float), members that are null are dropped, and so are blank entries, which
are told.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal

import polars as pl
import simplejson

from validators import formats
from validators.formats import Severity
from validators.json_shapes import (
    CUSTOMS,
    LISTS,
    Fault,
    Json,
    ListShape,
    customs_faults,
    is_blank_entry,
    to_json,
    too_long_customs,
)

MAX_DIGITS = 300
"""A double ends at 308 digits, and most readers of JSON with it; nothing in an order needs them."""
MAX_DEPTH = 100
"""Readers of JSON give up somewhere past this; Python's limit would depend on who calls."""
MAX_READ = 1 << 20
"""Characters of a text that is read as a whole; an object of 64 KiB, spaces, escapes and nulls aside, has fewer."""
MAX_NAMES = 10_000
"""Names that are held to find those that stand twice; fifty are right."""

_PROSE = ("metadata", "additionalAddresses", CUSTOMS)
"""Where tab, line feed and carriage return are text: values, addresses, and descriptions of goods."""

_SPACES = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class FaultSummary:
    """What is told of a cell: a check's first fault, and how many entries have it."""

    check: str
    where: str
    hint: str
    severity: Severity
    count: int


class _Faults:
    """What is wrong in a cell, each check once."""

    def __init__(self) -> None:
        self._first: dict[str, FaultSummary] = {}
        self._counts: dict[str, int] = {}

    def add(self, faults: Iterator[Fault], place: str = "", number: int = 0) -> None:
        """Take those of one entry, or of the cell: a check counts once. `place` and `number` say which entry it is."""
        counted: set[str] = set()
        for fault in faults:
            if fault.check in counted:
                continue
            counted.add(fault.check)
            if fault.check not in self._first:
                where = ", ".join(filter(None, (place.format(number), fault.where)))
                self._first[fault.check] = FaultSummary(fault.check, where, fault.hint, fault.severity, 1)
                self._counts[fault.check] = 0
            self._counts[fault.check] += 1

    def add_excess(self, entries: int, most: int) -> None:
        """Tell that a list of so many entries has more than it may."""
        if entries > most:
            self.add(iter([Fault("fits_entries", "", f"Keep at most {most} entries.")]), "entry {}", most + 1)
            self._counts["fits_entries"] = entries - most

    def told(self) -> list[FaultSummary]:
        """All of them."""
        return [replace(told, count=self._counts[check]) for check, told in self._first.items()]

    @property
    def are_errors(self) -> bool:
        """Whether one of them rejects the order."""
        return any(told.severity == "error" for told in self._first.values())


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
    faults = _Faults()
    try:
        value = _read_customs(text, faults) if member == CUSTOMS else _read_list(text, member, faults)
        stored = "" if faults.are_errors else to_json(value)
    except (ValueError, ArithmeticError, RecursionError) as error:
        detail = (
            f"{error}"
            if isinstance(error, _RefusedError)
            else "Write it as JSON: double quotes around names and texts, no comma at the end."
        )
        value, faults = None, _Faults()
        faults.add(iter([Fault("is_json", "the cell", detail)]))
    # An empty list says no more than none, and is stored as none.
    json = None if faults.are_errors or value == [] else stored
    names = [] if faults.are_errors else _names(value)
    return json, names, [asdict(told) for told in faults.told()]


def _read_customs(text: str, faults: _Faults) -> Json:
    if len(text) > MAX_READ:
        faults.add(iter([too_long_customs()]))
        return None
    value = _DECODER.decode(text)
    faults.add(customs_faults(value))
    faults.add(_not_storable(value, CUSTOMS), "the cell")
    return value


def _read_list(text: str, member: str, faults: _Faults) -> Json:
    """Those of the list's entries that say anything; not all of them where one is wrong."""
    shape, kept, names = LISTS[member], [], set[str]()
    if not text.startswith("["):
        _refuse_malformed(text)
        faults.add(iter([Fault("is_list", "the cell", "Write a JSON list of objects.")]))
        return []
    number = 0
    for number, entry in enumerate(_entries(text), start=1):
        if _is_sound_entry(entry, shape, faults, ("entry {}", number)):
            faults.add(_not_storable(entry, member), "entry {}", number)
            if shape.has_unique_names:
                faults.add(_not_unique(entry, names), "entry {}", number)
            if number <= shape.most and not faults.are_errors:
                kept.append(entry)
    faults.add_excess(number, shape.most)
    # Those of the metadata columns stand by their names too, so that one order is one text in whatever form it came.
    return sorted(kept, key=lambda entry: str(entry.get("name"))) if shape.has_unique_names else kept


def _is_sound_entry(entry: Json, shape: ListShape, faults: _Faults, at: tuple[str, int]) -> bool:
    """Check an entry, and the lists in it; whether there is anything to keep."""
    if is_blank_entry(entry):
        faults.add(
            iter([Fault("holds_no_blank_entry", "", "It says nothing, and is left out.", "warning")]), *at
        )
        return False
    if not isinstance(entry, dict):
        faults.add(iter([Fault("is_list", "", "Write a JSON list of objects.")]), *at)
        return False
    faults.add(shape.rule(entry), *at)
    for name, nested in shape.nested.items():
        _check_nested(entry, name, nested, (faults, *at))
    return True


def _check_nested(
    entry: dict[str, Json], name: str, shape: ListShape, told: tuple[_Faults, str, int]
) -> None:
    """Check a list inside an entry, and take out of it what says nothing."""
    faults, place, number = told
    value = entry.get(name, [])
    if not isinstance(value, list):
        faults.add(iter([Fault("is_list", name, "Write a JSON list of objects.")]), place, number)
        return
    where = (f"{place.format(number)}, {name}, entry {{}}", 0)
    sound = [e for n, e in enumerate(value, start=1) if _is_sound_entry(e, shape, faults, (where[0], n))]
    if len(sound) < len(value):
        entry[name] = sound


def _not_unique(entry: dict[str, Json], names: set[str]) -> Iterator[Fault]:
    name = str(entry.get("name", ""))
    if name and name in names:
        yield Fault("is_once_in_order", "name", "Each name may stand once in an order.")
    elif len(names) < MAX_NAMES:
        names.add(name)


def _entries(text: str) -> Iterator[Json]:
    """The entries of a list, one after the other; raises ValueError where it is none."""
    at = _after_spaces(text, 1)
    if text[at : at + 1] == "]":
        _refuse_rest(text, at + 1)
        return
    while True:
        try:
            entry, at = _DECODER.scan_once(text, at)
        except StopIteration:  # inside a generator it would be taken for its end
            raise ValueError from None
        yield entry
        at = _after_spaces(text, at)
        if text[at : at + 1] != ",":
            break
        at = _after_spaces(text, at + 1)
    if text[at : at + 1] != "]":
        raise ValueError
    _refuse_rest(text, at + 1)


def _after_spaces(text: str, at: int) -> int:
    found = _SPACES.match(text, at)
    return found.end() if found else at


def _refuse_rest(text: str, at: int) -> None:
    if _after_spaces(text, at) < len(text):
        raise ValueError


def _refuse_malformed(text: str) -> None:
    """Raise ValueError for what is no JSON; of what is too long to be read as a whole nobody asks."""
    if len(text) <= MAX_READ:
        _DECODER.decode(text)


def plain_json(text: str | None) -> str | None:
    """The JSON text that all cells of an equal value have; the text itself where it is no JSON."""
    if text is None:
        return None
    try:
        value = simplejson.loads(
            text,
            parse_float=_plain_number,
            parse_int=_plain_number,
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
        return str(simplejson.dumps(value, sort_keys=True))
    except (ValueError, ArithmeticError, RecursionError):
        return text


def _plain_number(written: str) -> str:
    """A number as a text that no text of a cell is, for none may have a NUL; without zeros that say nothing, never rounded."""
    sign, digits, exponent = Decimal(written).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0").rstrip("0")
    dropped = len("".join(map(str, digits)).rstrip("0"))
    return f"\0{sign if significant else 0} {significant} {int(exponent) + len(digits) - dropped if significant else 0}"


class _RefusedError(ValueError):
    """JSON that we do not take, though its grammar does."""


def _no_constant(_: str) -> Json:
    raise ValueError  # NaN and Infinity are Python's, not JSON's


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object's members, but for those that are null."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RefusedError("A member stands twice in one object: keep one.")
    return (
        {name: value for name, value in pairs if value is not None} if None in members.values() else members
    )


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS + len("-0.e-300"):
        raise _RefusedError(_BEYOND)
    return Decimal(text)


_BEYOND = "A number in it is beyond every measure."
_DECODER = simplejson.JSONDecoder(
    parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_members
)


def _not_storable(value: Json, member: str) -> Iterator[Fault]:
    """What no text column and no reader of numbers can hold, at any depth."""
    control = formats.CONTROL_IN_PROSE if member in _PROSE else formats.CONTROL
    # An entry stands one deep, in its list.
    for leaf in _leaves(value, depth=0 if member == CUSTOMS else 1):
        if isinstance(leaf, str):
            leaf.encode()  # half a surrogate pair is valid JSON and no text
            if re.search(control, leaf):
                yield Fault("has_no_control_characters", "", "Remove the control characters.")
        elif isinstance(leaf, int | Decimal) and _digits(Decimal(leaf)) > MAX_DIGITS:
            raise _RefusedError(_BEYOND)


def _digits(number: Decimal) -> int:
    return max(abs(number.adjusted()), len(number.as_tuple().digits))


def _leaves(value: Json, depth: int) -> Iterator[Json]:
    """Every plain value and every member's name."""
    if depth > MAX_DEPTH:
        raise _RefusedError(f"It is nested more than {MAX_DEPTH} deep.")
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for entry in value:
            yield from _leaves(entry, depth + 1)
    else:
        yield value


def _names(value: Json) -> list[str]:
    return [str(entry["name"]) for entry in value if "name" in entry] if isinstance(value, list) else []
