"""Finds what stands in front of ids, codes and phones and is no part of them, and ids that are stored as numbers."""

from collections.abc import Iterator

import polars as pl

from flows.sources.cell_faults import must_be_text
from flows.sources.draft.places import stepped
from flows.sources.draft.sample import first_row, proof
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.words import TOTALS, says
from validators.iso_codes import US_STATES
from validators.order_model import is_personal

_ZIP = "toAddress.postalCode"
_WIDTHS = {
    "US": 5,
    "DE": 5,
    "FR": 5,
    "ES": 5,
    "IT": 5,
    "MX": 5,
    "FI": 5,
    "CZ": 5,
    "AT": 4,
    "CH": 4,
    "BE": 4,
    "DK": 4,
    "AU": 4,
}
"""Digits of a postal code, of countries where all have as many."""

_BEFORE_ZIP = r"^(?:([A-Z]{1,3})-)[0-9]"


def find_beginnings(draft: Draft) -> None:
    """Add what is to be taken off, from cells that are a text: `'02108`, `#1001`, `DE-20457`, `tel:+1 …`."""
    for slot in draft.slots:
        if slot.is_number or slot.kind == "json":
            continue
        cells = stepped(draft, slot)
        for beginning in _beginnings(slot, cells["cell"]):
            _take_off(slot, cells, beginning)
        if first_row(cells, pl.col("cell").str.starts_with('="')):
            slot.ask('a spreadsheet has put ="…" around cells here: can the file be exported without it?')


def _beginnings(slot: Slot, cells: pl.Series) -> Iterator[str]:
    """What may stand in front of these cells and is none of theirs."""
    yield "'"
    if slot.member == "orderNumber" and cells.len() and cells.str.starts_with("#").all():
        yield "#"
    if slot.member == "items.itemId" and cells.len() and cells.str.starts_with(f"{slot.name}:").all():
        yield f"{slot.name}:"
    if slot.member == _ZIP:
        yield from (
            f"{letters}-" for letters in cells.str.extract(_BEFORE_ZIP, 1).drop_nulls().unique().sort()
        )
    yield from ("tel:", "Tel:", "TEL:") if slot.member.endswith("phone") else ()
    yield from ("mailto:",) if slot.member.endswith("mail") else ()


def _take_off(slot: Slot, cells: pl.DataFrame, beginning: str) -> None:
    found = first_row(cells, pl.col("cell").str.starts_with(beginning))
    if not found:
        return
    there = slot.steps.get("strip", slot.base.get("strip", []))
    listed = [there] if isinstance(there, str) else list(there) if isinstance(there, list) else []
    shown = f"row {found[0]} begins with it" if is_personal(slot.member) else proof(found)
    slot.add(shown, strip=[*listed, beginning] if listed else beginning)


def find_stored_numbers(draft: Draft) -> None:
    """Add `from` for columns of a Parquet or a workbook that are stored as numbers of a type that may have lost something."""
    for slot in draft.slots:
        kind = draft.sample.types.get(slot.places[0])
        if kind == "float" or (kind == "integer" and not slot.is_number):
            _vouch(draft, slot, kind)
        elif slot.places[0] in draft.sample.stored and must_be_text(slot.member):
            _vouch(draft, slot, "integer")
            _tell_of_texts(draft, slot, draft.sample.stored[slot.places[0]])


def _tell_of_texts(draft: Draft, slot: Slot, row: int | None) -> None:
    if row is None:
        return
    texts = slot.cells(draft.sample).filter(pl.col("row_number") == row)["cell"]
    if not all(says(text, TOTALS) for text in texts):  # of a total is asked elsewhere
        slot.ask(
            f"row {row} is a text among numbers, which this cannot read: can the whole column be stored as text?"
        )


def _vouch(draft: Draft, slot: Slot, kind: str) -> None:
    cells = slot.cells(draft.sample).filter(pl.col("cell").cast(pl.Float64, strict=False).is_not_null())
    decimals = cells["cell"].str.extract(r"\.([0-9]*[1-9])0*$", 1).str.len_chars().max() or 0
    steps: dict[str, object] = {"from": kind}
    if kind == "float":
        steps["decimals"] = decimals if slot.kind == "decimal" else 0
    longest = first_row(cells, pl.col("cell").str.len_chars() == cells["cell"].str.len_chars().max())
    slot.add(
        f"stored as {kind}, {'as in ' if longest else ''}{'' if is_personal(slot.member) else proof(longest)}",
        **steps,
    )
    if slot.is_number:
        if slot.kind == "decimal":
            slot.ask("may it have more decimals than these?", decimals=4)
        return
    width = _width(draft) if slot.member == _ZIP else None
    likely = 5 if slot.member == _ZIP else 8
    longer = cells["cell"].str.replace(r"\.0$", "").str.len_chars() > (width or 0)
    if width and not longer.any():
        slot.add(f"postal codes have {width} digits there", width=width)
    else:
        slot.ask("can it have had zeros in front, which a number loses? Then say its width.", width=likely)


def _width(draft: Draft) -> int | None:
    """The digits that postal codes have in all countries of the file."""
    country = draft.slot("toAddress.countryCode")
    found = set(stepped(draft, country)["cell"].unique()) if country else set()
    state = draft.slot("toAddress.stateProvince")
    states = set(state.cells(draft.sample)["cell"].unique()) if state else set()
    if not found and len(states) > 1 and states <= set(US_STATES):  # WA alone may be Western Australia
        found = {"US"}
    widths = {_WIDTHS.get(code, 0) for code in found}
    width = widths.pop() if len(widths) == 1 else 0
    return width or None
