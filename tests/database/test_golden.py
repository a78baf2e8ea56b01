"""The golden pairs: a file as a platform or a system writes it, a source's settings, and the orders that must come of it.

tests/layouts has a pair for each shipped layout, tests/real_files files whose settings are written out. An order of
`expected.json` is its number, or an object of which those members are compared that it gives; no other order may be
created.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from conftest import TESTS, Command
from flows.database.column_names import column_name

CASES = sorted(
    path
    for kind in ("layouts", "real_files")
    for path in (TESTS / kind).iterdir()
    if (path / "sources.toml").is_file()
)
OURS = ("sources.toml", "expected.json")

Members = dict[str, Any]


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_it_becomes_these_orders(
    case: Path, command: Command, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(case / "sources.toml"))
    (file,) = (path for path in case.iterdir() if path.name not in OURS)
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    checked = command("check", "--json", "--source", case.name, file).batch
    done = command("run", "--direct", "--json", "--source", case.name, file).batch
    assert checked["status"] == done["status"]
    assert (done["status"] == "refused") == bool(expected.get("refused")), done["reason"]
    assert {key: checked[key] for key in ("rows", "orders", "items", "findings")} == {
        key: done[key] for key in ("rows", "orders", "items", "findings")
    }
    wanted = [
        order if isinstance(order, dict) else {"orderNumber": order} for order in expected.get("created", [])
    ]
    stored = {order["orderNumber"]: order for order in stored_orders(db)}
    assert sorted(stored) == sorted(order["orderNumber"] for order in wanted)
    for order in wanted:
        assert differences(order, stored[order["orderNumber"]]) == []


def stored_orders(db: psycopg.Connection) -> Iterator[Members]:
    """Every order with its address and items by their paths."""
    with db.cursor(row_factory=dict_row) as cursor:
        orders = cursor.execute("select * from orders").fetchall()
        items = cursor.execute("select * from order_items order by order_key, item_no").fetchall()
    for order in orders:
        own = [item for item in items if item["order_key"] == order["order_key"]]
        yield order | {"orderNumber": order["order_number"], "items": own}


def differences(wanted: Members, stored: Members) -> list[str]:
    """Members that are given and not stored so; the items in any order, but all of them."""
    wrong = [
        f"toAddress.{name}: {stored[column_name(f'toAddress.{name}')]!r}, not {value!r}"
        for name, value in wanted.get("toAddress", {}).items()
        if not is_same(stored[column_name(f"toAddress.{name}")], value)
    ]
    if "items" not in wanted:
        return wrong
    left = list(stored["items"])
    for item in wanted["items"]:
        found = next((each for each in left if has_all(each, flat(item))), None)
        if found is None:
            wrong.append(f"no such item: {item}")
        else:
            left.remove(found)
    return wrong + [f"one item too many: {item}" for item in left]


def has_all(stored: Members, item: Members) -> bool:
    return all(is_same(stored[column_name(f"items.{name}")], value) for name, value in item.items())


def flat(item: Members, before: str = "") -> Members:
    members: Members = {}
    for name, value in item.items():
        members |= flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return members


def is_same(stored: Any, value: Any) -> bool:
    return stored == Decimal(str(value)) if isinstance(stored, Decimal) else str(stored) == str(value)
