"""Each shipped layout says where it is from, is known by its header alone, and leaves no column of it unnamed.

The golden pair of a layout, in tests/layouts/NAME, is an export as the platform writes it, with values made up, and
the orders that it becomes.
"""

import csv
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, TESTS
from flows.sources.value_tables import VALUE_TABLES
from validators.order_model import MEMBERS, METADATA

LAYOUTS = ROOT / "flows" / "sources" / "layouts"
GOLDEN = TESTS / "layouts"
NAMES = sorted(path.stem for path in LAYOUTS.glob("*.toml"))

KEYS = {
    *("signature", "files", "encoding", "delimiter", "quote", "sheet", "header_row", "decimal", "thousands"),
    *("fill_down", "skip_rows", "skip_orders", "head_only", "unused", "marker"),
    *("columns", "join", "cells", "fallback", "repeat", "items", "defaults", "if_blank"),
}
STEPS = {
    *("strip", "values", "currency", "thousands", "decimal", "whole", "times", "divide_by", "shift", "date"),
    *("from", "width", "decimals"),
}


def layout(name: str) -> dict[str, Any]:
    return tomllib.loads((LAYOUTS / f"{name}.toml").read_text(encoding="utf-8"))


def export(name: str) -> Path:
    (file,) = (
        path for path in (GOLDEN / name).iterdir() if path.name not in ("sources.toml", "expected.json")
    )
    return file


def header(name: str) -> list[str]:
    settings = layout(name)
    with export(name).open(encoding=settings.get("encoding", "utf-8"), newline="") as file:
        quoting = csv.QUOTE_NONE if settings.get("quote") == "" else csv.QUOTE_MINIMAL
        rows = list(csv.reader(file, delimiter=settings.get("delimiter", ","), quoting=quoting))
    return rows[settings.get("header_row", 1) - 1]


def condition_columns(conditions: list[dict[str, Any]]) -> Iterator[str]:
    for condition in conditions:
        if "all" in condition:
            yield from condition_columns(condition["all"])
        else:
            yield condition["column"]


def members(settings: dict[str, Any]) -> list[str]:
    """Every member that the layout gives, once for each setting that gives it."""
    columns = settings.get("columns", {}).values()
    return [
        *(member for ours in columns for member in ([ours] if isinstance(ours, str) else ours)),
        *settings.get("join", {}),
        *settings.get("repeat", {}).values(),
    ]


def used(settings: dict[str, Any]) -> set[str]:
    """Every column that the layout reads; of numbered groups those of the first nine."""
    names = {
        *settings.get("columns", {}),
        *(name for join in settings.get("join", {}).values() for name in join["of"]),
        *(name for each in settings.get("fallback", ()) for name in (*each["where"], *each["take"])),
        *(
            name
            for key in ("skip_rows", "skip_orders", "head_only")
            for name in condition_columns(settings.get(key, []))
        ),
        *settings.get("repeat", {}),
        *settings.get("items", {}),
        *([settings["fill_down"]] if "fill_down" in settings else []),
    }
    return names | {name.replace("#", str(number)) for name in names for number in range(1, 10)}


def test_there_are_those_that_were_asked_for() -> None:
    asked = {
        "shopify",
        "woocommerce",
        "woocommerce-items",
        "amazon",
        "etsy",
        "squarespace",
        "shipstation",
        "odoo",
    }
    assert asked | {"ebay", "wix", "tiktok"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_where_it_is_from_and_what_is_not_known(name: str) -> None:
    lines = (LAYOUTS / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    head = " ".join(line.removeprefix("#") for line in lines[: lines.index("")])
    assert "roven" in head
    assert "Not verified" in head
    assert "://" not in head


@pytest.mark.parametrize("name", NAMES)
def test_its_keys_members_and_tables_are_those_of_the_contract(name: str) -> None:
    settings = layout(name)
    assert set(settings) <= KEYS
    given = [*members(settings), *settings.get("defaults", {}), *settings.get("if_blank", {})]
    assert [member for member in given if member not in MEMBERS and not member.startswith(METADATA)] == []
    assert sorted(set(members(settings))) == sorted(members(settings))
    assert not any(member.startswith("fromAddress.") for member in given)
    for column, steps in settings.get("cells", {}).items():
        assert column in {*settings["columns"], *settings.get("repeat", {})}
        assert set(steps) <= STEPS
        assert steps.get("values", "us-states") in VALUE_TABLES
        assert steps.get("divide_by", next(iter(settings["columns"]))) in {
            *settings["columns"],
            *settings.get("repeat", {}),
        }
    for each in settings.get("fallback", ()):
        assert len(each["where"]) == len(each["take"])


@pytest.mark.parametrize("name", NAMES)
def test_no_column_of_its_header_is_left_unnamed_and_none_named_twice(name: str) -> None:
    settings = layout(name)
    unused = settings["unused"]
    assert len(set(unused)) == len(unused)
    assert not set(unused) & used(settings)
    if unused != ["*"]:
        assert [
            column for column in header(name) if column not in used(settings) and column not in unused
        ] == []


@pytest.mark.parametrize("name", NAMES)
def test_its_signature_is_in_its_own_header_alone(name: str) -> None:
    signature = layout(name)["signature"]
    assert 3 <= len(signature) <= 8
    assert [other for other in NAMES if set(signature) <= set(header(other))] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_its_golden_pair_names_each_order_of_the_export(name: str) -> None:
    source = tomllib.loads((GOLDEN / name / "sources.toml").read_text(encoding="utf-8"))["sources"][name]
    assert source["layout"] == name
    assert {"fromAddress.addressLine1", "fromAddress.cityTown", "fromAddress.countryCode"} <= set(
        source["defaults"]
    )
    expected = json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))
    text = export(name).read_text(encoding=layout(name).get("encoding", "utf-8"))
    numbers = [order["orderNumber"] for order in expected["created"]] + expected.get("skipped", [])
    assert [number for number in numbers if number not in text] == []
    assert all({"toAddress", "items"} <= set(order) and order["items"] for order in expected["created"])
