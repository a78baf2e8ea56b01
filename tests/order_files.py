"""Made-up orders for tests: rows of text by column, and the files that hold them."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import polars as pl

Row = dict[str, str]

PLAIN: Row = {
    "orderNumber": "A-1",
    "orderMessage.message": "",
    "charges.currency": "USD",
    "fromAddress.company": "Example Goods Inc",
    "fromAddress.addressLine1": "27 Example Drive",
    "fromAddress.cityTown": "Shelton",
    "fromAddress.stateProvince": "CT",
    "fromAddress.postalCode": "06484",
    "fromAddress.countryCode": "US",
    "toAddress.name": "Sam Receiver",
    "toAddress.addressLine1": "1 Sample Road",
    "toAddress.cityTown": "Boston",
    "toAddress.stateProvince": "MA",
    "toAddress.postalCode": "02108",
    "toAddress.countryCode": "US",
    "items.itemId": "SKU-1",
    "items.quantity": "2",
    "items.unitPrice": "12.50",
}
"""A sound row, on which no check finds anything."""


def row(number: str = "A-1", **cells: str) -> Row:
    """A sound row of this order with some cells written over; two underlines are a dot: `items__quantity="0"`."""
    return PLAIN | {"orderNumber": number} | {path.replace("__", "."): cell for path, cell in cells.items()}


THREE = (row("A-1"), row("A-1", items__itemId="SKU-2"), row("A-2"))
"""Two orders on three rows."""


def csv_text(rows: Iterable[Row], *, delimiter: str = ",", end: str = "\n", quoted: bool = False) -> str:
    """The rows as a CSV with the columns of all of them."""
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    rows = list(rows)
    columns = list(dict.fromkeys(name for cells in rows for name in cells))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(path: Path, content: str | bytes | Iterable[Row]) -> Path:
    """Write a file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, str | bytes):
        content = csv_text(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def many(orders: int) -> pl.DataFrame:
    """Orders of one to four items, some with cells that others lack, as flat rows of text; null is blank."""
    rows = [_head(n) | _item(n, item) for n in range(orders) for item in range(1, 2 + n % 4)]
    return pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String), orient="row")


def _head(n: int) -> dict[str, str | None]:
    customs = '{"customsInfo":{"currencyCode":"USD","invoice":12.50}}'
    weighed = n % 4 == 0
    return {
        **row(f"M-{n:05}"),
        "orderMessage.message": f'For "you",\nno. {n}' if n % 5 == 0 else None,
        "metadata.costCenter": f"cc-{n % 7}" if n % 3 else None,
        "metadata.shift": "night" if n % 2 else None,
        "charges.gmv": f"{n}.25" if n % 2 else None,
        "toAddress.name": f"Zoë {n}",
        "toAddress.residential": ("true", "false", None)[n % 3],
        "shippingPreferences.parcel.weight": "12.5" if weighed else None,
        "shippingPreferences.parcel.weightUnit": "OZ" if weighed else None,
        "shippingPreferences.customs": customs if n % 6 == 0 else None,
    }


def _item(n: int, item: int) -> dict[str, str | None]:
    return {
        "items.itemId": f"000{n}-{item}",
        "items.description": f"Widget, blue, no. {item}" if item % 2 else None,
        "items.quantity": str(item + 1),
        "items.unitPrice": f"{n % 90}.{item}5",
        "items.unitWeight.weight": f"{item}.125",
        "items.unitWeight.unitOfMeasurement": "OZ",
    }


TYPES: dict[str, pl.DataType] = {
    "charges.gmv": pl.Decimal(14, 4),
    "items.unitPrice": pl.Decimal(14, 2),
    "items.quantity": pl.Int32(),
    "items.unitWeight.weight": pl.Decimal(12, 3),
    "shippingPreferences.parcel.weight": pl.Decimal(12, 4),
    "toAddress.residential": pl.Boolean(),
}
"""The real types that a Parquet may have for what is no text."""


def typed(flat: pl.DataFrame, types: dict[str, pl.DataType] | None = None) -> pl.DataFrame:
    """The same rows with real types."""
    return flat.with_columns(
        pl.col(name) == "true" if dtype == pl.Boolean() else pl.col(name).cast(dtype)
        for name, dtype in (TYPES | (types or {})).items()
    )


def nested(flat: pl.DataFrame, types: dict[str, pl.DataType] | None = None) -> pl.DataFrame:
    """The same orders, a row each, with structs and lists as in the API."""
    flat = typed(flat, types)
    entries = [name for name in flat.columns if name.startswith("metadata.")]
    members = {
        name: pl.col(name) if name.startswith("items.") else pl.col(name).first()
        for name in flat.columns
        if name not in ("orderNumber", *entries)
    }
    members["shippingPreferences.customs"] = _customs(members["shippingPreferences.customs"])
    metadata = pl.concat_list(_entry(name) for name in entries).list.drop_nulls()
    orders = flat.group_by("orderNumber", maintain_order=True)
    return orders.agg(metadata.first().alias("metadata"), *_folded(members))


def _folded(members: dict[str, pl.Expr]) -> list[pl.Expr]:
    """Members by path, folded into structs by the parts of their paths."""
    parts: dict[str, dict[str, pl.Expr]] = {}
    for path, value in members.items():
        first, _, rest = path.partition(".")
        parts.setdefault(first, {})[rest] = value
    return [
        (inner[""] if "" in inner else pl.struct(_folded(inner))).alias(name) for name, inner in parts.items()
    ]


def _customs(text: pl.Expr) -> pl.Expr:
    info = pl.struct(currencyCode=pl.lit("USD"), invoice=pl.lit("12.50").cast(pl.Decimal(10, 2)))
    return pl.when(text.is_not_null()).then(pl.struct(customsInfo=info))


def _entry(name: str) -> pl.Expr:
    entry = pl.struct(name=pl.lit(name.removeprefix("metadata.")), value=pl.col(name))
    return pl.when(pl.col(name).is_not_null()).then(entry)
