"""Checks the members of a list or object that came in a cell, by the table of the order model.

`metadata` and the special services are trimmed and normalised in place; customs and the additional
addresses are kept as they came.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import simplejson

from validators import formats
from validators.formats import Severity
from validators.order_model import HEAD

Json = Any


class Fault(NamedTuple):
    """What is wrong in a cell: `where` is the place inside it, such as `entry 2, name`."""

    check: str
    where: str
    hint: str
    severity: Severity = "error"


Rule = Callable[[dict[str, Json], str], Iterator[Fault]]

MAX_CUSTOMS_BYTES = 64 * 1024
_REASONS = ("GIFT", "COMMERCIAL_SAMPLE", "MERCHANDISE", "DOCUMENTS", "RETURNED_GOODS", "OTHER")
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


def _of_each(value: Json, most: int | None, rule: Rule, where: str = "") -> Iterator[Fault]:
    """What is wrong with a list, and by `rule` with each of its objects."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        yield Fault("is_list", where or "the cell", "Write a JSON list of objects.")
        return
    if most and len(value) > most:
        yield Fault("fits_entries", where or "the cell", f"Keep at most {most} entries.")
    for number, entry in enumerate(value, start=1):
        yield from rule(entry, f"entry {number}")


def _text(entry: dict[str, Json], name: str, longest: int, where: str) -> Iterator[Fault]:
    """Trim a member that must be text, in place, and say what is wrong with it; absent is fine."""
    if name not in entry:
        return
    if not isinstance(entry[name], str):
        yield Fault("is_text", f"{where}, {name}", "Write it as text, in quotes.")
        return
    seen = "" if re.match(formats.BLANK, entry[name]) else entry[name]
    entry[name] = unicodedata.normalize("NFC", seen.strip(formats.SPACE))
    if len(entry[name]) > longest:
        yield Fault("fits_length", f"{where}, {name}", f"Shorten it to {longest} characters.")


def _given(entry: dict[str, Json], name: str, otherwise: str) -> str:
    """What a member says, `otherwise` where it is absent or blank."""
    value = entry.get(name, "")
    return otherwise if isinstance(value, str) and re.match(formats.BLANK, value) else str(value)


def _required(entry: dict[str, Json], name: str, longest: int, where: str) -> Iterator[Fault]:
    yield from _text(entry, name, longest, where)
    if entry.get(name, "") == "":
        yield Fault("is_present", f"{where}, {name}", "Fill it in.")


def _known(entry: dict[str, Json], names: tuple[str, ...], where: str) -> Iterator[Fault]:
    for name in sorted(entry.keys() - set(names)):
        yield _unknown(f"{where}, {name[:50]}", names)


def _unknown(where: str, names: tuple[str, ...]) -> Fault:
    hint = f"Only {' and '.join(names)} are known here; it is kept as written."
    return Fault("is_known", where, hint, "warning")


def _metadata(value: Json) -> Iterator[Fault]:
    seen = set()

    def entry_faults(entry: dict[str, Json], where: str) -> Iterator[Fault]:
        yield from _required(entry, "name", 50, where)
        yield from _required(entry, "value", 255, where)
        if entry.keys() - {"name", "value"}:
            yield _unknown(where, ("name", "value"))  # the cell is personal, the names in it too
        name = _given(entry, "name", "")
        if name and name in seen:
            yield Fault("is_once_in_order", f"{where}, name", "Each name may stand once in an order.")
        seen.add(name)

    return _of_each(value, 50, entry_faults)


def _service(entry: dict[str, Json], where: str) -> Iterator[Fault]:
    yield from _required(entry, "specialserviceId", 30, where)
    if any(unicodedata.category(c) == "Cf" for c in _given(entry, "specialserviceId", "")):
        hint = "Remove the zero-width or direction characters."
        yield Fault("has_no_hidden_characters", f"{where}, specialserviceId", hint)
    yield from _known(entry, ("specialserviceId", "inputParameters"), where)
    yield from _of_each(
        entry.get("inputParameters", []),
        None,
        lambda parameter, _: _parameter(parameter, f"{where}, parameter"),
        f"{where}, inputParameters",
    )


def _parameter(parameter: dict[str, Json], where: str) -> Iterator[Fault]:
    yield from _text(parameter, "name", 50, where)
    yield from _text(parameter, "value", 255, where)
    yield from _known(parameter, ("name", "value"), where)


def _address(entry: dict[str, Json], where: str) -> Iterator[Fault]:
    yield from _lengths(dict(entry), where)  # a copy: an address is kept as it came
    if _given(entry, "countryCode", "US") not in formats.COUNTRY.values:
        yield Fault(formats.COUNTRY.name, f"{where}, countryCode", formats.COUNTRY.hint)


def _lengths(address: dict[str, Json], where: str) -> Iterator[Fault]:
    for name, (reject, warn) in _ADDRESS_LENGTHS.items():
        yield from _text(address, name, reject, where)
        if warn < len(_given(address, name, "")) <= reject:
            hint = f"Carriers cut or refuse more than {warn} characters when a label is made."
            yield Fault("fits_label", f"{where}, {name}", hint, "warning")


def _customs(value: Json) -> Iterator[Fault]:
    if not isinstance(value, dict) or not isinstance(value.get("customsInfo", {}), dict):
        yield Fault("is_object", "the cell", "Write a JSON object; its customsInfo is an object too.")
        return
    if len(to_json(value).encode()) > MAX_CUSTOMS_BYTES:
        yield Fault("fits_length", "the cell", "Shorten it to 64 KiB.")
    info = value.get("customsInfo", {})
    if _given(info, "currencyCode", "USD") not in formats.CURRENCY.values:
        yield Fault(formats.CURRENCY.name, "customsInfo.currencyCode", formats.CURRENCY.hint)
    if _given(info, "reasonForExport", "OTHER") not in _REASONS:
        yield Fault(
            "is_reason_for_export", "customsInfo.reasonForExport", f"Write one of {', '.join(_REASONS)}."
        )
    if not re.fullmatch("[A-Za-z]{3}", _given(info, "termsOfSale", "DAP")):
        yield Fault("is_terms_of_sale", "customsInfo.termsOfSale", "Write three letters, such as DAP.")


SHAPES: dict[str, Callable[[Json], Iterator[Fault]]] = {
    "metadata": _metadata,
    "additionalAddresses": lambda value: _of_each(value, 10, _address),
    "shippingPreferences.specialServices": lambda value: _of_each(value, 20, _service),
    "shippingPreferences.customs": _customs,
}
