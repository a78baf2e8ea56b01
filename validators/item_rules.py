"""The rules on how an item's members agree with each other and with their order."""

from collections.abc import Collection

import polars as pl

from validators.checks import Check, raw
from validators.formats import COUNTRY
from validators.order_model import ITEM

PRODUCT = "items.customProductId"
QUANTITY = "items.quantity"
ITEM_ID, REPEATED = "items.itemId", "is_once_in_order"
CROSSES_BORDER = "crosses a border"
"""What the items know of their head: whether the order goes from one country to another, and not within the EU's customs union."""

# The Union's customs territory (Regulation (EU) No 952/2013, article 4): its states, and what of them has a code of
# its own and belongs to it: Åland, the French overseas departments and Saint-Martin; and Monaco. San Marino,
# Andorra and Turkey have customs unions with it, and declarations all the same.
EU_CUSTOMS_UNION = (
    *(
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
    ),
    *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "AX", "GF", "GP", "MC", "MF", "MQ", "RE", "YT"),
)

PROPERTIES = tuple(member for member in ITEM if member.path not in (PRODUCT, QUANTITY))
WRITTEN = tuple(member.path if member.kind == "text" else raw(member.path) for member in PROPERTIES)


def crosses_border(heads: pl.DataFrame) -> pl.Series:
    """Whether each order goes from one country to another, and not within the EU's customs union; null where one is blank."""
    crosses = heads["fromAddress.countryCode"] != heads["toAddress.countryCode"]
    if crosses.any():  # which in most chunks is seldom; then they have to be countries
        crosses &= _are_both(heads, sorted(COUNTRY.values)) & ~_are_both(heads, EU_CUSTOMS_UNION)
    return crosses


def _are_both(heads: pl.DataFrame, countries: Collection[str]) -> pl.Series:
    return heads["fromAddress.countryCode"].is_in(countries) & heads["toAddress.countryCode"].is_in(countries)


def _own() -> pl.Expr:
    return pl.any_horizontal(pl.col(column).is_not_null() for column in WRITTEN)


def _first_to_say_so() -> pl.Expr:
    """Whether no item before it in its order is the same in every column; what was written counts where it is no value."""
    typed = (member.path for member in ITEM if member.kind != "text")
    doubtful = [pl.when(pl.col(path).is_null()).then(pl.col(raw(path))).alias(raw(path)) for path in typed]
    return pl.struct("order", *(member.path for member in ITEM), *doubtful).is_first_distinct()


def _declared(column: str, there: str) -> Check:
    return Check(
        name="is_declared_for_border",
        column=column,
        holds=pl.col(there).is_not_null() | pl.col(PRODUCT).is_not_null() | ~pl.col(CROSSES_BORDER),
        hint="An item that crosses a border should say what it is, where it is from, its price and its weight.",
        severity="warning",
    )


def _paired(column: str, *, there: str, other_there: str) -> Check:
    return Check(
        name="has_weight_and_unit",
        column=column,
        holds=pl.col(there).is_not_null() | pl.col(other_there).is_null(),
        hint="Give the weight and its unit, both or neither.",
    )


_UNIT, _WEIGHT = "items.unitWeight.unitOfMeasurement", "items.unitWeight.weight"

ITEM_RULES: list[Check] = [
    Check(
        name="is_product_or_properties",
        column=PRODUCT,
        holds=pl.col(PRODUCT).is_not_null() | _own(),
        hint="Name a stored product by customProductId, or describe the item by properties of its own.",
    ),
    Check(
        name="has_no_properties_beside_product",
        column=PRODUCT,
        holds=pl.col(PRODUCT).is_null() | ~_own(),
        hint="Beside customProductId only quantity may stand: leave out the one or the others.",
    ),
    Check(
        name="is_present",
        column=QUANTITY,
        holds=pl.col(raw(QUANTITY)).is_not_null() | pl.col(PRODUCT).is_not_null() | ~_own(),
        hint="Say how many.",
    ),
    Check(
        name="has_item_id_or_description",
        column="items.itemId",
        holds=pl.any_horizontal(
            pl.col(c).is_not_null() for c in ("items.itemId", "items.description", PRODUCT)
        )
        | ~_own(),
        hint="Give the item an itemId or a description.",
    ),
    _paired(_WEIGHT, there=raw(_WEIGHT), other_there=_UNIT),
    _paired(_UNIT, there=_UNIT, other_there=raw(_WEIGHT)),
    *(_declared(column, column) for column in ("items.description", "items.originCountryCode")),
    *(_declared(column, raw(column)) for column in ("items.unitPrice", _WEIGHT)),
    Check(
        name=REPEATED,
        column="items.itemId",
        holds=pl.when(pl.col(ITEM_ID).is_not_null())
        .then(pl.struct("order", ITEM_ID).is_first_distinct())
        .otherwise(_first_to_say_so()),
        hint="The same itemId, or an item without one that is the same in every column, stands twice in this order;"
        " both are kept as separate items.",
        severity="warning",
        fast_path=pl.col(ITEM_ID).is_not_null() & pl.struct("order", ITEM_ID).is_first_distinct(),
    ),
]
