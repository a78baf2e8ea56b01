"""Checks the entries of a list that came in a cell, by the table of the order model.

`metadata` and the special services are trimmed and normalised in place; the additional addresses are kept as they
came.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from validators import characters, formats
from validators.json_faults import Fault
from validators.json_members import (
    find_unknown,
    given_text,
    is_hidden,
    trim_required,
    trim_text,
    unknown_member,
)
from validators.json_text import Json
from validators.order_model import HEAD


class ListShape(NamedTuple):
    """What a list may hold: `most` entries, each of which keeps `rule`, and each of their `nested` lists its own."""

    rule: Callable[[dict[str, Json]], Iterator[Fault]]
    most: int
    nested: dict[str, "ListShape"] = {}  # noqa: RUF012 - nobody writes to it
    has_unique_names: bool = False


_ADDRESS_LENGTHS = {"addressType": (30, 30)} | {
    member.path.removeprefix("toAddress."): (member.reject, member.warn or member.reject)
    for member in HEAD
    if member.path.startswith("toAddress.") and member.reject
}
"""Of each member of an address, the reject and the warn length."""


def _metadata(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from trim_required(entry, "name", 50)
    yield from trim_required(entry, "value", 255)
    if entry.keys() - {"name", "value"}:
        yield unknown_member("", ("name", "value"))  # the cell is personal, the names in it too
    if re.search(characters.CONTROL, given_text(entry, "name", "")):
        yield Fault("has_no_control_characters", "name", "Remove the control characters.")


def _service(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from trim_required(entry, "specialserviceId", 30)
    service = given_text(entry, "specialserviceId", "")
    if hidden := list(dict.fromkeys(filter(is_hidden, service))):
        names = ", ".join(characters.hidden_characters()[c] for c in hidden[:5])
        yield Fault(
            "has_no_hidden_characters", "specialserviceId", f"Remove what nobody sees in it: {names}."
        )
    if re.search(characters.PROTECTED, service):
        hint = 'Take the apostrophe in front, or the ="…" around it, off.'
        yield Fault("is_not_protected", "specialserviceId", hint)
    yield from find_unknown(entry, ("specialserviceId", "inputParameters"))


def _parameter(parameter: dict[str, Json]) -> Iterator[Fault]:
    yield from trim_text(parameter, "name", 50)
    yield from trim_text(parameter, "value", 255)
    yield from find_unknown(parameter, ("name", "value"))


def _address(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from _lengths(dict(entry))  # a copy: an address is kept as it came
    if given_text(entry, "countryCode", "US") not in formats.COUNTRY.values:
        yield Fault(formats.COUNTRY.name, "countryCode", formats.COUNTRY.hint)


def _lengths(address: dict[str, Json]) -> Iterator[Fault]:
    for name, (reject, warn) in _ADDRESS_LENGTHS.items():
        yield from trim_text(address, name, reject)
        if warn < len(given_text(address, name, "")) <= reject:
            hint = f"Carriers cut or refuse more than {warn} characters when a label is made."
            yield Fault("fits_label", name, hint, "warning")


LISTS: dict[str, ListShape] = {
    "metadata": ListShape(_metadata, 50, has_unique_names=True),
    "additionalAddresses": ListShape(_address, 10),
    "shippingPreferences.specialServices": ListShape(
        _service, 20, {"inputParameters": ListShape(_parameter, sys.maxsize)}
    ),
}
