"""The forms that a written value may have: patterns and closed sets, each with its hint.

No form changes or guesses a value: `1e3`, `١٢` and `9.005` are what they are, text.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

from validators.column_stats import ColumnStats
from validators.iso_codes import COUNTRIES, CURRENCIES, WITHDRAWN_CURRENCIES

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Form:
    """A check on the written text alone: `pattern` is a regular expression without look-around, `unlike` one that must not be there.

    `usual_pattern` and `usual_values` are quicker to ask for, and true only of what has the form; `proven_by` likewise,
    of a whole column. `besides` is another form of the same text.
    """

    name: str
    hint: str
    pattern: str = ""
    values: frozenset[str] = frozenset()
    negate: bool = False
    severity: Severity = "error"
    unlike: str = ""
    usual_pattern: str = ""
    usual_values: tuple[str, ...] = ()
    proven_by: Callable[[ColumnStats], bool] | None = None
    besides: "Form | None" = None

    def holds(self, column: pl.Expr) -> pl.Expr:
        found = column.is_in(sorted(self.values)) if self.values else column.str.contains(self.pattern)
        if self.unlike:
            found &= ~column.str.contains(self.unlike)
        return ~found if self.negate else found

    def usually_holds(self, column: pl.Expr) -> pl.Expr:
        """The quicker question; where it is true of all, `holds` is."""
        if self.usual_values:
            return column.is_in(self.usual_values)
        return column.str.contains(self.usual_pattern) if self.usual_pattern else self.holds(column)

    @property
    def is_closed(self) -> bool:
        """Whether the form leaves no room for a stray character or a length of its own."""
        return bool(self.values) and not self.negate


def _set(name: str, hint: str, values: Iterable[str]) -> Form:
    return Form(name=name, hint=hint, values=frozenset(values))


COUNTRY = _set(
    "is_country",
    "Write the country as its two ISO 3166-1 letters in upper case, such as US or DE.",
    COUNTRIES,
)
CURRENT_CURRENCY = Form(
    name="is_current_currency",
    hint="This currency has been withdrawn, which is right in old orders only; it is kept as written.",
    values=frozenset(WITHDRAWN_CURRENCIES),
    negate=True,
    severity="warning",
    usual_values=CURRENCIES,
)
CURRENCY = Form(
    name="is_currency",
    hint="Write the currency as its three ISO 4217 letters in upper case, such as USD.",
    values=frozenset({*CURRENCIES, *WITHDRAWN_CURRENCIES}),
    usual_values=CURRENCIES,
    besides=CURRENT_CURRENCY,
)
WEIGHT_UNIT = _set("is_weight_unit", "Write OZ, GM, LB or KG.", ("OZ", "GM", "LB", "KG"))
SIZE_UNIT = _set("is_size_unit", "Write IN or CM.", ("IN", "CM"))

BUYERS_EMAIL = Form(
    name="is_email",
    hint="Write one address with one @ and no spaces, such as name@example.com.",
    pattern=r"^[^@\s]+@[^@\s]+$",
)
_OF_EMAIL = r"[^@\s()<>\[\]{}"
EMAIL = Form(
    name="is_email",
    hint="Write one address and nothing around it, with one @ and a whole domain behind it, such as name@example.com.",
    pattern=rf"^{_OF_EMAIL}]+@{_OF_EMAIL}.]+(\.{_OF_EMAIL}.]+)+$",
    unlike="(?i)^mailto:",
    usual_pattern=r"^[!#-'*+\-./0-9=?A-Z^_a-z|~]+@[0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)+$",
)
# Spaces, no-break ones too; hyphens and dashes of any kind, and the minus sign.
_BETWEEN = r"[\p{Zs}+()./\p{Pd}\x{2212}]*"
_DIGIT = f"[0-9]{_BETWEEN}"
_EXTENSION = r"((?i-u:x|ext\.?|extension)|#)\p{Zs}*"
PHONE = Form(
    name="is_phone",
    hint="Write at least three digits, with spaces, hyphens and + ( ) . / only; an extension goes behind x or ext.",
    pattern=rf"^{_BETWEEN}(({_DIGIT}){{3,}}({_EXTENSION}[0-9]+)?|({_DIGIT}){{2}}{_EXTENSION}[0-9]+|{_DIGIT}{_EXTENSION}[0-9]{{2,}})$",
    usual_pattern=r"(?-u)^[ +()./\-]*[0-9][ +()./\-]*[0-9][ +()./\-]*[0-9][0-9 +()./\-]*(x *[0-9]+)?$",
)
NOT_EXPONENT = Form(
    name="is_not_exponent",
    hint="A spreadsheet has rounded this number to an exponent and the true one is gone: "
    "export it again with the column set to text.",
    pattern=r"^[0-9]([.,][0-9]+)?[eE]\+[0-9]+$",
    negate=True,
    proven_by=lambda column: column.has_only_above("+"),
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
