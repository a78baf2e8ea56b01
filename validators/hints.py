"""Gives every finding a hint: how to mend it, in a sentence for the person who can."""

from typing import NamedTuple

import polars as pl

from validators.formats import Severity
from validators.item_rules import ITEM_RULES
from validators.order_rules import HEAD_RULES
from validators.value_checks import HEAD_VALUES, ITEM_VALUES

MAX_ORDER = 20_000
"""Rows of one order, or its items, which are in memory together; orders of a thousand items are seen, seldom."""


class OtherCheck(NamedTuple):
    """A check that is no expression on one column: on what it is found, and the hint where its finding brings none."""

    name: str
    on: str
    hint: str
    severity: Severity = "error"


_WARNS: Severity = "warning"
_HEADER, _ROW, _CELL, _CUSTOMS = "the header", "a row", "a cell of JSON", "shippingPreferences.customs"
_JSON = "a member of a JSON file"
_SHEET = "a cell of a workbook"

OTHER_CHECKS = (
    OtherCheck("agrees_in_order", "a head column", "Rows of this order say different things here: write one value."),
    OtherCheck("fits_entries", "metadata (50), special services (20), addresses (10)", "Leave some out: the list has more entries than it may."),
    OtherCheck("fits_order", "an order", f"At most {MAX_ORDER:,} rows, or items, can be one order: send it as several."),
    OtherCheck("fits_length", _CELL, "Shorten it: a metadata name has at most 50 characters, its value at most 255."),
    OtherCheck("has_all_its_rows", "an order", "Rows without an order number below it may be of this order: write the number on them."),
    OtherCheck("has_declared_form", "a cell of a source", "A step of the source's settings cannot be done here: write the cell in the form that they declare."),
    OtherCheck("has_each_member_once", _JSON, "A member stands twice in one object: keep one."),
    OtherCheck("has_every_cell", _ROW, "The row has another number of cells than the header: look for a missing or stray delimiter."),
    OtherCheck("has_json_type", _JSON, "The value is of another type than its member: write a text in quotes, a list or object where one belongs."),
    OtherCheck("has_every_digit", _SHEET, "A spreadsheet keeps 15 digits of a number and this one has more: round it there, or write it as text."),
    OtherCheck("has_no_control_characters", _CELL, "Remove the control characters; they cannot be seen, so write it anew."),
    OtherCheck("has_plain_name", _HEADER, "Characters that nobody sees stand in this name; it was read without them.", _WARNS),
    OtherCheck("has_postal_space", "fromAddress.postalCode, toAddress.postalCode", "The space in the postal code was missing; it was put in.", _WARNS),
    OtherCheck("has_whole_characters", _JSON, "Half a character stands in it (a lone surrogate): write it anew."),
    OtherCheck("holds_no_blank_entry", _CELL, "An entry of the list says nothing; it is left out.", _WARNS),
    OtherCheck("holds_no_row", _ROW, "Two stray quotes have made one cell of several rows: write a quote inside a cell twice."),
    OtherCheck("is_as_it_was", "a fix file's ids and codes", "It had another value when its row was rejected, and nothing was wrong with it: write it as it was, as text."),
    OtherCheck("is_calculated", "a cell of a workbook, or of what a spreadsheet has written", "This cell is a spreadsheet's error, or a formula that nobody has calculated: write the value."),
    OtherCheck("is_in_the_file", _HEADER, "The source's settings name this column, and the file has none of that name: look at its spelling.", _WARNS),
    OtherCheck("has_every_kept_row", "a fix file's orderNumber", "Rows of this order that nothing was wrong with were rejected with it, and did not come back: send them too."),
    OtherCheck("is_json", _CELL, "Write JSON text as RFC 8259 has it, each name once in its object."),
    OtherCheck("is_json_object", "a line or entry of JSON", "This is no JSON object, and was not read: the hint says at which character."),
    OtherCheck("is_known", f"{_HEADER}, {_CELL}", "This is in no order; a column was not used, a member is kept as written.", _WARNS),
    OtherCheck("is_list", _CELL, "Write a JSON list of objects."),
    OtherCheck("is_mended", "a fix file's row", "A part of this row is missing: write a value, or nothing, in place of each mark of a missing cell."),
    OtherCheck("is_new", "orderNumber", "This order was imported before with other values; the stored order stays as it is."),
    OtherCheck("is_no_header", _ROW, "The header stands here again: remove this row."),
    OtherCheck("is_object", _CUSTOMS, "Write a JSON object; its customsInfo is an object too."),
    OtherCheck("is_once_in_order", "metadata", "This name stands in the metadata cell too: keep one of the two."),
    OtherCheck("is_one_row", "orderNumber", "In a nested file an order is one row; this order number stands on several."),
    OtherCheck("is_reason_for_export", _CUSTOMS, "Carriers do not know this reason for export; it is kept as written.", _WARNS),
    OtherCheck("is_storable", "an order", "The database refused this order though every check held; please report it."),
    OtherCheck("is_stored_as_text", _SHEET, "This cell is stored as a number, a date or a truth value, and zeros in front may be gone: write it as text, as it really is. Where numbers are right, the source's setting `from` vouches for them."),
    OtherCheck("is_terms_of_sale", _CUSTOMS, "Write an Incoterm of 2000, 2010 or 2020, such as DAP."),
    OtherCheck("is_text", _CELL, "Write it as text, in quotes."),
    OtherCheck("is_the_same_order", "a fix file's orderNumber", "The row had another order number when it was rejected, and nothing was wrong with it: write it as it was."),
    OtherCheck("names_an_item", _ROW, "This row names no item; only its head's cells were used.", _WARNS),
)  # fmt: skip
"""Most findings of these say more than the hint here."""

_OTHER_HINTS = {check.name: check.hint for check in OTHER_CHECKS}


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
    by_check = pl.col("check_name").replace_strict(_OTHER_HINTS, default="")
    return found.with_columns(hint=pl.coalesce("hint", own.replace_strict(_HINTS, default=None), by_check))


_HINTS = {
    f"{check.column}\0{check.name}": check.hint
    for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES)
}
