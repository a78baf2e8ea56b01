"""Finds rows without an order number of their own, totals and footers, and orders that were cancelled or are shipped already."""

import polars as pl

from flows.sources.draft.dates import is_date_name
from flows.sources.draft.sample import Sample
from flows.sources.draft.slots import Draft, Rule, Slot, setting_names
from flows.sources.draft.toml_text import comment, text_of, written
from flows.sources.draft.words import CANCELLED, SHIPPED, TOTALS, joined, says, says_any, says_kind
from flows.sources.name_words import plain_words

LONGEST_TOTAL = 20
"""Characters of such a word."""

MOST_WORDS = 12
"""Words that a status has."""

_NOT_SHIPPED = ("requiresshipping", "isphysical", "shippable", "versandpflichtig")


def find_blank_numbers(draft: Draft) -> None:
    """Fill order numbers down where rows without one have items and no head; ask about any others."""
    number = draft.slot("orderNumber")
    if number is None or len(number.places) > 1 or draft.sample.is_blank(number.places[0]):
        return
    rows = _nameless(draft.sample, number.places[0])
    totals = _total_rows(draft, number.places[0], rows)
    rows = rows.filter(~pl.col("row_number").is_in([row for row, _, _ in totals]))
    items = _places(draft, "items.itemId", "items.description")
    heads = _places(draft, "toAddress.addressLine1", "toAddress.cityTown", "toAddress.countryCode")
    for row, column, word in totals[:1]:
        question = f"row {row} is a total and no row of an order, is it not?"
        draft.rules.append(
            Rule(key="skip_rows", column=column, condition=f"is = [{text_of(word)}]", question=question)
        )
    rows = rows.filter(_any_filled(items) | _any_filled(heads)) if items else rows
    if rows.height:
        _tell_of_blank(draft, number.name, rows, _any_filled(items) & ~_any_filled(heads))


def find_footers(draft: Draft) -> None:
    """Ask about rows that have no item and no address, whatever else they have: `12,record(s) downloaded`, `Seller ID : x`."""
    number, item = draft.slot("orderNumber"), _fullest(draft, "items.itemId", "items.description")
    street = draft.slot("toAddress.addressLine1")
    if number is None or street is None or not (item or draft.items):
        return
    nameless = _nameless(draft.sample, number.places[0])
    totals = [row for row, _, _ in _total_rows(draft, number.places[0], nameless)]  # asked about already
    cells = [str(at) for at in range(len(draft.sample.header))]
    footer = draft.sample.rows.filter(
        _any_filled(cells)
        & ~_any_filled([str(at) for slot in (item, street) if slot for at in slot.places])
        & ~pl.col("row_number").is_in(totals)
    ).head(1)
    if footer.height:
        question = f"row {footer['row_number'][0]} has no item and no address: is it no part of an order?"
        blank = item.name if item and not draft.repeat else ""
        draft.rules.append(
            Rule(
                key="skip_rows", column=street.name, condition="blank = true", question=question, blank=blank
            )
        )


def _fullest(draft: Draft, *members: str) -> Slot | None:
    """Of the columns that are these members that with the fewest blank cells."""
    slots = [slot for slot in draft.slots if slot.member in members]
    return max(slots, key=lambda slot: slot.cells(draft.sample).height, default=None)


def _tell_of_blank(draft: Draft, number: str, rows: pl.DataFrame, is_item: pl.Expr) -> None:
    row, line = rows["row_number"][0], f"fill_down = {text_of(number)}"
    if rows.filter(is_item).height == rows.height:
        draft.top.append(
            f"{line} # row {row} has an item, no number and no address: it is of the order above"
        )
    else:
        draft.top.append(comment(f"Question: row {row} has no order number: is it of the order above?"))
        draft.top.append(f"# {line}")


def _nameless(sample: Sample, place: int) -> pl.DataFrame:
    cells = [str(at) for at in range(len(sample.header))]
    return sample.rows.filter(pl.col(str(place)).is_null() & _any_filled(cells))


def _any_filled(places: list[str]) -> pl.Expr:
    return pl.any_horizontal(pl.lit(value=False), *(pl.col(at).is_not_null() for at in places))


def _places(draft: Draft, *members: str) -> list[str]:
    return [str(at) for slot in draft.slots if slot.member in members for at in slot.places]


def _total_rows(draft: Draft, number: int, rows: pl.DataFrame) -> list[tuple[int, str, str]]:
    """Rows in which a word for a total stands, as an order's number or without one: row, column, the word as it is written."""
    names = setting_names(draft.sample.header)
    places = [(at, rows.select("row_number", cell=str(at)).drop_nulls()) for at in range(len(names))]
    places.append((number, draft.sample.cells(number)))
    return [
        (row, names[at], cell)
        for at, cells in places
        for row, cell in cells.filter(pl.col("cell").str.len_chars() <= LONGEST_TOTAL).iter_rows()
        if joined(cell) in TOTALS
    ]


def find_orders_to_skip(draft: Draft) -> None:
    """Ask about columns that say that an order was cancelled or shipped, or that a line is not to be shipped."""
    names = setting_names(draft.sample.header)
    for at, name in enumerate(names):
        cells = draft.sample.cells(at)
        distinct = cells["cell"].unique(maintain_order=True).to_list()
        word = joined(name)
        if not distinct:
            continue
        if word.endswith(_NOT_SHIPPED):
            _ask_of_lines(draft, name, distinct)
        elif any(each in plain_words(name).split() for each in CANCELLED) and is_date_name(name):
            row = cells["row_number"][0]
            _ask(draft, name, "filled = true", f"row {row} has {name}: is its order to be left out?")
        elif len(distinct) <= MOST_WORDS:
            _ask_of_status(draft, name, cells)


def _ask_of_status(draft: Draft, name: str, cells: pl.DataFrame) -> None:
    for words, told in ((CANCELLED, "cancelled"), (SHIPPED, "shipped already")):
        says_so = says_any if words is CANCELLED and says_kind(name) else says
        found = [cell for cell in cells["cell"].unique(maintain_order=True) if says_so(cell, words)]
        if found:
            row = cells.filter(pl.col("cell") == found[0])["row_number"][0]
            question = f'row {row}: "{found[0]}" in {name}: are such orders ({told}) to be left out?'
            _ask(draft, name, f"is = {written(found)}", question)


def _ask(draft: Draft, name: str, condition: str, question: str) -> None:
    draft.rules.append(Rule(key="skip_orders", column=name, condition=condition, question=question))


def _ask_of_lines(draft: Draft, name: str, distinct: list[str]) -> None:
    no = [cell for cell in distinct if cell.lower() in ("false", "no", "0", "nein", "non", "n", "f")]
    if no:
        question = f"{name} says of lines that they are not shipped: are they to be left out?"
        draft.rules.append(
            Rule(key="skip_rows", column=name, condition=f"is = {written(no)}", question=question)
        )
