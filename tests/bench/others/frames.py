"""From a CSV to a Polars frame of good orders and one of their items, typed, checked by expressions; all in memory.

The checks are those of `model`: single values, what must be there, the rules that every sender trips over.
"""

from pathlib import Path

import polars as pl

from flows.database.tables import column_name
from validators import formats
from validators.iso_codes import CA_PROVINCES, US_STATES
from validators.order_model import HEAD, ITEM, METADATA, Member

AMOUNTS = ("charges.gmv", "charges.subTotal", "charges.totalPaid", "items.unitPrice")
STATES = {"US": US_STATES, "CA": CA_PROVINCES}
POSTAL_CODES = {"US": formats.US_POSTAL_CODE, "CA": formats.CA_POSTAL_CODE}


def read_frames(path: Path, refused: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`orders` and `order_items`, with keys from 1 up; the bad orders' numbers and faults go to a CSV."""
    rows = pl.read_csv(path, infer_schema=False)
    present = [m for m in (*HEAD, *ITEM) if m.path in rows.columns]
    faults = [pl.when(~holds).then(pl.lit(name)) for name, holds in _rules(rows, present)]
    checked = rows.with_columns(fault=pl.concat_str(faults, separator=" ", ignore_nulls=True))
    bad = checked.filter(pl.col("fault") != "").select("orderNumber", "fault")
    bad.write_csv(refused)
    good = rows.join(bad, on="orderNumber", how="anti")
    orders = _orders(good, present)
    return orders, _items(good, orders, present)


def _rules(rows: pl.DataFrame, present: list[Member]) -> list[tuple[str, pl.Expr]]:
    """Names and expressions that must not be false; a missing value breaks only the rule that wants one."""
    values = [(m.path, _value(m).fill_null(value=True)) for m in present if m.kind != "json"]
    priced = pl.any_horizontal(pl.col(name).is_not_null() for name in AMOUNTS if name in rows.columns)
    named = pl.col("items.itemId").is_not_null() | pl.col("items.description").is_not_null()
    weight, unit = pl.col("items.unitWeight.weight"), pl.col("items.unitWeight.unitOfMeasurement")
    return [
        *values,
        ("orderNumber", pl.col("orderNumber").is_not_null()),
        ("charges.currency", pl.col("charges.currency").is_not_null() | ~priced),
        ("items.itemId", named),
        ("items.quantity", pl.col("items.quantity").is_not_null()),
        ("items.unitWeight", weight.is_null() == unit.is_null()),
        *(rule for at in ("fromAddress", "toAddress") for rule in _address(at, rows.columns)),
    ]


def _value(member: Member) -> pl.Expr:
    """Whether a text is a value of this member: length, form, range."""
    text = pl.col(member.path)
    if member.kind == "boolean":
        return text.str.contains(formats.BOOLEAN.pattern)
    if member.kind == "integer":
        return text.str.contains("^[0-9]{1,9}$") & text.cast(pl.Int64, strict=False).is_between(
            *member.bounds
        )
    if member.kind == "decimal":
        digits, places = member.digits
        form = text.str.contains(rf"^[0-9]{{1,{digits - places}}}(\.[0-9]{{1,{places}}})?$")
        return form & text.str.contains("[1-9]") if member.positive else form
    form = member.form.holds(text) if member.form and member.form.severity == "error" else pl.lit(value=True)
    return form & (text.str.len_chars() <= member.reject) if member.reject else form


def _address(at: str, columns: list[str]) -> list[tuple[str, pl.Expr]]:
    country, state, code = (pl.col(f"{at}.{name}") for name in ("countryCode", "stateProvince", "postalCode"))
    names = [pl.col(name).is_not_null() for name in (f"{at}.name", f"{at}.company") if name in columns]
    needed = ("addressLine1", "cityTown", "countryCode")
    return [
        *((f"{at}.{name}", pl.col(f"{at}.{name}").is_not_null()) for name in needed),
        (f"{at}.name", pl.any_horizontal(names)),
        *((f"{at}.stateProvince", _where(country, of, state.is_in(known))) for of, known in STATES.items()),
        *((f"{at}.postalCode", _where(country, of, code.str.contains(p))) for of, p in POSTAL_CODES.items()),
    ]


def _where(country: pl.Expr, of: str, holds: pl.Expr) -> pl.Expr:
    return country.ne_missing(of) | holds.fill_null(value=False)


def _orders(rows: pl.DataFrame, present: list[Member]) -> pl.DataFrame:
    """The first row of each order, its `metadata.<name>` columns as a list in JSON."""
    entries = [name for name in rows.columns if name.startswith(METADATA)]
    heads = rows.unique("orderNumber", keep="first", maintain_order=True)
    pairs = [pl.struct(name=pl.lit(e.removeprefix(METADATA)), value=pl.col(e)) for e in entries]
    as_json = (
        pl.struct(pl.concat_list(pairs).alias("m")).struct.json_encode().str.slice(5).str.strip_suffix("}")
    )
    return heads.select(
        pl.int_range(1, pl.len() + 1).alias("order_key"),
        *(_typed(m) for m in present if m in HEAD and m.kind != "json"),
        *([as_json.alias("metadata")] if entries else []),
    )


def _items(rows: pl.DataFrame, orders: pl.DataFrame, present: list[Member]) -> pl.DataFrame:
    """Each order's items, numbered, with the key of their order."""
    keys = orders.select("order_key", orderNumber="order_number")
    return rows.join(keys, on="orderNumber", maintain_order="left").select(
        "order_key",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("order_key").alias("item_no"),
        *(_typed(m) for m in present if m in ITEM),
    )


def _typed(member: Member) -> pl.Expr:
    text = pl.col(member.path).alias(column_name(member.path))
    if member.kind == "boolean":
        return text.str.to_lowercase().is_in(formats.TRUE)
    if member.kind == "integer":
        return text.cast(pl.Int32)
    return text.cast(pl.Decimal(*member.digits)) if member.kind == "decimal" else text
