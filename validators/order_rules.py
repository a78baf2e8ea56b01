"""The rules on an order as a whole: what must be there, and how its members agree."""

import polars as pl

from validators.address_rules import address_rules
from validators.checks import Check, decimals, raw
from validators.iso_codes import CURRENCY_DECIMALS

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


def _is_there(*columns: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(column).is_not_null() for column in columns)


def _currency_decimals() -> list[Check]:
    allowed = pl.col("charges.currency").replace_strict(
        CURRENCY_DECIMALS, default=None, return_dtype=pl.UInt32
    )
    return [
        Check(
            name="fits_currency_decimals",
            column=amount,
            holds=(decimals(pl.col(raw(amount))) <= allowed) | pl.col(amount).is_null(),
            hint="The amount has more decimals than its currency; it is kept as written.",
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
            Check(
                name="has_whole_size",
                column=column,
                holds=pl.col(there).is_not_null() | ~some,
                hint="Give length, width, height and dimUnit, all four or none.",
            )
            for column, there in zip(SIZES, written, strict=True)
        ),
        Check(
            name="has_weight_and_unit",
            column=weight,
            holds=pl.col(raw(weight)).is_not_null() | pl.col(unit).is_null(),
            hint="Give the weight and its unit, both or neither.",
        ),
        Check(
            name="has_weight_and_unit",
            column=unit,
            holds=pl.col(unit).is_not_null() | pl.col(raw(weight)).is_null(),
            hint="Give the weight and its unit, both or neither.",
        ),
        Check(
            name="is_longest",
            column=SIZES[0],
            holds=(length >= width) & (length >= height),
            hint="Length should be the largest of the three; carriers price by it.",
            severity="warning",
        ),
    ]


def _sums() -> list[Check]:
    gmv, sub_total, paid = (pl.col(name) for name in AMOUNTS)
    return [
        Check(
            name="agrees_with_items",
            column="charges.subTotal",
            holds=sub_total == pl.col(ITEM_SUM),
            hint="The items' quantity x unitPrice add up to another sum; it is kept as written.",
            severity="warning",
        ),
        *(
            Check(
                name="is_within_gmv",
                column=column,
                holds=amount <= gmv,
                hint="It is more than the order's gmv; it is kept as written.",
                severity="warning",
            )
            for column, amount in (("charges.subTotal", sub_total), ("charges.totalPaid", paid))
        ),
    ]


HEAD_RULES: list[Check] = [
    Check(
        name="is_present",
        column="orderNumber",
        holds=pl.col("orderNumber").is_not_null(),
        hint="Every row needs its order number; only the source's setting `fill_down` takes it from the row above.",
    ),
    Check(
        name="has_items",
        column="items.itemId",
        holds=pl.col(ITEM_COUNT) > 0,
        hint="Give the order at least one item.",
    ),
    *address_rules("fromAddress"),
    *address_rules("toAddress"),
    Check(
        name="has_currency",
        column="charges.currency",
        holds=pl.col("charges.currency").is_not_null()
        | ~(_is_there(*map(raw, AMOUNTS)) | pl.col(ITEM_PRICED)),
        hint="Give the currency of the amounts and prices.",
    ),
    *_currency_decimals(),
    *_parcel(),
    *_sums(),
    Check(
        name="agrees_with_currency",
        column="shippingPreferences.customs",
        holds=pl.col(CUSTOMS_CURRENCY) == pl.col("charges.currency"),
        hint="The customs currency is not the order's; it is kept as written.",
        severity="warning",
    ),
]
