"""Applies the steps of cells: each a pure expression from text to text; a step that cannot be done leaves the cell as it was."""

from dataclasses import dataclass

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.names import canonical
from flows.sources.numbers import PLAIN, divide, multiply, read_number, whole_number
from flows.sources.source import CellSteps, NumberForm

HAS_FORM = "has_declared_form"
"""The check of a step that could not be done."""


@dataclass(frozen=True, kw_only=True)
class SteppedCells:
    """`cells` after their steps, blank ones null; `failed` where a step could not be done."""

    cells: pl.Series
    failed: pl.Series


def apply_steps(
    cells: pl.Series, steps: CellSteps, form: NumberForm | None, divisors: pl.Series | None = None
) -> SteppedCells:
    """Do all steps of a column, in their order; `form` is that of its numbers, where it is a column of such."""
    before = prepare_cells(cells, steps, form)
    frame = pl.DataFrame({"cell": before.cells, "failed": before.failed})
    cell = pl.col("cell")
    if steps.times or steps.shift:
        frame = _step(frame, *map(pl.lit, multiply(frame["cell"], steps.times or "1", steps.shift)))
    if steps.divide_by:
        by = (
            divisors
            if divisors is not None
            else pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        )
        frame = _step(frame, *map(pl.lit, divide(frame["cell"], by)))
    if steps.date:
        frame = _step(frame, *iso_date(cell, steps.date))
    return _as_it_was_where_it_failed(cells, frame)


def prepare_cells(cells: pl.Series, steps: CellSteps, form: NumberForm | None) -> SteppedCells:
    """Do the steps up to `whole`, after which a divisor is taken."""
    text = cells.str.strip_chars()
    frame = pl.DataFrame({"cell": text}).select(
        cell=pl.when(pl.col("cell") != "").then(pl.col("cell")), failed=pl.lit(value=False)
    )
    cell = pl.col("cell")
    if steps.from_type:
        frame = _step(frame, *_vouched_number(cell, steps))
    if steps.strip:
        frame = frame.with_columns(cell=_without(cell, steps.strip))
    if steps.values is not None:
        frame = _replaced(frame, steps.values)
    form = steps.number or form
    if (
        form
        and not steps.from_type  # then it is a number in plain digits already
        and not form.is_plain
        and not frame.select(cell.str.contains(PLAIN).all() & _is_grouped(form)).item()
    ):
        frame = _step(frame, *read_number(cell, form))
    if steps.whole:
        frame = frame.with_columns(cell=whole_number(cell))
    return SteppedCells(cells=frame["cell"], failed=frame["failed"])


def _is_grouped(form: NumberForm) -> pl.Expr:
    """Whether a number in plain digits has the form: where a point is no decimal sign, 1.000 is another number."""
    return pl.lit(value=form.decimal == ".")


def _step(frame: pl.DataFrame, value: pl.Expr, done: pl.Expr) -> pl.DataFrame:
    """One step on the cells that are filled and have not failed yet."""
    due = pl.col("cell").is_not_null() & ~pl.col("failed")
    return frame.with_columns(ok=done.fill_null(value=False)).with_columns(
        cell=pl.when(due & pl.col("ok")).then(value).otherwise(pl.col("cell")),
        failed=pl.col("failed") | (due & ~pl.col("ok")),
    )


def _without(cell: pl.Expr, beginnings: tuple[str, ...]) -> pl.Expr:
    """The cell without the first of these beginnings that it has."""
    taken = pl.coalesce(
        *(
            pl.when(cell.str.starts_with(beginning)).then(cell.str.strip_prefix(beginning).str.strip_chars())
            for beginning in beginnings
        ),
        cell,
    )
    return pl.when(taken != "").then(taken)


def _replaced(frame: pl.DataFrame, values: dict[str, str]) -> pl.DataFrame:
    """Cells that stand in a table, replaced; whole match, case ignored. Each distinct cell is looked up once."""
    distinct = frame["cell"].drop_nulls().unique()
    found = {cell: values[key] or None for cell in distinct if (key := canonical(cell)) in values}
    return frame.with_columns(cell=pl.col("cell").replace(found)) if found else frame


def _vouched_number(cell: pl.Expr, steps: CellSteps) -> tuple[pl.Expr, pl.Expr]:
    """A number of an inexact type as text: an integer padded to its width, a float with so many decimals at most."""
    plain = cell.str.replace(r"^(-?[0-9]+)\.0+$", "${1}").str.replace(r"^(-?[0-9]+\.[0-9]*[1-9])0+$", "${1}")
    most = steps.decimals if steps.from_type == "float" and steps.decimals is not None else 0
    if steps.from_type == "float" and steps.decimals is None:
        fits = plain.str.contains(PLAIN)
    else:
        fits = plain.str.contains(rf"^-?[0-9]+(\.[0-9]{{1,{most}}})?$" if most else r"^-?[0-9]+$")
    if steps.width:  # of what has a width nothing is less than zero
        fits &= ~plain.str.starts_with("-")
    return plain.str.pad_start(steps.width, "0") if steps.width else plain, fits


def _as_it_was_where_it_failed(cells: pl.Series, frame: pl.DataFrame) -> SteppedCells:
    kept = pl.when(pl.col("failed")).then(pl.lit(cells)).otherwise(pl.col("cell"))
    return SteppedCells(cells=frame.select(kept.alias("cell")).to_series(), failed=frame["failed"])
