"""Finds how countries and states are written: codes of two letters, of three, of one, or names."""

import re

import polars as pl

from flows.sources.cell_steps import prepare_cells
from flows.sources.draft.number_forms import written_steps
from flows.sources.draft.sample import first_row, proof
from flows.sources.draft.slots import Draft, Slot
from flows.sources.names import canonical
from flows.sources.value_tables import VALUE_TABLES
from validators.iso_codes import CA_PROVINCES, COUNTRIES, US_STATES

PLATES = {
    "A": "AT", "B": "BE", "CH": "CH", "D": "DE", "E": "ES", "F": "FR", "GB": "GB", "I": "IT", "L": "LU", "N": "NO",
    "P": "PT", "S": "SE", "H": "HU", "FL": "LI", "IRL": "IE", "SLO": "SI", "FIN": "FI", "NL": "NL", "DK": "DK",
    "PL": "PL", "CZ": "CZ", "SK": "SK", "GR": "GR", "HR": "HR", "BG": "BG", "RO": "RO",
}  # fmt: skip
"""The letters on number plates, which systems in the middle of Europe have for countries."""

MOST_SHOWN = 20


def find_country_forms(draft: Draft) -> None:
    """Add the table of countries to each column that is a country and holds other than our codes."""
    for slot in draft.slots:
        if slot.member.endswith(("countryCode", "CountryCode", "TariffCodeCountry")):
            _add_table(draft, slot)


def _add_table(draft: Draft, slot: Slot) -> None:
    cells = stepped(draft, slot)
    odd = [cell for cell in cells["cell"].unique().sort() if cell not in (*COUNTRIES, "XK")]
    if not odd:
        return
    row = proof(first_row(cells, pl.col("cell") == odd[0]))
    for name in ("country-names", "country-alpha3"):
        if all(canonical(cell) in VALUE_TABLES[name] for cell in odd):
            slot.add(row, values=name)
            return
    known = {cell: code for cell in odd if (code := _code(cell))}
    unknown = [cell for cell in odd if cell not in known][:MOST_SHOWN]
    if unknown:
        told = ", ".join(f'"{cell}"' for cell in unknown)
        slot.ask(f"which country is {told} ({row})?", values={**known, **dict.fromkeys(unknown, "XX")})
    if known:
        slot.add(row, values=known)


def _code(cell: str) -> str | None:
    if cell.upper() in PLATES:
        return PLATES[cell.upper()]
    tables = (VALUE_TABLES["country-names"], VALUE_TABLES["country-alpha3"])
    return next((table[canonical(cell)] for table in tables if canonical(cell) in table), None)


def find_state_forms(draft: Draft) -> None:
    """Add the table of states where the United States' or Canada's are written in words, or with their country before them."""
    slot = draft.slot("toAddress.stateProvince")
    if slot is None:
        return
    # A layout's table knows one country's names, and a file may have another's: they are looked at before it.
    table = slot.base.pop("values", None)
    cells = stepped(draft, slot)
    prefixed = first_row(cells, pl.col("cell").str.contains(r"^(US|CA)-[A-Z]{2}$"))
    if prefixed:
        slot.add(proof(prefixed), strip=["US-", "CA-"])
        cells = stepped(draft, slot)
    if table:
        slot.base["values"] = table
    if not _add_codes_and_names(slot, cells):
        _add_states_in_words(slot, cells)


def _add_codes_and_names(slot: Slot, cells: pl.DataFrame) -> bool:
    codes = {cell: cell[:2] for cell in cells["cell"].unique().sort() if _is_code_and_name(cell)}
    if codes:
        slot.add(f"{_row(cells, next(iter(codes)))}; other states have to be added", values=codes)
    return bool(codes)


def _add_states_in_words(slot: Slot, cells: pl.DataFrame) -> None:
    words = {
        name: [cell for cell in cells["cell"].unique().sort() if _is_in_words(cell, name)]
        for name in ("us-states", "ca-provinces")
    }
    if all(words.values()):
        both = {cell: VALUE_TABLES[name][canonical(cell)] for name, found in words.items() for cell in found}
        row = _row(cells, words["us-states"][0])
        slot.add(f"{row}; other names of states have to be added", values=both)
    for name, found in words.items():
        if found and "values" not in slot.steps and slot.base.get("values") != name:
            slot.add(_row(cells, found[0]), values=name)


def _is_code_and_name(cell: str) -> bool:
    """Whether a cell is a state's code and its name: `MA - Massachusetts`, `MA (Massachusetts)`."""
    told = re.fullmatch(r"([A-Z]{2})\s*[-:(]\s*([^()]+?)\)?", cell)
    return told is not None and any(
        VALUE_TABLES[name].get(canonical(told[2])) == told[1] for name in ("us-states", "ca-provinces")
    )


def _is_in_words(cell: str, table: str) -> bool:
    codes = US_STATES if table == "us-states" else CA_PROVINCES
    return cell not in codes and canonical(cell) in VALUE_TABLES[table]


def _row(cells: pl.DataFrame, cell: str) -> str:
    return proof(first_row(cells, pl.col("cell") == cell))


def stepped(draft: Draft, slot: Slot) -> pl.DataFrame:
    """The slot's filled cells after all steps so far up to `whole`: `row_number` and `cell`."""
    cells = slot.cells(draft.sample)
    if not (slot.base or slot.steps):
        return cells
    return cells.with_columns(cell=prepare_cells(cells["cell"], written_steps(slot), None).cells).drop_nulls(
        "cell"
    )
