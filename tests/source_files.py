"""Files of a source `shop` with settings, for tests that send them through the command."""

from typing import Any

import psycopg

from order_files import PLAIN

HEAD = {name: cell for name, cell in PLAIN.items() if name.startswith(("fromAddress.", "charges."))}
DEFAULTS = "\n[sources.shop.defaults]\n" + "".join(f'"{name}" = "{cell}"\n' for name, cell in HEAD.items())
COLUMNS = """
[sources.shop.columns]
"No" = "orderNumber"
"Name" = "toAddress.name"
"Street" = "toAddress.addressLine1"
"City" = "toAddress.cityTown"
"State" = "toAddress.stateProvince"
"Zip" = "toAddress.postalCode"
"Country" = "toAddress.countryCode"
"SKU" = "items.itemId"
"Qty" = "items.quantity"
"Price" = "items.unitPrice"
"""
TO = ["Zoë Müller", "1 Sample Road", "Boston", "MA", "02108", "US"]
NAMES = ["No", "Name", "Street", "City", "State", "Zip", "Country", "SKU", "Qty", "Price", "Kind"]


def line(
    number: str,
    sku: str = "S-1",
    qty: str = "1",
    price: str = "2.50",
    kind: str = "",
    to: list[str] | None = None,
) -> list[str]:
    return [number, *(TO if to is None else to), sku, qty, price, kind]


def text(*rows: list[str], mark: str = ",") -> str:
    return "".join(mark.join(cells) + "\n" for cells in (NAMES, *rows))


def ask(db: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return db.execute(query).fetchall()  # type: ignore[arg-type]


def names(db: psycopg.Connection) -> list[tuple[Any, ...]]:
    return ask(db, "select order_number, to_address_name from orders order by 1")
