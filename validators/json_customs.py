"""Checks the customs object of an order, which is kept as it came."""

from collections.abc import Iterator

from validators import formats
from validators.json_faults import Fault
from validators.json_members import given_text
from validators.json_text import Json, to_json

CUSTOMS = "shippingPreferences.customs"

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


def check_customs(value: Json) -> Iterator[Fault]:
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
    currency = given_text(info, "currencyCode", "USD")
    for form in (formats.CURRENCY, formats.CURRENT_CURRENCY):
        if (currency in form.values) is form.negate:
            yield Fault(form.name, "customsInfo.currencyCode", form.hint, form.severity)
    if given_text(info, "reasonForExport", "OTHER") not in _REASONS:
        hint = f"Carriers know {', '.join(_REASONS)}; it is kept as written."
        yield Fault("is_reason_for_export", "customsInfo.reasonForExport", hint, "warning")
    if given_text(info, "termsOfSale", "DAP").upper() not in _TERMS:
        hint = "Write an Incoterm of 2000, 2010 or 2020, such as DAP."
        yield Fault("is_terms_of_sale", "customsInfo.termsOfSale", hint)
