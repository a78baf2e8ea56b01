"""Finds how currencies and units of weight are written, and which unit a weight is in."""

import re

import polars as pl

from flows.sources.draft.places import stepped
from flows.sources.draft.sample import first_row, proof
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.toml_text import comment
from flows.sources.name_marks import CURRENCY_SIGNS
from flows.sources.name_words import plain_words
from validators.iso_codes import CURRENCIES

UNITS = {
    "kg": "KG", "kgs": "KG", "kilogram": "KG", "kilograms": "KG", "kilo": "KG", "kilos": "KG", "g": "GM", "gr": "GM",
    "gm": "GM", "gram": "GM", "grams": "GM", "gramm": "GM", "grammes": "GM", "lb": "LB", "lbs": "LB", "pound": "LB",
    "pounds": "LB", "oz": "OZ", "ounce": "OZ", "ounces": "OZ",
}  # fmt: skip

WEIGHT, UNIT = "items.unitWeight.weight", "items.unitWeight.unitOfMeasurement"


def find_codes(draft: Draft) -> None:
    """Add tables of values for currencies and units that are not our codes."""
    for member, known in (("charges.currency", _currency), (UNIT, _unit)):
        slot = draft.slot(member)
        if slot is not None:
            _add_values(draft, slot, known)


def _currency(cell: str) -> str | None:
    return CURRENCY_SIGNS.get(cell) or (cell.upper() if cell.upper() in CURRENCIES else None)


def _unit(cell: str) -> str | None:
    return UNITS.get(cell.lower().strip(". "))


def _add_values(draft: Draft, slot: Slot, known: object) -> None:
    cells = stepped(draft, slot)
    distinct = cells["cell"].unique().sort().to_list()
    codes = {cell: code for cell in distinct if callable(known) and (code := known(cell)) and code != cell}
    if codes:
        row = proof(first_row(cells, pl.col("cell") == next(iter(codes))))
        slot.add(row, values=codes)


def find_weight_unit(draft: Draft) -> None:
    """Say the unit of a weight where its name or its cells do; else leave the weight out, and ask."""
    slot = draft.slot(WEIGHT)
    if slot is None or not slot.is_told or draft.gives(UNIT):
        return
    unit = _named_unit(slot)
    if unit:
        draft.given.add(UNIT)
        draft.defaults.append(f'"{UNIT}" = "{unit}" # {slot.name.splitlines()[0]}')
        return
    draft.slots.remove(slot)
    draft.unused.append(slot.name)
    name = slot.name.splitlines()[0]
    draft.columns.append(
        comment(
            f"Question: in which unit is {name}: OZ, GM, LB or KG, and is it of one piece? Then also in defaults:"
        )
    )
    draft.columns.append(comment(f'"{name}" = "{WEIGHT}" and "{UNIT}" = "KG"'))


def _named_unit(slot: Slot) -> str | None:
    sign = UNITS.get(str(slot.steps.get("currency", "")).lower())
    words = re.findall(r"[a-z]+", plain_words(slot.name))
    named = (UNITS[word] for word in reversed(words) if word in UNITS)
    return (
        sign
        or next(named, None)
        or next((UNITS[end] for end in ("kg", "lbs", "oz") if words and words[-1].endswith(end)), None)
    )
