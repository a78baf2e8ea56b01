"""The table of an order's members, after the public *Create Order* call, in the words that checks are made of.

A member is named by its dotted path in the call's body, which is also its column in a flat file.
Where a row comes from: F, the call's own pages; S, a sister page of the same vendor shows it for a
member of that name; O, our own rule.
"""

from dataclasses import dataclass
from typing import Literal

from validators import formats
from validators.formats import Form

Kind = Literal["text", "integer", "decimal", "boolean", "json"]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One column.

    `reject` and `warn` are lengths in code points, `digits` a decimal's (precision, scale), `bounds`
    the lowest and the highest integer.
    """

    path: str
    kind: Kind = "text"
    reject: int | None = None
    warn: int | None = None
    form: Form | None = None
    digits: tuple[int, int] = (0, 0)
    positive: bool = False
    bounds: tuple[int, int] = (0, 0)
    personal: bool = False
    prose: bool = False  # tab, line feed and carriage return are text here
    code: bool = False  # an id, code, address of mail or phone: characters that nobody sees are errors
    protected: bool = False  # what somebody protected from a spreadsheet is an error
    required: str = ""
    origin: str = "F"


def _text(path: str, reject: int | None = None, warn: int | None = None, **rest: object) -> Member:
    return Member(path=path, reject=reject, warn=warn, **rest)  # type: ignore[arg-type]


def _number(path: str, digits: tuple[int, int], **rest: object) -> Member:
    return Member(path=path, kind="decimal", digits=digits, protected=True, **rest)  # type: ignore[arg-type]


def _address(at: str) -> tuple[Member, ...]:
    return (
        _text(f"{at}.name", 100, 40, personal=True, prose=True, required="or company", origin="F, rule O"),
        _text(f"{at}.company", 100, 40, personal=True, prose=True, required="or name", origin="F, rule O"),
        _text(f"{at}.addressLine1", 200, 40, personal=True, prose=True, required="yes", origin="F, S"),
        _text(f"{at}.addressLine2", 200, 40, personal=True, prose=True),
        _text(f"{at}.addressLine3", 200, 40, personal=True, prose=True),
        _text(f"{at}.cityTown", 100, 30, personal=True, prose=True, required="yes", origin="F, S"),
        _text(f"{at}.stateProvince", 100, required="US, CA", protected=True, origin="F, S"),
        _text(f"{at}.postalCode", 25, 10, required="US, CA", code=True, protected=True, origin="F, S"),
        _text(f"{at}.countryCode", form=formats.COUNTRY, required="yes", protected=True, origin="F, S"),
        _text(
            f"{at}.phone",
            40,
            15,
            form=formats.PHONE,
            personal=True,
            code=True,
            protected=True,
            origin="F, form O",
        ),
        _text(f"{at}.email", 254, 50, form=formats.EMAIL, personal=True, code=True),
        Member(path=f"{at}.residential", kind="boolean", form=formats.BOOLEAN, personal=True),
    )


def _id(path: str, warn: int | None = None, **rest: object) -> Member:
    """An id that a spreadsheet takes for a number."""
    return _text(path, 50, warn, code=True, protected=True, form=formats.NOT_EXPONENT, **rest)


MONEY = (14, 4)
WEIGHT = (12, 4)
SIZE = (8, 3)

HEAD: tuple[Member, ...] = (
    _id("orderNumber", required="yes", origin="F, rest O"),
    _text("orderMessage.type", 30, code=True),
    _text("orderMessage.message", 1000, 255, personal=True, prose=True),
    Member(path="metadata", kind="json", personal=True, origin="F, rules O"),
    _text(
        "charges.currency",
        form=formats.CURRENCY,
        required="with any amount",
        protected=True,
        origin="F, form O",
    ),
    _text("charges.billingStatus", 50, code=True),
    *(_number(f"charges.{c}", MONEY, origin="F, range O") for c in ("gmv", "subTotal", "totalPaid")),
    _text("charges.paymentType", 50, code=True),
    *(_text(f"shippingReference.reference{n}", 100, 30, origin="F, 30 S") for n in (1, 2, 3, 4)),
    _text("shippingReference.shipperReference", 100, 30),
    _text("shippingReference.transportationReference", 100, 30),
    _text("shippingReference.shippingNotes", 1000, 255, personal=True, prose=True),
    _text("customerInfo.firstName", 100, 40, personal=True),
    _text("customerInfo.lastName", 100, 40, personal=True),
    _text(
        "customerInfo.email", 254, 50, form=formats.BUYERS_EMAIL, personal=True, code=True, origin="F, form O"
    ),
    _id("customerInfo.customerId"),
    *_address("fromAddress"),
    *_address("toAddress"),
    Member(path="additionalAddresses", kind="json", personal=True, origin="F that it exists, rest O"),
    _text("shippingPreferences.carrier", 30, code=True),
    _text("shippingPreferences.customCarrierCode", 50, code=True, protected=True),
    _text("shippingPreferences.service", 30, code=True),
    _text("shippingPreferences.parcelId", 50, code=True, protected=True),
    _text("shippingPreferences.parcelType", 30, code=True),
    *(
        _number(f"shippingPreferences.parcel.{c}", SIZE, positive=True, origin="F, S")
        for c in ("length", "width", "height")
    ),
    _text(
        "shippingPreferences.parcel.dimUnit", form=formats.SIZE_UNIT, required="with the three", origin="F, S"
    ),
    _text(
        "shippingPreferences.parcel.weightUnit",
        form=formats.WEIGHT_UNIT,
        required="with weight",
        origin="F, S",
    ),
    _number(
        "shippingPreferences.parcel.weight", WEIGHT, positive=True, required="with weightUnit", origin="F, S"
    ),
    Member(path="shippingPreferences.specialServices", kind="json", origin="F, S"),
    Member(path="shippingPreferences.customs", kind="json", personal=True, origin="F, S"),
)

ITEM: tuple[Member, ...] = (
    _id("items.customProductId", required="or properties of its own"),
    _id("items.itemId", 30, required="or description"),
    _text("items.description", 255, 35, prose=True, required="or itemId", origin="F, S"),
    _text("items.hSTariffCode", 14, code=True, protected=True, form=formats.TARIFF, origin="F, S"),
    _text("items.hSTariffCodeCountry", form=formats.COUNTRY, protected=True),
    _text("items.originCountryCode", form=formats.COUNTRY, protected=True),
    _text("items.originStateProvince", 100, protected=True),
    Member(
        path="items.quantity",
        kind="integer",
        bounds=(1, 99_999),
        protected=True,
        required="unless customProductId",
        origin="F, range O",
    ),
    _number("items.unitPrice", MONEY, origin="F, range O"),
    _text(
        "items.unitWeight.unitOfMeasurement", form=formats.WEIGHT_UNIT, required="with weight", origin="F, S"
    ),
    _number("items.unitWeight.weight", WEIGHT, positive=True, required="with unit"),
)

MEMBERS: dict[str, Member] = {member.path: member for member in (*HEAD, *ITEM)}

METADATA = "metadata."
"""What stands before an entry's name in the header of a `metadata.<name>` column."""

REQUIRED: tuple[tuple[str, ...], ...] = (
    ("orderNumber",),
    *(
        columns
        for at in ("fromAddress", "toAddress")
        for columns in (
            (f"{at}.addressLine1",),
            (f"{at}.cityTown",),
            (f"{at}.countryCode",),
            (f"{at}.name", f"{at}.company"),
        )
    ),
    ("items.customProductId", "items.itemId", "items.description"),
)
"""A flat batch needs one column of each of these groups, or it is refused."""


def is_personal(column: str) -> bool:
    """Whether a value of this column may stand nowhere but in the orders and the fix file."""
    return column.startswith(METADATA) or (column in MEMBERS and MEMBERS[column].personal)
