"""Applies the steps of each column to a frame of rows as they came."""

import polars as pl

from flows.sources.cell_steps import SteppedCells, apply_steps, prepare_cells
from flows.sources.column_mapping import ColumnMapping
from flows.sources.source import ADDRESSED, CellSteps, NumberForm
from validators.order_model import MEMBERS

_NO_STEPS = CellSteps()


def step_column(frame: pl.DataFrame, place: int, mapping: ColumnMapping) -> SteppedCells:
    """The cells of a column after its steps."""
    steps = mapping.steps.get(place, _NO_STEPS)
    divisors = None
    if steps.divide_by:
        by = _divisor_place(place, steps.divide_by, mapping)
        divisors = None if by is None else _as_divisors(frame, by, mapping)
    return apply_steps(frame[str(place)], steps, number_form(place, mapping), divisors)


def number_form(place: int, mapping: ColumnMapping) -> NumberForm | None:
    """The source's form of numbers, where the column is a number's; None for a column of text."""
    members = [*mapping.columns.get(place, ())]
    members += [member for group in mapping.groups for member, at in group.members.items() if at == place]
    is_number = any(
        member in MEMBERS and MEMBERS[member].kind in ("decimal", "integer") for member in members
    )
    return mapping.source.number if is_number else None


def decimal_signs(mapping: ColumnMapping) -> dict[int, str]:
    """What stands for the point in a number of a Parquet or a workbook, by its column's place, where that is another.

    Such a number has no form of its own; it is written in the one that its column is read in. One that the sender vouches
    for (`from`) is read as it is.
    """
    divisors = {mapping.place(each.divide_by) for each in mapping.steps.values() if each.divide_by}
    signs = {}
    for at in range(len(mapping.header)):
        steps = mapping.steps.get(at, _NO_STEPS)
        form = steps.number or number_form(at, mapping) or (mapping.source.number if at in divisors else None)
        if form and form.decimal != "." and not steps.from_type:
            signs[at] = form.decimal
    return signs


def has_steps(place: int, mapping: ColumnMapping) -> bool:
    """Whether anything is done with the cells of a column."""
    form = number_form(place, mapping)
    return place in mapping.steps or (form is not None and not form.is_plain)


def _as_divisors(frame: pl.DataFrame, place: int, mapping: ColumnMapping) -> pl.Series:
    """A divisor is taken after its own steps up to `whole`; one that no member is has the source's form all the same."""
    steps = mapping.steps.get(place, _NO_STEPS)
    form = number_form(place, mapping) or mapping.source.number
    return prepare_cells(frame[str(place)], steps, form).cells


def _divisor_place(place: int, name: str, mapping: ColumnMapping) -> int | None:
    """Of a numbered column the divisor is that of its own group."""
    for group in mapping.groups:
        if ADDRESSED in name and place in group.members.values():
            return mapping.place(name.replace(ADDRESSED, str(group.number)))
    return mapping.place(name)
