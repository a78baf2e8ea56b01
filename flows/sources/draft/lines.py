"""Finds rows that are no items to ship: taxes and fees, which have no quantity, and returns, whose quantity is negative."""

import polars as pl

from flows.sources.draft.sample import Sample
from flows.sources.draft.slots import Draft, Rule, setting_names
from flows.sources.draft.toml_text import written
from flows.sources.draft.words import PARTS, joined
from flows.sources.name_words import plain_words

MOST_KINDS = 12
"""Words that a column of kinds of rows has."""

_OF_ROWS = frozenset(
    ("line", "item", "row", "record", "position", "product", "article", "artikel", "ligne", "linea")
)
"""What a row is called; a type of the order, of a payment or an address says nothing of it."""

_NEGATIVE = r"^[-\x{2212}] ?[0-9]|^\([0-9.,]+\)$|^[0-9.,]+-$"


def find_lines_to_skip(draft: Draft) -> None:
    """Ask about rows of an order without a quantity while others have one, and about those with a negative one."""
    number, quantity = draft.slot("orderNumber"), draft.slot("items.quantity")
    if number is None or quantity is None or len(quantity.places) > 1:
        return
    order, cell = pl.col(str(number.places[0])).forward_fill(), pl.col(str(quantity.places[0]))
    rows = draft.sample.rows.with_columns(order=order, quantity=cell)
    _ask_about_kinds(draft, rows)
    _ask_about_blank(draft, rows, quantity.name)
    _ask_about_negative(draft, rows, quantity.name)


def _ask_about_kinds(draft: Draft, rows: pl.DataFrame) -> None:
    """Ask about a column that says of what kind a row is: `Line: Type` of `Line Item`, `Discount`, `Fulfillment Line`."""
    counted = rows.filter(pl.col("quantity").is_not_null())
    for at, name in enumerate(setting_names(draft.sample.header)):
        if name not in draft.unused or not _says_kind(name):
            continue
        kinds = rows[str(at)].drop_nulls().unique(maintain_order=True).to_list()
        if not 1 < len(kinds) <= MOST_KINDS or counted.is_empty():
            continue
        item = counted[str(at)].drop_nulls().mode().sort()
        parts = [kind for kind in kinds if joined(kind) in PARTS]
        others = parts or [kind for kind in kinds if kind not in item.head(1)]
        asked = (
            "are they parts of a kit that stands in a row of its own" if parts else "are they nothing to ship"
        )
        told = f"{name} says {', '.join(map(written, others))} of rows: {asked}?"
        draft.rules.append(
            Rule(key="skip_rows", column=name, condition=f"is = {written(others)}", question=told)
        )


def _says_kind(name: str) -> bool:
    words = plain_words(name).split()
    return bool({"type", "kind", "typ", "tipo"} & set(words)) and bool(set(words) & _OF_ROWS)


def _ask_about_blank(draft: Draft, rows: pl.DataFrame, quantity: str) -> None:
    items = [str(at) for slot in draft.slots if slot.member.startswith("items.") for at in slot.places]
    named = pl.any_horizontal(pl.col(at).is_not_null() for at in items)
    found = rows.filter(
        pl.col("quantity").is_null() & named & pl.col("quantity").is_not_null().any().over("order")
    ).head(1)
    if found.height:
        row = found["row_number"][0]
        asked = f"row {row} has no quantity: is it a tax, a fee or a discount, and nothing to ship?"
        draft.rules.append(Rule(key="skip_rows", column=quantity, condition="blank = true", question=asked))


def _ask_about_negative(draft: Draft, rows: pl.DataFrame, quantity: str) -> None:
    is_back = pl.col("quantity").str.contains(_NEGATIVE).fill_null(value=False)
    back = rows.filter(is_back)
    if back.is_empty():
        return
    row = back["row_number"][0]
    kind = _kind(draft.sample, back, rows.filter(~is_back))
    told = f"row {row} has a negative quantity: is it a return, and nothing to ship?"
    column, values = kind or (quantity, back["quantity"].unique().sort().to_list()[:MOST_KINDS])
    draft.rules.append(
        Rule(key="skip_rows", column=column, condition=f"is = {written(values)}", question=told)
    )


def _kind(sample: Sample, back: pl.DataFrame, others: pl.DataFrame) -> tuple[str, list[str]] | None:
    """A column that says of all these rows what it says of no other: `Return`."""
    for at, name in enumerate(setting_names(sample.header)):
        cells = back[str(at)]
        words = cells.unique().sort().to_list()
        are_words = len(words) <= MOST_KINDS and all(word and word.isalpha() for word in words)
        if are_words and not others[str(at)].is_in(words).any():
            return name, words
    return None
