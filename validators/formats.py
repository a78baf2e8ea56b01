"""The forms that a written value may have: patterns and closed sets, each with its hint.

No form changes or guesses a value: `1e3`, `١٢` and `9.005` are what they are, text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from validators.iso_codes import COUNTRIES, CURRENCIES

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A check on the written text alone: `pattern` is a regular expression without look-around."""

    name: str
    hint: str
    pattern: str = ""
    values: frozenset[str] = frozenset()
    negate: bool = False
    severity: Severity = "error"

    def holds(self, column: pl.Expr) -> pl.Expr:
        if self.values:
            return column.is_in(sorted(self.values))
        found = column.str.contains(self.pattern)
        return ~found if self.negate else found

    @property
    def is_closed(self) -> bool:
        """Whether the form leaves no room for a stray character or a length of its own."""
        return bool(self.values)


def _set(name: str, hint: str, values: Iterable[str]) -> Form:
    return Form(name=name, hint=hint, values=frozenset(values))


COUNTRY = _set(
    "is_country",
    "Write the country as its two ISO 3166-1 letters in upper case, such as US or DE.",
    COUNTRIES,
)
CURRENCY = _set(
    "is_currency", "Write the currency as its three ISO 4217 letters in upper case, such as USD.", CURRENCIES
)
WEIGHT_UNIT = _set("is_weight_unit", "Write OZ or GM.", ("OZ", "GM"))
SIZE_UNIT = _set("is_size_unit", "Write IN or CM.", ("IN", "CM"))

EMAIL = Form(
    name="is_email",
    hint="Write one address with one @ and no spaces, such as name@example.com.",
    pattern=r"^[^@\s]+@[^@\s]+$",
)
PHONE = Form(
    name="is_phone",
    hint="Write digits, spaces and + - ( ) . only; an extension goes behind x or ext.",
    pattern=r"(?i-u)^[ +\-().]*[0-9][0-9 +\-().]*((x|ext\.?|extension|#) *[0-9]+)?$",
)
NOT_EXPONENT = Form(
    name="is_not_exponent",
    hint="A spreadsheet has rounded this order number to an exponent and the true one is gone: "
    "export it again with the column set to text.",
    pattern=r"^[0-9]([.,][0-9]+)?[eE]\+[0-9]+$",
    negate=True,
)
TARIFF = Form(
    name="is_tariff_code",
    hint="A tariff code has 6 to 14 digits, dots and spaces aside; customs may send this one back.",
    pattern=r"^[. ]*([0-9][. ]*){6,14}$",
    severity="warning",
)

TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")
# (?i-u): the long s is an s to Unicode when case does not matter, and no word of these has one.
BOOLEAN = Form(
    name="is_boolean",
    hint="Write true or false (yes, no, y, n, t, f, 1 and 0 are understood too).",
    pattern=rf"(?i-u)^({'|'.join((*TRUE, *FALSE))})$",
)
INTEGER = Form(
    name="is_integer",
    hint="Write a whole number in plain digits. If it ends in .0, a spreadsheet has changed the column: "
    "export it again as text.",
    pattern=r"^-?[0-9]+$",
)
DECIMAL = Form(
    name="is_decimal",
    hint="Write the number in plain digits with a point before the decimals: "
    "1234.50, without currency sign, thousands separator or exponent.",
    pattern=r"^-?[0-9]+(\.[0-9]+)?$",
)
"""[0-9] and not \\d, which takes the digits of every script."""


def decimal(scale: int) -> str:
    """What a number of at most so many decimals looks like, zeros at the end aside."""
    return rf"^-?[0-9]+(\.[0-9]{{1,{scale}}}0*)?$"


US_POSTAL_CODE = r"^[0-9]{5}(-[0-9]{4})?$"
CA_POSTAL_CODE = r"^[A-Z][0-9][A-Z] [0-9][A-Z][0-9]$"
CA_POSTAL_CODE_UNSPACED = r"^([A-Z][0-9][A-Z])([0-9][A-Z][0-9])$"

CONTROL = r"[\x00-\x1F\x7F-\x9F]"
CONTROL_IN_PROSE = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]"
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What is trimmed, in cells by Polars: Unicode's white space. Python's strip() would take U+001C to U+001F too."""
HIDDEN = r"\p{Cf}"
"""Unicode's format characters: zero-width ones, joiners, direction marks."""
UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What nobody sees, as a class of a pattern has it: the characters for which Unicode says that nothing is shown
(zero-width ones, direction marks, selectors, Hangul's fillers), marks of annotations, the Braille cell without a dot.
Not all format characters: a number sign of Arabic is one, and is seen."""
BLANK = rf"^[{SPACE}{UNSEEN}]*$"
"""A text in which nobody sees anything. Python and Polars read the pattern alike, as \\s they do not."""
