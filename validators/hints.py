"""Gives every finding a hint: how to mend it, in a sentence for the person who can."""

import polars as pl

from validators.checks import HEAD_VALUES, ITEM_VALUES
from validators.item_rules import ITEM_RULES
from validators.order_rules import HEAD_RULES

MAX_ORDER = 20_000
"""Rows of one order, or its items, which are in memory together; orders of a thousand items are seen, seldom."""

OTHER_HINTS = {
    "agrees_in_order": "Rows of this order say different things here: write one value.",
    "fits_entries": "Keep at most 50 entries.",
    "fits_order": f"At most {MAX_ORDER:,} rows, or items, can be one order: send it as several.",
    "fits_length": "Shorten it: a metadata name has at most 50 characters, its value at most 255.",
    "has_all_its_rows": "Rows without an order number below it may be of this order: write the number on them.",
    "has_each_member_once": "A member stands twice in one object: keep one.",
    "has_json_type": "The value is of another JSON type than its member.",
    "has_no_control_characters": "Remove the control characters; they cannot be seen, so write it anew.",
    "has_postal_space": "The space in the postal code was missing; it was put in.",
    "has_whole_characters": "Half a character stands in it (a lone surrogate): write it anew.",
    "holds_no_blank_entry": "An entry of the list says nothing; it is left out.",
    "is_json_object": "This is no JSON object, and was not read.",
    "is_new": "This order was imported before with other values; the stored order stays as it is.",
    "is_once_in_order": "This name stands in the metadata cell too: keep one of the two.",
    "is_one_row": "In a nested file an order is one row; this order number stands on several.",
    "is_storable": "The database refused this order though every check held; please report it.",
    "names_an_item": "This row names no item; only its head's cells were used.",
}
"""Hints of checks that are no expression on one column."""


def missing_rows_hint() -> pl.Expr:
    """The hint for an order below whose rows so many `rows` have no number, from row `first` to row `last`."""
    first, last, rows = pl.col("first"), pl.col("last"), pl.col("rows")
    which = (
        pl.when(rows == 1)
        .then(pl.format("Row {} below it has", first))
        .when(last - first + 1 == rows)
        .then(pl.format("Rows {} to {} below it have", first, last))
        .otherwise(pl.format("{} rows below rows of it, from row {} to row {}, have", rows, first, last))
    )
    what = (
        "no order number and may be of this order. Write the number on each of its rows, or set fill_down in the"
        " source's settings where a blank number means the order above."
    )
    return pl.concat_str(which, pl.lit(what), separator=" ")


def with_hints(found: pl.DataFrame) -> pl.DataFrame:
    """Give the hint of its check to each finding that brought none of its own."""
    own = pl.col("column_name").fill_null("") + "\0" + pl.col("check_name")
    by_check = pl.col("check_name").replace_strict(OTHER_HINTS, default="")
    return found.with_columns(hint=pl.coalesce("hint", own.replace_strict(_HINTS, default=None), by_check))


_HINTS = {
    f"{check.column}\0{check.name}": check.hint
    for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES)
}
