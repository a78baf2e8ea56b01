"""pandas, Pandera and `to_sql`: `python -m bench.others.pandas_to_sql FILE URL REFUSED`."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from sqlalchemy.engine import Connection

from bench.others import tables
from flows.database.tables import column_name
from validators import formats
from validators.iso_codes import CA_PROVINCES, US_STATES
from validators.order_model import HEAD, ITEM, METADATA, Member

AMOUNTS = ["charges.gmv", "charges.subTotal", "charges.totalPaid", "items.unitPrice"]
STATES = {"US": US_STATES, "CA": CA_PROVINCES}
POSTAL_CODES = {"US": formats.US_POSTAL_CODE, "CA": formats.CA_POSTAL_CODE}
ADDRESSES = ("fromAddress", "toAddress")
NEEDED = {f"{at}.{name}" for at in ADDRESSES for name in ("addressLine1", "cityTown", "countryCode")}
NEEDED |= {"orderNumber", "items.quantity"}


def main(file: str, url: str, refused: str) -> None:
    """Import the good orders, all in one transaction; the bad orders' numbers and faults go to a CSV."""
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])
    good = rows[~rows["orderNumber"].isin(_bad_orders(rows, Path(refused)))]
    orders, items = _assembled(good)
    with tables.engine_of(url).begin() as db:
        for table, frame in (("orders", orders), ("order_items", items)):
            frame.to_sql(table, db, if_exists="append", index=False, chunksize=50_000, method=_copy)


def _bad_orders(rows: pd.DataFrame, refused: Path) -> pd.Series:
    try:
        _schema(rows).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as errors:
        found = errors.failure_cases.assign(
            orderNumber=rows["orderNumber"].reindex(errors.failure_cases["index"]).array
        )
        found[["orderNumber", "column", "check"]].to_csv(refused, index=False)
        return found["orderNumber"]
    return rows["orderNumber"][:0]


def _schema(rows: pd.DataFrame) -> pa.DataFrameSchema:
    present = [m for m in (*HEAD, *ITEM) if m.path in rows.columns]
    columns = {m.path: pa.Column(checks=list(_checks(m)), nullable=m.path not in NEEDED) for m in present}
    for column, name, holds in _rules(rows):
        columns[column].checks.append(pa.Check(lambda _, holds=holds: holds, name=name, ignore_na=False))
    return pa.DataFrameSchema(columns)


def _rules(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series]]:
    """What members must be to each other: the column to mend, a name, and where it holds."""
    there = rows.notna()
    yield "charges.currency", "has_currency", there["charges.currency"] | ~there[AMOUNTS].any(axis=1)
    yield "items.itemId", "has_item_id", there["items.itemId"] | there["items.description"]
    unit = "items.unitWeight.unitOfMeasurement"
    yield unit, "has_weight_and_unit", there[unit] == there["items.unitWeight.weight"]
    for at in ADDRESSES:
        names = [name for name in (f"{at}.name", f"{at}.company") if name in rows.columns]
        yield f"{at}.name", "has_name_or_company", there[names].any(axis=1)
        for of in ("US", "CA"):
            elsewhere = rows[f"{at}.countryCode"].ne(of)
            state, code = rows[f"{at}.stateProvince"], rows[f"{at}.postalCode"]
            yield state.name, f"is_state_of_{of}", elsewhere | state.isin(STATES[of])
            yield code.name, f"is_postal_code_of_{of}", elsewhere | code.str.match(POSTAL_CODES[of], na=False)


def _checks(member: Member) -> Iterator[pa.Check]:
    """Of a single value: form and range, length."""
    if member.form and member.form.is_closed:
        yield pa.Check.isin(member.form.values)
    elif pattern := _pattern(member):
        yield pa.Check.str_matches(_python(pattern))
    if member.reject:
        yield pa.Check.str_length(max_value=member.reject)


def _pattern(member: Member) -> str | None:
    """What a member's text must match; a number's range is told by its digits."""
    if member.kind == "integer":
        return "^[1-9][0-9]{0,4}$"
    if member.kind == "decimal":
        digits, places = member.digits
        return rf"^[0-9]{{1,{digits - places}}}(\.[0-9]{{1,{places}}})?$"
    has_one = member.form and not member.form.negate and member.form.severity == "error"
    return member.form.pattern if member.form and has_one else None


_WORDS = {
    "(?i-u)": "(?i)",
    "(?i-u:": "(?i:",
    r"\p{Zs}": r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000",
    r"\p{Pd}": r"\-\u058a\u05be\u2010-\u2015\u2e3a\u2e3b\ufe58\ufe63\uff0d",
    r"\x{2212}": r"\u2212",
}
"""What Rust's patterns say otherwise than Python's."""


def _python(pattern: str) -> str:
    """The pattern in the words of Python's re."""
    for ours, theirs in _WORDS.items():
        pattern = pattern.replace(ours, theirs)
    return pattern


def _assembled(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders and their items, with keys from 1 up; numbers stay the text that was checked, which COPY takes."""
    heads = rows.drop_duplicates("orderNumber").reset_index(drop=True)
    head = [m.path for m in HEAD if m.path in rows.columns]
    orders = (
        heads[head].rename(columns=column_name).assign(order_key=heads.index + 1, metadata=_metadata(heads))
    )
    keys = pd.Series(heads.index + 1, index=heads["orderNumber"])
    items = rows[[m.path for m in ITEM if m.path in rows.columns]].rename(columns=column_name)
    number = rows.groupby("orderNumber", sort=False).cumcount() + 1
    return orders, items.assign(order_key=rows["orderNumber"].map(keys), item_no=number)


def _metadata(heads: pd.DataFrame) -> list[str]:
    names = [name for name in heads.columns if name.startswith(METADATA)]
    entries = heads[names].rename(columns=lambda name: name.removeprefix(METADATA)).to_dict("records")
    return [json.dumps([{"name": n, "value": v} for n, v in of.items() if pd.notna(v)]) for of in entries]


def _copy(table: Any, db: Connection, columns: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    """What pandas' guide shows for `method`: COPY, several times as fast as its own INSERTs."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    names = ", ".join(f'"{column}"' for column in columns)
    with db.connection.cursor().copy(f"copy {table.name} ({names}) from stdin (format csv)") as copy:
        copy.write(text.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
