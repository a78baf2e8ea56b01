"""The rules on an order as a whole: what must be there, and how its members agree."""

import polars as pl

from validators import formats
from validators.checks import Check, decimals, raw
from validators.formats import Severity
from validators.iso_codes import CA_PROVINCES, CURRENCY_DECIMALS, US_STATES

AMOUNTS = ("charges.gmv", "charges.subTotal", "charges.totalPaid")
PARCEL = "shippingPreferences.parcel"
SIZES = tuple(f"{PARCEL}.{name}" for name in ("length", "width", "height", "dimUnit"))

TWO = 2
"""Decimals of most currencies."""

ITEM_COUNT = "items"
ITEM_PRICED = "items with unitPrice"
ITEM_SUM = "sum of quantity x unitPrice"
"""What the heads know of their items: how many, whether any has a price, their sum or null where one lacks a part."""

CUSTOMS_CURRENCY = "customs currency"


def _rule(  # noqa: PLR0913 - a row of a table
    name: str,
    column: str,
    holds: pl.Expr,
    hint: str,
    *,
    severity: Severity = "error",
    fast_path: pl.Expr | None = None,
) -> Check:
    return Check(name=name, column=column, holds=holds, hint=hint, severity=severity, fast_path=fast_path)


def _is_there(*columns: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(column).is_not_null() for column in columns)


def _address(at: str) -> list[Check]:
    country, state, code = (pl.col(f"{at}.{name}") for name in ("countryCode", "stateProvince", "postalCode"))
    us, ca = country == "US", country == "CA"
    states = pl.when(us).then(state.is_in(US_STATES)).when(ca).then(state.is_in(CA_PROVINCES)).otherwise(True)
    return [
        *(
            _rule(
                "is_present",
                f"{at}.{name}",
                pl.col(f"{at}.{name}").is_not_null(),
                "Fill it in: every order needs it.",
            )
            for name in ("addressLine1", "cityTown", "countryCode")
        ),
        _rule(
            "has_name_or_company",
            f"{at}.name",
            _is_there(f"{at}.name", f"{at}.company"),
            "Fill in a name or a company.",
        ),
        _rule(
            "is_present",
            f"{at}.stateProvince",
            state.is_not_null() | ~(us | ca),
            "Fill it in: an address in US or CA needs its state or province.",
        ),
        _rule(
            "is_state",
            f"{at}.stateProvince",
            states | state.str.contains(formats.PROTECTED),
            "Write the state or province as its two letters in upper case, such as CT or ON.",
            fast_path=states,
        ),
        _rule(
            "is_present",
            f"{at}.postalCode",
            code.is_not_null() | ~(us | ca),
            "Fill it in: an address in US or CA needs its postal code.",
        ),
        _rule(
            "is_us_postal_code",
            f"{at}.postalCode",
            code.str.contains(formats.US_POSTAL_CODE) | ~us | code.str.contains(formats.EXCUSED),
            "Write five digits, or nine as 12345-6789. A code of four digits has lost its zero in a spreadsheet: "
            "set the column to text.",
            fast_path=code.str.contains(formats.US_POSTAL_CODE) | ~us,
        ),
        _rule(
            "is_ca_postal_code",
            f"{at}.postalCode",
            code.str.contains(formats.CA_POSTAL_CODE) | ~ca | code.str.contains(formats.EXCUSED),
            "Write it as A1A 1A1, in upper case.",
            fast_path=code.str.contains(formats.CA_POSTAL_CODE) | ~ca,
        ),
    ]


def _currency_decimals() -> list[Check]:
    allowed = pl.col("charges.currency").replace_strict(
        CURRENCY_DECIMALS, default=None, return_dtype=pl.UInt32
    )
    return [
        _rule(
            "fits_currency_decimals",
            amount,
            (decimals(pl.col(raw(amount))) <= allowed) | pl.col(amount).is_null(),
            "The amount has more decimals than its currency; it is kept as written.",
            severity="warning",
            fast_path=_has_two_decimals(raw(amount)),
        )
        for amount in AMOUNTS
    ]


def _has_two_decimals(amount: str) -> pl.Expr:
    """At most two, zeros and all, of a currency that has as many: what most amounts are."""
    written = pl.col(amount)
    currencies = [currency for currency, decimals in CURRENCY_DECIMALS.items() if decimals >= TWO]
    return (written.str.len_bytes() - written.str.find(".", literal=True) <= 1 + TWO) & pl.col(
        "charges.currency"
    ).is_in(currencies)


def _parcel() -> list[Check]:
    length, width, height = (pl.col(name) for name in SIZES[:3])
    some = _is_there(*(raw(name) for name in SIZES[:3]), SIZES[3])
    weight, unit = f"{PARCEL}.weight", f"{PARCEL}.weightUnit"
    written = (*map(raw, SIZES[:3]), SIZES[3])
    return [
        *(
            _rule(
                "has_whole_size",
                column,
                pl.col(there).is_not_null() | ~some,
                "Give length, width, height and dimUnit, all four or none.",
            )
            for column, there in zip(SIZES, written, strict=True)
        ),
        _rule(
            "has_weight_and_unit",
            weight,
            pl.col(raw(weight)).is_not_null() | pl.col(unit).is_null(),
            "Give the weight and its unit, both or neither.",
        ),
        _rule(
            "has_weight_and_unit",
            unit,
            pl.col(unit).is_not_null() | pl.col(raw(weight)).is_null(),
            "Give the weight and its unit, both or neither.",
        ),
        _rule(
            "is_longest",
            SIZES[0],
            (length >= width) & (length >= height),
            "Length should be the largest of the three; carriers price by it.",
            severity="warning",
        ),
    ]


def _sums() -> list[Check]:
    gmv, sub_total, paid = (pl.col(name) for name in AMOUNTS)
    return [
        _rule(
            "agrees_with_items",
            "charges.subTotal",
            sub_total == pl.col(ITEM_SUM),
            "The items' quantity x unitPrice add up to another sum; it is kept as written.",
            severity="warning",
        ),
        *(
            _rule(
                "is_within_gmv",
                column,
                amount <= gmv,
                "It is more than the order's gmv; it is kept as written.",
                severity="warning",
            )
            for column, amount in (("charges.subTotal", sub_total), ("charges.totalPaid", paid))
        ),
    ]


HEAD_RULES: list[Check] = [
    _rule(
        "is_present",
        "orderNumber",
        pl.col("orderNumber").is_not_null(),
        "Every row needs its order number; only the source's setting `fill_down` takes it from the row above.",
    ),
    _rule(
        "has_items",
        "items.itemId",
        pl.col(ITEM_COUNT) > 0,
        "Give the order at least one item.",
    ),
    *_address("fromAddress"),
    *_address("toAddress"),
    _rule(
        "has_currency",
        "charges.currency",
        pl.col("charges.currency").is_not_null() | ~(_is_there(*map(raw, AMOUNTS)) | pl.col(ITEM_PRICED)),
        "Give the currency of the amounts and prices.",
    ),
    *_currency_decimals(),
    *_parcel(),
    *_sums(),
    _rule(
        "agrees_with_currency",
        "shippingPreferences.customs",
        pl.col(CUSTOMS_CURRENCY) == pl.col("charges.currency"),
        "The customs currency is not the order's; it is kept as written.",
        severity="warning",
    ),
]
