"""Finds the form in which numbers are written: decimal sign, what stands between thousands, a currency's sign; by what proves it."""

import polars as pl

from flows.sources.cell_steps import prepare_cells
from flows.sources.draft.number_signs import Seen, look_at_numbers
from flows.sources.draft.sample import first_row, proof
from flows.sources.draft.slots import Draft, Slot
from flows.sources.name_marks import CURRENCY_SIGNS
from flows.sources.parse_cells import parse_cell_steps
from flows.sources.source import CellSteps
from flows.sources.toml_table import TomlTable
from validators.iso_codes import CURRENCIES


def find_number_forms(draft: Draft) -> None:
    """Add the source's form of numbers to the draft, and to columns what is theirs alone."""
    seen = {slot.name: look_at_numbers(plain_cells(draft, slot)) for slot in draft.number_slots()}
    if draft.layout is None:
        _add_source_form(draft, list(seen.values()))
    for slot in draft.number_slots():
        _add_own_form(draft, slot, seen[slot.name])


def plain_cells(draft: Draft, slot: Slot) -> pl.DataFrame:
    """The slot's filled cells after the steps that stand before the form of numbers: `row_number` and `cell`."""
    cells = slot.cells(draft.sample)
    steps = {
        key: value
        for key, value in {**slot.base, **slot.steps}.items()
        if key in ("from", "decimals", "strip")
    }
    if not steps:
        return cells
    table = TomlTable(where="", values=steps)
    done = prepare_cells(cells["cell"], parse_cell_steps(table), None).cells
    return cells.with_columns(cell=done).drop_nulls("cell")


def written_steps(slot: Slot) -> CellSteps:
    """All its steps but for a division."""
    steps = {key: value for key, value in {**slot.base, **slot.steps}.items() if key != "divide_by"}
    return parse_cell_steps(TomlTable(where="", values=steps))


def _add_source_form(draft: Draft, seen: list[Seen]) -> None:
    """The one form of all numbers, where all columns that show any agree; else each column has its own."""
    commas, points = [s.comma for s in seen if s.comma], [s.point for s in seen if s.point]
    if commas and points:
        return
    if commas:
        draft.number["decimal"] = ","
        draft.top.append(f'decimal = "," # {proof(commas[0])}')
    elif not points and (unclear := next((s.unclear for s in seen if s.unclear), None)):
        draft.top.append(f"# Question: {proof(unclear)} – a thousand, or decimals?")
        mark = next(c for c in unclear[1] if not c.isdigit())
        draft.top.append(f'# {"thousands" if mark == "," else "decimal"} = "{mark}"')
        return
    _add_thousands(draft, seen, "." if commas else ",")


def _add_thousands(draft: Draft, seen: list[Seen], likely: str) -> None:
    apart = next((s.apart for s in seen if s.apart), None)
    grouped = next((s.grouped[likely] for s in seen if likely in s.grouped), None)
    if apart or grouped:
        mark, found = apart or (likely, grouped)
        draft.number["thousands"] = mark
        draft.top.append(f'thousands = "{mark}" # {proof(found)}')
    elif likely == ".":
        draft.top.append("# Question: no number here is that large: what stands between its thousands?")
        draft.top.append('# thousands = "."')


def _add_own_form(draft: Draft, slot: Slot, seen: Seen) -> None:
    form = _own_form(draft, slot, seen)
    if seen.sign:
        slot.add(proof(seen.signed), currency=seen.sign)
        slot.add("", **{key: value for key, value in {**draft.number, **form}.items() if value})
        _tell_currency(draft, slot, seen)
    elif form:
        slot.add(proof(seen.comma or next(iter(seen.grouped.values()), None)), **form)
    elif seen.signed:
        slot.ask(f"{proof(seen.signed)}: several signs stand here; which are they?", strip=[])
    if slot.kind == "integer" and _ends_in_zeros(draft, slot):
        slot.add(
            proof(first_row(slot.cells(draft.sample), pl.col("cell").str.contains(r"[.,]0+$"))), whole=True
        )


def _own_form(draft: Draft, slot: Slot, seen: Seen) -> dict[str, object]:
    """The form that this column has and the source has not."""
    if slot.base.get("decimal") or draft.number:
        return {}
    if seen.comma and not seen.point:
        return {"decimal": ",", **({"thousands": "."} if "." in seen.grouped else {})}
    # A layout says that decimals stand behind a point; elsewhere a cell has to show it.
    is_clear = bool(draft.layout or seen.point)
    is_due = "," in seen.grouped and slot.base.get("thousands") != ","
    return {"thousands": ","} if is_clear and is_due else {}


def _ends_in_zeros(draft: Draft, slot: Slot) -> bool:
    if slot.base.get("whole") or draft.sample.types:
        return False
    decimal = draft.number.get("decimal", slot.steps.get("decimal", "."))
    cells = plain_cells(draft, slot)["cell"]
    return bool(cells.str.contains(rf"^[0-9]+\{decimal}0+$").any())


def _tell_currency(draft: Draft, slot: Slot, seen: Seen) -> None:
    """What the sign says of the currency."""
    if draft.gives("charges.currency") or any("charges.currency" in line for line in draft.defaults):
        return
    code = CURRENCY_SIGNS.get(seen.sign) or (seen.sign if seen.sign in CURRENCIES else None)
    if slot.member not in ("items.unitPrice", "charges.gmv", "charges.subTotal", "charges.totalPaid"):
        return
    if code:
        draft.given.add("charges.currency")
        draft.defaults.append(f'"charges.currency" = "{code}" # {slot.name}, {proof(seen.signed)}')
    else:
        draft.defaults.append(
            f"# Question: which currency is {seen.sign} ({slot.name}, {proof(seen.signed)})?"
        )
        draft.defaults.append('# "charges.currency" = "USD"')
