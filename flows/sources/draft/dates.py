"""Finds in which form dates are written; no member of an order is one, so they are only offered as metadata."""

import re

import polars as pl

from flows.sources.draft.sample import first_row
from flows.sources.draft.slots import Draft, setting_names
from flows.sources.draft.toml_text import comment, text_of
from flows.sources.name_words import plain_words

_WORDS = frozenset(
    ("date", "datum", "fecha", "time", "timestamp", "ts", "at", "on", "zeit", "created", "paid", "le", "am")
)
_NUMERIC = r"^[0-9]{1,2}([./-])[0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})(?:[ T](.*))?$"
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


def is_date_name(name: str) -> bool:
    """Whether a name says that a date stands there."""
    return bool(_WORDS & set(plain_words(name).split())) or bool(re.search("(?i)(datum|date)$", name.strip()))


def find_dates(draft: Draft) -> None:
    """Offer the first column of dates, with its form where the bytes prove it, and a question where they do not."""
    names = setting_names(draft.sample.header)
    for at, name in enumerate(names):
        cells = draft.sample.cells(at)
        if name not in draft.unused or not is_date_name(name) or cells.is_empty():
            continue
        draft.columns.append(comment(f'To keep it: {text_of(name)} = "metadata.orderDate"'))
        if cells["cell"].str.contains(_NUMERIC).all():
            _tell_form(draft, name, cells)
        return


def _tell_form(draft: Draft, name: str, cells: pl.DataFrame) -> None:
    mark = str(cells["cell"].str.extract(_NUMERIC, 1)[0])
    year = "%Y" if cells["cell"].str.contains(r"[./-][0-9]{4}(?: |T|$)").all() else "%y"
    time = next(
        (
            each
            for each in _TIMES
            if _fits(cells, f"%d{mark}%m{mark}{year}{each}") or _fits(cells, f"%m{mark}%d{mark}{year}{each}")
        ),
        "",
    )
    day_first, month_first = (f"{a}{mark}{b}{mark}{year}{time}" for a, b in (("%d", "%m"), ("%m", "%d")))
    fits = [form for form in (day_first, month_first) if _fits(cells, form)]
    if len(fits) == 1:
        wrong = month_first if fits[0] == day_first else day_first
        failed = (
            pl.col("cell").str.to_datetime(wrong, strict=False).is_null()
            if time
            else pl.col("cell").str.to_date(wrong, strict=False).is_null()
        )
        found = first_row(cells, failed)
        row = f'row {found[0]}: "{found[1]}"' if found else ""
        draft.columns.append(
            comment(f"with this in cells: {text_of(name)} = {{ date = {text_of(fits[0])} }} ({row})")
        )
    elif fits:
        first = cells.row(0)
        question = f"Question: row {first[0]}: {first[1]} – day or month first? In cells: {text_of(name)} = {{ date = {text_of(day_first)} }} or {text_of(month_first)}"
        draft.columns.append(comment(question))


def _fits(cells: pl.DataFrame, form: str) -> bool:
    cell = pl.col("cell")
    parsed = (
        cell.str.to_datetime(form, strict=False)
        if "%H" in form or "%I" in form
        else cell.str.to_date(form, strict=False)
    )
    return bool(cells.select(parsed.is_not_null().all()).item())
