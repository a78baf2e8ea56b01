"""Gives every finding a hint: how to mend it, in a sentence for the person who can."""

import polars as pl

from validators.checks import HEAD_VALUES, ITEM_VALUES
from validators.item_rules import ITEM_RULES
from validators.order_rules import HEAD_RULES

OTHER_HINTS = {
    "agrees_in_order": "Rows of this order say different things here: write one value.",
    "fits_entries": "Keep at most 50 entries.",
    "fits_length": "Shorten it: a metadata name has at most 50 characters, its value at most 255.",
    "has_no_control_characters": "Remove the control characters; they cannot be seen, so write it anew.",
    "has_postal_space": "The space in the postal code was missing; it was put in.",
    "holds_no_blank_entry": "An entry of the list says nothing; it is left out.",
    "is_new": "This order was imported before with other values; the stored order stays as it is.",
    "is_once_in_order": "This name stands in the metadata cell too: keep one of the two.",
    "is_one_row": "In a nested file an order is one row; this order number stands on several.",
    "is_storable": "The database refused this order though every check held; please report it.",
    "names_an_item": "This row names no item; only its head's cells were used.",
}
"""Hints of checks that are no expression on one column."""


def with_hints(found: pl.DataFrame) -> pl.DataFrame:
    """Give the hint of its check to each finding that brought none of its own."""
    own = pl.col("column_name").fill_null("") + "\0" + pl.col("check_name")
    by_check = pl.col("check_name").replace_strict(OTHER_HINTS, default="")
    return found.with_columns(hint=pl.coalesce("hint", own.replace_strict(_HINTS, default=None), by_check))


_HINTS = {
    f"{check.column}\0{check.name}": check.hint
    for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES)
}
