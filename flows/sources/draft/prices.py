"""Finds whether a price is that of one unit or of a line: by what comes out when it is multiplied by the quantity.

It reckons with floats, for a draft that a person reads; no price goes into an order from here.
"""

from dataclasses import dataclass

import polars as pl

from flows.sources.cell_steps import prepare_cells
from flows.sources.draft.number_forms import written_steps
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.words import is_line_total, says_amount, says_fee, says_unit
from flows.sources.source import ADDRESSED, CellSteps, NumberForm

ALIKE = 0.005
"""Half of the smallest coin."""

_SUMS = ("charges.subTotal", "charges.gmv")


@dataclass(frozen=True, kw_only=True)
class Lines:
    """`frame` has `row_number`, `order`, `price`, `quantity`, and the other numbers of the file under their places' names."""

    frame: pl.DataFrame
    others: dict[int, str]


def find_price_basis(draft: Draft) -> None:
    """Divide the price by the quantity where it is that of the line, and ask where nothing proves which it is."""
    price, quantity = draft.slot("items.unitPrice"), draft.slot("items.quantity")
    if price is None or quantity is None or "divide_by" in price.base or price.base or draft.layout:
        return
    lines = lines_of(draft, price, quantity)
    of_line = come_to_others(lines) or come_to_sums(lines, draft)
    if of_line:
        is_line, told = of_line
        if is_line:
            price.add(told, divide_by=quantity.name)
        else:
            price.remark = f"of one unit: {told}"
    elif is_line_total(price.name.replace(ADDRESSED, "")) or _names_line(price):
        price.add("its name says that it is the price of the line; is it?", divide_by=quantity.name)
    elif not says_unit(price.name):
        question = f"is {price.name} the price of one unit, or of the line? If of the line:"
        price.ask(question, divide_by=quantity.name)


def _names_line(price: Slot) -> bool:
    from flows.sources.draft.groups import _plain

    return is_line_total(_plain(price.name))


def lines_of(draft: Draft, price: Slot, quantity: Slot) -> Lines:
    """The lines of the orders; those of numbered groups one under the other."""
    number = draft.slot("orderNumber")
    order = pl.col(str(number.places[0])) if number else pl.lit(None, dtype=pl.String)
    rows = draft.sample.rows
    used = {*price.places, *quantity.places}
    others = {
        at: name
        for at, name in enumerate(draft.sample.header)
        if at not in used and says_amount(name) and not says_fee(name)
    }
    base = rows.select(
        "row_number",
        order.forward_fill().alias("order"),
        *(
            _float(rows, at, _steps_of(draft, at), draft).alias(str(at))
            for at in {*others, *_sum_places(draft)}
        ),
    )
    parts = [
        base.with_columns(
            price=_float(rows, at, written_steps(price), draft),
            quantity=_float(rows, by, written_steps(quantity), draft),
        )
        for at, by in zip(price.places, quantity.places, strict=False)
    ]
    return Lines(frame=pl.concat(parts).filter(pl.col("price").is_not_null()), others=others)


def _sum_places(draft: Draft) -> set[int]:
    return {at for slot in draft.slots if slot.member in _SUMS for at in slot.places}


def _steps_of(draft: Draft, place: int) -> CellSteps:
    found = next((slot for slot in draft.slots if place in slot.places), None)
    return written_steps(found) if found and found.is_number else CellSteps()


def _float(rows: pl.DataFrame, place: int, steps: CellSteps, draft: Draft) -> pl.Series:
    form = NumberForm(decimal=draft.number.get("decimal", "."), thousands=draft.number.get("thousands", ""))
    cells = prepare_cells(rows[str(place)], steps, form).cells
    return cells.cast(pl.Float64, strict=False)


def come_to_others(lines: Lines) -> tuple[bool, str] | None:
    """Whether the price times, or divided by, the quantity is another column's number on every line of several units.

    None where one column says this and another that: a shipping fee may come out by chance.
    """
    found = [each for at, name in lines.others.items() if (each := _of_other(lines, at, name))]
    return found[0] if len({is_line for is_line, _ in found}) == 1 else None


def _of_other(lines: Lines, at: int, name: str) -> tuple[bool, str] | None:
    several = lines.frame.filter(
        (pl.col("quantity") > 1) & pl.col(str(at)).is_not_null() & (pl.col("price") > 0)
    )
    if several.is_empty() or several.height < _several(lines).height:
        return None
    other, first = pl.col(str(at)), several.row(0, named=True)
    told = f"row {first['row_number']}: {first['quantity']:g} × {{}} = {{}} ({name.strip()})"
    if several.select(((pl.col("price") * pl.col("quantity") - other).abs() < ALIKE).all()).item():
        return False, told.format(f"{first['price']:g}", f"{first[str(at)]:g}")
    if several.select(((other * pl.col("quantity") - pl.col("price")).abs() < ALIKE).all()).item():
        return True, told.format(f"{first[str(at)]:g}", f"{first['price']:g}")
    return None


def _several(lines: Lines) -> pl.DataFrame:
    return lines.frame.filter((pl.col("quantity") > 1) & (pl.col("price") > 0))


def come_to_sums(lines: Lines, draft: Draft) -> tuple[bool, str] | None:
    """Whether the lines of all orders come to their sums, by the price itself or by its product with the quantity."""
    for member in _SUMS:
        slot = draft.slot(member)
        if slot is None or draft.slot("orderNumber") is None:
            continue
        orders = (
            lines.frame.group_by("order", maintain_order=True)
            .agg(
                row=pl.col("row_number").min(),
                total=pl.col(str(slot.places[0])).max(),
                units=(pl.col("price") * pl.col("quantity")).sum(),
                lines=pl.col("price").sum(),
                most=pl.col("quantity").max(),
            )
            .filter(pl.col("total").is_not_null() & (pl.col("most") > 1))
        )
        for is_line, column in ((False, "units"), (True, "lines")):
            if (
                orders.height
                and orders.select(((pl.col(column) - pl.col("total")).abs() < ALIKE).all()).item()
            ):
                first = orders.row(0, named=True)
                return is_line, f"row {first['row']}: the lines come to {first['total']:g} ({slot.name})"
    return None
