"""From the table of members to Pydantic models of an order and its items, and from a CSV to such orders.

The models hold what is true of a single value (length, form, range), what must be there, and the rules between
members that every sender trips over; errors alone, no warnings.
"""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

from flows.database.tables import column_name
from validators.formats import CA_POSTAL_CODE, NOT_EXPONENT, US_POSTAL_CODE
from validators.iso_codes import CA_PROVINCES, US_STATES
from validators.order_model import HEAD, ITEM, METADATA, Member

STATES = {"US": set(US_STATES), "CA": set(CA_PROVINCES)}
POSTAL_CODES = {"US": re.compile(US_POSTAL_CODE), "CA": re.compile(CA_POSTAL_CODE)}
AMOUNTS = ("charges_gmv", "charges_sub_total", "charges_total_paid")


def _field(member: Member) -> tuple[Any, Any]:
    """A member's type, and its column in the file."""
    kind: Any = str
    limits: dict[str, Any] = {"max_length": member.reject}
    if member.kind == "decimal":
        digits, places = member.digits
        kind, limits = Decimal, {"max_digits": digits, "decimal_places": places}
        limits |= {"gt": 0} if member.positive else {"ge": 0}
    elif member.kind == "integer":
        kind, limits = int, {"ge": member.bounds[0], "le": member.bounds[1]}
    elif member.kind == "boolean":
        kind, limits = bool, {}
    elif member.form and member.form.is_closed:
        kind, limits = Literal[tuple(sorted(member.form.values))], {}
    elif member.form and member.form is not NOT_EXPONENT and member.form.severity == "error":
        limits["pattern"] = member.form.pattern
    return Annotated[kind, Field(**limits)] | None, Field(None, alias=member.path)


def _fields(members: tuple[Member, ...]) -> dict[str, Any]:
    return {column_name(m.path): _field(m) for m in members if m.kind != "json"}


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _ItemRules(_Row):
    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not (self.item_id or self.description or self.custom_product_id):
            raise ValueError("items.itemId")
        if self.quantity is None and not self.custom_product_id:
            raise ValueError("items.quantity")
        if (self.unit_weight_weight is None) != (self.unit_weight_unit_of_measurement is None):
            raise ValueError("items.unitWeight")
        return self


Item = create_model("Item", __base__=_ItemRules, **_fields(ITEM))


class _OrderRules(_Row):
    items: list[Item] = Field(min_length=1)
    metadata: list[dict[str, str]] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not self.order_number:
            raise ValueError("orderNumber")
        priced = any(getattr(self, name) is not None for name in AMOUNTS)
        if not self.charges_currency and (priced or any(i.unit_price is not None for i in self.items)):
            raise ValueError("charges.currency")
        for at in ("from_address", "to_address"):
            self._has_address(at)
        return self

    def _has_address(self, at: str) -> None:
        of = {name.removeprefix(f"{at}_"): getattr(self, name) for name in ADDRESSES[at]}
        country, code = of["country_code"], of["postal_code"]
        if not (of["address_line1"] and of["city_town"] and country and (of["name"] or of["company"])):
            raise ValueError(f"{at}: something is missing")
        if country in STATES and of["state_province"] not in STATES[country]:
            raise ValueError(f"{at}.stateProvince")
        if country in POSTAL_CODES and not POSTAL_CODES[country].match(code or ""):
            raise ValueError(f"{at}.postalCode")


_HEAD = _fields(HEAD)
ADDRESSES = {
    at: [name for name in _HEAD if name.startswith(f"{at}_")] for at in ("from_address", "to_address")
}
Order = create_model("Order", __base__=_OrderRules, **_HEAD)


def read_orders(path: Path, refused: Path) -> Iterator[Any]:
    """The good orders of a file whose orders stand together; the others' numbers and reasons go to a CSV."""
    with (
        path.open(newline="", encoding="utf-8") as file,
        refused.open("w", newline="", encoding="utf-8") as bad,
    ):
        reasons = csv.writer(bad)
        present = ({name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file))
        for number, rows in groupby(present, key=lambda row: row.get("orderNumber")):
            listed = list(rows)
            entries = [
                {"name": name.removeprefix(METADATA), "value": cell}
                for name, cell in listed[0].items()
                if name.startswith(METADATA)
            ]
            try:
                yield Order.model_validate(listed[0] | {"items": listed, "metadata": entries or None})
            except ValidationError as error:
                told = error.errors(include_url=False, include_input=False)
                reasons.writerow([number, *(f"{fault['loc']} {fault['type']}" for fault in told)])
