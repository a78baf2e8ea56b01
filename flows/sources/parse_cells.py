"""Parses the steps of cells and the patterns of items: exact factors, forms of dates, tables of values, regular expressions."""

import re
from typing import Literal

import polars as pl

from flows.sources.dates import is_date_form
from flows.sources.names import canonical, our_name
from flows.sources.source import CellSteps, ItemsPattern, NumberForm
from flows.sources.toml_table import TomlTable

MAX_DIGITS = 12
"""Digits of a factor: with a number's own 23 they stay within the 38 of 128 bits."""

MAX_WIDTH, MAX_DECIMALS, MAX_SHIFT = 50, 9, 9
"""No id is longer than 50 characters; beyond nine decimals nothing is counted exactly here."""

MOST_VALUES = 200_000
"""A table of values is held in memory; the largest list of articles that somebody renames has some ten thousand."""

LONGEST_PATTERN = 2_000

PLAIN_FORM = NumberForm()
_FACTOR = re.compile(r"[0-9]{1,12}(\.[0-9]{1,11})?")


def parse_number_form(table: TomlTable, otherwise: NumberForm = PLAIN_FORM) -> NumberForm:
    """The form that `decimal` and `thousands` (of cells `currency` too) give."""
    decimal = _sign(table, "decimal", otherwise.decimal)
    thousands = _sign(table, "thousands", otherwise.thousands)
    if decimal == thousands or not decimal:
        raise table.refuse("decimal", "it must be one character, and another than thousands.")
    return NumberForm(decimal=decimal, thousands=thousands, currency=otherwise.currency)


def _sign(table: TomlTable, key: str, default: str) -> str:
    value = table.text(key, default) or ""
    if len(value) > 1 or value.isdigit() or value in ("-", "+", "\n", "\r"):
        raise table.refuse(key, "it must be one character that is no digit, such as ','.")
    return value


def parse_cell_steps(table: TomlTable, form: NumberForm = PLAIN_FORM) -> CellSteps:
    """The steps of one column's cells, in a source whose numbers have this form."""
    with table.whole_table():
        return CellSteps(
            from_type=_from_type(table),
            width=table.whole("width", 0, 0, MAX_WIDTH),
            decimals=table.whole("decimals", 0, 0, MAX_DECIMALS) if "decimals" in table.values else None,
            strip=tuple(text for text in table.text_or_texts("strip") if text),
            values=_values(table),
            number=_number(table, form),
            whole=table.flag("whole"),
            times=_factor(table),
            shift=table.whole("shift", 0, -MAX_SHIFT, MAX_SHIFT),
            divide_by=table.text("divide_by"),
            date=_date(table),
        )


def _from_type(table: TomlTable) -> Literal["integer", "float"] | None:
    """What the sender vouches for; a width or decimals without it would say nothing."""
    written = table.text("from")
    if written not in (None, "integer", "float"):
        raise table.refuse("from", "it must be 'integer' or 'float'.")
    for key in ("width", "decimals"):
        if written is None and key in table.values:
            raise table.refuse(key, "it goes with from = 'integer' or 'float'.")
    return "integer" if written == "integer" else "float" if written else None


def _number(table: TomlTable, of_source: NumberForm) -> NumberForm | None:
    """What the column says of its numbers; None where it says nothing. What it leaves out is as in the source."""
    currency = table.text("currency")
    if currency is not None and (not currency.strip() or len(currency) > 10 or re.search("[0-9]", currency)):  # noqa: PLR2004
        raise table.refuse("currency", "it must be a sign such as '$', without digits.")
    if not {"currency", "thousands", "decimal"} & table.values.keys():
        return None
    form = parse_number_form(table, of_source)
    return NumberForm(decimal=form.decimal, thousands=form.thousands, currency=(currency or "").strip())


def _values(table: TomlTable) -> dict[str, str] | None:
    """A shipped table by its name, or one of the source's own; keys without case."""
    written = table.values.get("values")
    if written is None:
        return None
    if isinstance(written, str):
        from flows.sources.value_tables import VALUE_TABLES

        table.taken.add("values")
        if written not in VALUE_TABLES:
            raise table.refuse(
                "values", f"there is no table {written!r}; there are {', '.join(VALUE_TABLES)}."
            )
        return VALUE_TABLES[written]
    own = table.pairs("values")
    if len(own) > MOST_VALUES:
        raise table.refuse("values", f"it has {len(own):,} values; at most {MOST_VALUES:,} are held.")
    return _without_case(table, own)


def _without_case(table: TomlTable, own: dict[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in own.items():
        if values.setdefault(canonical(name), value) != value:
            raise table.refuse("values", f"{name!r} stands there twice, in two spellings.")
    return values


def _factor(table: TomlTable) -> str | None:
    times = table.text("times")
    if times is not None and (
        not _FACTOR.fullmatch(times) or len(times.replace(".", "")) > MAX_DIGITS or not float(times)
    ):
        raise table.refuse(
            "times", f"it must be a positive number in quotes, of {MAX_DIGITS} digits at most."
        )
    return times


def _date(table: TomlTable) -> str | None:
    form = table.text("date")
    if form is not None and not is_date_form(form):
        raise table.refuse("date", "it must be a form of a whole date, such as '%m/%d/%Y'.")
    return form


def parse_items(table: TomlTable) -> ItemsPattern:
    """What stands between several items of one cell, and the pattern of each, whose names are members of an item."""
    with table.whole_table():
        between, pattern = table.text("between") or "", table.text("pattern") or ""
        names = _names_in(pattern)
        if not names:
            raise table.refuse(
                "pattern",
                "it must be a regular expression with names, without look-around and back references, and of no"
                " great size.",
            )
        members = {name: _of_item(table, name) for name in names}
        if len(set(members.values())) < len(members):
            raise table.refuse("pattern", "two of its names are one member.")
    return ItemsPattern(between=between, pattern=pattern, members=members)


def _names_in(pattern: str) -> list[str]:
    """Its names, as the engine sees them that will read it, in time in proportion to the text; none where it does not take it."""
    if len(pattern) > LONGEST_PATTERN:
        return []
    nothing = pl.Series([""])
    try:
        nothing.str.contains(pattern)
        names = nothing.str.extract_groups(ItemsPattern.whole(pattern)).struct.fields
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return []
    return [name for name in names if not name.isdigit()]


def _of_item(table: TomlTable, name: str) -> str:
    ours = our_name(f"items.{name.replace('_', '.')}")
    if not ours:
        raise table.refuse("pattern", f"{name!r} is no member of an item.")
    return ours
