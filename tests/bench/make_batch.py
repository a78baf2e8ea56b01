"""From a number of orders to a CSV of that many, one of a hundred of them bad, and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

SLICE = 100_000
"""Orders that are made at a time, so that a large batch needs no large memory."""

CITIES = pl.DataFrame(
    {
        "cityTown": ["Shelton", "Austin", "Vancouver", "Winnipeg", "Boston", "Toronto", "Montréal"],
        "stateProvince": ["CT", "TX", "BC", "MB", "MA", "ON", "QC"],
        "postalCode": ["06484", "78701", "V5L 1P8", "R2W 2H2", "02108", "M5V 2T6", "H2X 1Y4"],
        "countryCode": ["US", "US", "CA", "CA", "US", "CA", "CA"],
    }
)
FAULTS = {
    "toAddress.countryCode": "USA",
    "items.quantity": "0",
    "toAddress.postalCode": "ABC",
    "charges.currency": None,
    "toAddress.addressLine1": None,
}
"""What stands in a bad order, on each of its rows: one of these; any way of importing orders should find them."""
BAD = 100  # one of so many orders
MONEY = pl.Decimal(14, 2)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A batch, and how many orders and items must be in the database once it is imported."""

    path: Path
    orders: int
    rows: int
    created: int
    items: int


def make_batch(path: Path, orders: int) -> Made:
    """Write the batch, its rows grouped by order."""
    rows = created = items = 0
    with path.open("wb") as file:
        for first in range(0, orders, SLICE):
            part = _spoilt(_rows(_heads(first, min(SLICE, orders - first))))
            good = part.filter(~pl.col("bad"))
            rows, items = rows + part.height, items + good.height
            created += good["n"].n_unique()
            part.drop("n", "at", "items", "bad").write_csv(file, include_header=first == 0)
    return Made(path=path, orders=orders, rows=rows, created=created, items=items)


def _heads(first: int, orders: int) -> pl.DataFrame:
    """Of each order its number `n`, its head, and how many `items` it has: one to four."""
    some = _some(pl.col("n"), 1)
    texts = {
        "orderNumber": pl.format("ORD-{}", pl.col("n").cast(pl.String).str.zfill(10)),
        "orderMessage.type": pl.when(some(5) == 0).then(pl.lit("GIFT")),
        "orderMessage.message": pl.when(some(5) == 0).then(
            pl.lit('Happy birthday, "little" one!\nFrom us all')
        ),
        "metadata.costCenter": pl.format("cc-{}", some(1000)),
        "charges.currency": pl.lit("USD"),
        "charges.billingStatus": pl.lit("Paid"),
        "charges.paymentType": pl.lit("Credit Card"),
        "shippingReference.reference1": pl.format("PO-{}", some(99_991)),
        "shippingReference.shippingNotes": pl.when(some(2) == 0).then(pl.lit("Handle with care, please")),
        "customerInfo.firstName": pl.lit("Robin"),
        "customerInfo.lastName": pl.format("Buyer{}", some(9973)),
        "customerInfo.email": pl.format("robin{}@example.com", some(99_991)),
        "customerInfo.customerId": pl.format("C-{}", some(999_983)),
        **{f"fromAddress.{name}": pl.lit(CITIES[name][0]) for name in CITIES.columns},
        "fromAddress.name": pl.lit("Main Warehouse"),
        "fromAddress.company": pl.lit("Example Goods Inc"),
        "fromAddress.addressLine1": pl.lit("27 Example Drive"),
        "fromAddress.phone": pl.lit("203-555-0100"),
        "fromAddress.email": pl.lit("warehouse@example.com"),
        "fromAddress.residential": pl.lit("false"),
        **{f"toAddress.{name}": _city(name, some) for name in CITIES.columns},
        "toAddress.name": pl.format("Sam Receiver {}", some(9973)),
        "toAddress.addressLine1": pl.format("{} Sample Road, Unit {}", some(9999), some(31)),
        "toAddress.phone": pl.lit("604-555-0101"),
        "toAddress.email": pl.format("sam{}@example.com", some(99_991)),
        "toAddress.residential": pl.lit("true"),
        "shippingPreferences.carrier": pl.lit("UPS"),
        "shippingPreferences.service": pl.lit("2DA"),
    }
    numbers = pl.DataFrame({"n": pl.int_range(first, first + orders, eager=True)})
    return numbers.with_columns(items=some(4) + 1, **texts)


def _rows(heads: pl.DataFrame) -> pl.DataFrame:
    """A row an item, `at` its place in its order; the order's amounts are the sums of its items."""
    some = _some(pl.col("n") * 7 + pl.col("at"), 3)
    rows = heads.with_columns(at=pl.int_ranges(0, "items")).explode("at")
    cents = (some(10_000).cast(MONEY) / pl.lit(100, dtype=MONEY)).cast(MONEY)
    rows = rows.with_columns((some(9) + 1).alias("items.quantity"), cents.alias("items.unitPrice"))
    total = (pl.col("items.quantity").cast(pl.Int64) * pl.col("items.unitPrice")).sum().over("n").cast(MONEY)
    texts = {
        "items.itemId": pl.format("SKU-{}-{}", some(5000), pl.col("at")),
        "items.description": pl.format("Widget, blue, model {}", some(5000)),
        "items.quantity": pl.col("items.quantity").cast(pl.String),
        "items.unitPrice": pl.col("items.unitPrice").cast(pl.String),
        "items.unitWeight.weight": (some(500) + 1).cast(pl.String),
        "items.unitWeight.unitOfMeasurement": pl.lit("OZ"),
        "items.hSTariffCode": pl.lit("490191"),
        "items.originCountryCode": pl.lit("US"),
        **{f"charges.{name}": total.cast(pl.String) for name in ("subTotal", "gmv", "totalPaid")},
    }
    return rows.with_columns(**texts)


def _spoilt(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a fault in every hundredth order, `bad`, the kinds of fault in turn."""
    bad, kind = pl.col("n") % BAD == BAD - 1, pl.col("n") // BAD % len(FAULTS)
    spoilt = [
        pl.when(bad & (kind == at)).then(pl.lit(value, dtype=pl.String)).otherwise(pl.col(name)).alias(name)
        for at, (name, value) in enumerate(FAULTS.items())
    ]
    return rows.with_columns(bad.alias("bad"), *spoilt)


def _city(name: str, some: Callable[[int], pl.Expr]) -> pl.Expr:
    return some(CITIES.height).replace_strict(dict(enumerate(CITIES[name])), return_dtype=pl.String)


def _some(of: pl.Expr, seed: int) -> Callable[[int], pl.Expr]:
    """Numbers below any bound that look random and are the same each time."""
    return lambda bound: of.hash(seed) % bound
