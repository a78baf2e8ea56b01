"""Checks the members of a list or object that came in a cell, by the table of the order model.

`metadata` and the special services are trimmed and normalised in place; customs and the additional
addresses are kept as they came.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import simplejson

from validators import formats
from validators.formats import Severity
from validators.order_model import HEAD

Json = Any


class Fault(NamedTuple):
    """What is wrong in a cell, or in an entry of its list: `where` is the place inside it, such as `name`."""

    check: str
    where: str
    hint: str
    severity: Severity = "error"


class ListShape(NamedTuple):
    """What a list may hold: `most` entries, each of which keeps `rule`, and each of their `nested` lists its own."""

    rule: Callable[[dict[str, Json]], Iterator[Fault]]
    most: int
    nested: dict[str, "ListShape"] = {}  # noqa: RUF012 - nobody writes to it
    has_unique_names: bool = False


MAX_CUSTOMS_BYTES = 64 * 1024
_REASONS = (
    *("GIFT", "COMMERCIAL_SAMPLE", "MERCHANDISE", "DOCUMENTS", "RETURNED_GOODS", "SOLD", "NOT_SOLD"),
    "OTHER",
)
# Incoterms of 2020, of 2010, and of 2000, whose terms contracts may still name.
_TERMS = frozenset(
    (
        *("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"),
        *("DAT", "DAF", "DES", "DEQ", "DDU"),
    )
)
_ADDRESS_LENGTHS = {"addressType": (30, 30)} | {
    member.path.removeprefix("toAddress."): (member.reject, member.warn or member.reject)
    for member in HEAD
    if member.path.startswith("toAddress.") and member.reject
}
"""Of each member of an address, the reject and the warn length."""


def to_json(value: Json) -> str:
    """The JSON text that is stored."""
    text: str = simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    return text


def is_blank_entry(entry: Json) -> bool:
    """Whether it says nothing: null, a blank text, or an object of nothing else."""
    return all(map(_is_blank, entry.values())) if isinstance(entry, dict) else _is_blank(entry)


def _is_blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and is_blank_text(value))


def is_blank_text(text: str) -> bool:
    """Whether nobody sees anything of it."""
    return re.match(formats.BLANK, text) is not None


def is_hidden(character: str) -> bool:
    """Whether it is one that nobody sees."""
    return not character.isascii() and character in formats.hidden_characters()


def _text(entry: dict[str, Json], name: str, longest: int) -> Iterator[Fault]:
    """Trim a member that must be text, in place, and say what is wrong with it; absent is fine."""
    if name not in entry:
        return
    if not isinstance(entry[name], str):
        yield Fault("is_text", name, "Write it as text, in quotes.")
        return
    seen = "" if is_blank_text(entry[name]) else entry[name]
    entry[name] = unicodedata.normalize("NFC", seen.strip(formats.SPACE))
    if len(entry[name]) > longest:
        yield Fault("fits_length", name, f"Shorten it to {longest} characters.")


def _given(entry: dict[str, Json], name: str, otherwise: str) -> str:
    """What a member says, `otherwise` where it is absent or blank."""
    value = entry.get(name, "")
    return otherwise if isinstance(value, str) and is_blank_text(value) else str(value)


def _required(entry: dict[str, Json], name: str, longest: int) -> Iterator[Fault]:
    yield from _text(entry, name, longest)
    if _is_blank(entry.get(name)):
        yield Fault("is_present", name, "Fill it in.")


def _known(entry: dict[str, Json], names: tuple[str, ...]) -> Iterator[Fault]:
    if entry.keys() - set(names):
        first = min(entry.keys() - set(names))
        yield _unknown(first[:50], names)


def _unknown(where: str, names: tuple[str, ...]) -> Fault:
    hint = f"Only {' and '.join(names)} are known here; it is kept as written."
    return Fault("is_known", where, hint, "warning")


def _metadata(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from _required(entry, "name", 50)
    yield from _required(entry, "value", 255)
    if entry.keys() - {"name", "value"}:
        yield _unknown("", ("name", "value"))  # the cell is personal, the names in it too
    if re.search(formats.CONTROL, _given(entry, "name", "")):
        yield Fault("has_no_control_characters", "name", "Remove the control characters.")


def _service(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from _required(entry, "specialserviceId", 30)
    service = _given(entry, "specialserviceId", "")
    if hidden := list(dict.fromkeys(filter(is_hidden, service))):
        names = ", ".join(formats.hidden_characters()[c] for c in hidden[:5])
        yield Fault(
            "has_no_hidden_characters", "specialserviceId", f"Remove what nobody sees in it: {names}."
        )
    if re.search(formats.PROTECTED, service):
        hint = 'Take the apostrophe in front, or the ="…" around it, off.'
        yield Fault("is_not_protected", "specialserviceId", hint)
    yield from _known(entry, ("specialserviceId", "inputParameters"))


def _parameter(parameter: dict[str, Json]) -> Iterator[Fault]:
    yield from _text(parameter, "name", 50)
    yield from _text(parameter, "value", 255)
    yield from _known(parameter, ("name", "value"))


def _address(entry: dict[str, Json]) -> Iterator[Fault]:
    yield from _lengths(dict(entry))  # a copy: an address is kept as it came
    if _given(entry, "countryCode", "US") not in formats.COUNTRY.values:
        yield Fault(formats.COUNTRY.name, "countryCode", formats.COUNTRY.hint)


def _lengths(address: dict[str, Json]) -> Iterator[Fault]:
    for name, (reject, warn) in _ADDRESS_LENGTHS.items():
        yield from _text(address, name, reject)
        if warn < len(_given(address, name, "")) <= reject:
            hint = f"Carriers cut or refuse more than {warn} characters when a label is made."
            yield Fault("fits_label", name, hint, "warning")


def customs_faults(value: Json) -> Iterator[Fault]:
    """What is wrong with the customs object; nothing of it is told, for it holds the tax numbers of people."""
    if not isinstance(value, dict) or not isinstance(value.get("customsInfo", {}), dict):
        yield Fault("is_object", "the cell", "Write a JSON object; its customsInfo is an object too.")
        return
    if len(to_json(value).encode()) > MAX_CUSTOMS_BYTES:
        yield too_long_customs()
    if value.keys() - {"customsInfo"}:
        hint = "Only customsInfo is known here; what stands beside it is kept as written."
        yield Fault("is_known", "the cell", hint, "warning")
    yield from _customs_info(value.get("customsInfo", {}))


def too_long_customs() -> Fault:
    """The fault of a customs object that is longer than the model has it."""
    return Fault("fits_length", "the cell", "Shorten it to 64 KiB.")


def _customs_info(info: dict[str, Json]) -> Iterator[Fault]:
    currency = _given(info, "currencyCode", "USD")
    for form in (formats.CURRENCY, formats.CURRENT_CURRENCY):
        if (currency in form.values) is form.negate:
            yield Fault(form.name, "customsInfo.currencyCode", form.hint, form.severity)
    if _given(info, "reasonForExport", "OTHER") not in _REASONS:
        hint = f"Carriers know {', '.join(_REASONS)}; it is kept as written."
        yield Fault("is_reason_for_export", "customsInfo.reasonForExport", hint, "warning")
    if _given(info, "termsOfSale", "DAP").upper() not in _TERMS:
        hint = "Write an Incoterm of 2000, 2010 or 2020, such as DAP."
        yield Fault("is_terms_of_sale", "customsInfo.termsOfSale", hint)


LISTS: dict[str, ListShape] = {
    "metadata": ListShape(_metadata, 50, has_unique_names=True),
    "additionalAddresses": ListShape(_address, 10),
    "shippingPreferences.specialServices": ListShape(
        _service, 20, {"inputParameters": ListShape(_parameter, sys.maxsize)}
    ),
}
CUSTOMS = "shippingPreferences.customs"
