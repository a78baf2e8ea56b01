"""The file of sources: what each key may be, and that everything else is one sentence with file, source and key.

For every key a good value, a bad one and a hostile one. What the keys do to rows is shown in test_source_cells.py,
test_source_rows.py and test_source_files.py.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Command
from flows.sources.load import load_layout, load_sources
from flows.sources.source import Source
from flows.sources.toml_table import SettingsError
from order_files import row, write
from source_rows import source
from source_settings import BAD, GOOD, lines

MANY = ", ".join(f'"{n}" = "x{n}"' for n in range(100_000))


@pytest.mark.parametrize("settings", lines(GOOD))
def test_a_setting_that_can_be(settings: str) -> None:
    assert source(settings).name == "x"


@pytest.mark.parametrize("case", lines(BAD))
def test_a_setting_that_cannot_be_is_told_by_file_source_and_key(case: str) -> None:
    key, settings = case.split(" | ", 1)
    with pytest.raises(SettingsError) as told:
        source(settings)
    sentence = str(told.value)
    assert sentence.startswith(f"s.toml: [sources.x]{':' if key.startswith('two') else ','} {key}")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 600


WRONG: dict[str, list[Any]] = {
    key: [text, "1", "1.5", "true", "2026-05-01", "[[]]", "[1]", "{ a = [1] }"]
    for key, text in {
        **dict.fromkeys(("layout", "encoding", "delimiter", "decimal", "thousands", "quote"), "[]"),
        **dict.fromkeys(("sheet", "fill_down", "marker"), "{}"),
        **dict.fromkeys(("files", "unused", "skip_rows", "skip_orders", "head_only", "fallback"), '"x"'),
        **dict.fromkeys(("columns", "join", "cells", "repeat", "items", "defaults", "if_blank"), '"x"'),
        "header_row": '"x"',
    }.items()
}


@pytest.mark.parametrize("key", WRONG)
def test_a_value_of_a_wrong_type_is_a_sentence(key: str) -> None:
    for value in WRONG[key]:
        if key == "header_row" and value == "1":
            continue
        with pytest.raises(SettingsError, match=re.escape(f"[sources.x], {key}")):
            source(f"{key} = {value}")


def test_a_table_of_a_hundred_thousand_values() -> None:
    made = source(f'cells = {{ "A" = {{ values = {{ {MANY} }} }} }}')
    assert len(made.cells["A"].values or {}) == 100_000


def load(path: Path, text: str | bytes) -> dict[str, Source]:
    return load_sources(write(path / "s.toml", text))


def test_a_byte_order_mark_before_the_file_is_none_of_it(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff[sources.x]\ndelimiter = ';'\n")["x"].delimiter == ";"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sources = 1",
        "sources = [1]",
        "[sources]\nx = 1",
        "[sources]\nx = ['a']",
        "[sources.x",
        "[sources.x]\na = 1\na = 2",
        "[source.x]\n",
        "[sources.x]\n[more]\n",
        "x = 1\n[sources.x]\n",
        "[sources.x]\nskip_rows = " + "[{ all = " * 5000 + "1" + "}]" * 5000,
        b"[sources.x]\n# \xff\n",
        "[sources.x]\n".encode("utf-16"),
        b"\0" * 100,
    ],
    ids=range(14),
)
def test_a_file_that_is_no_file_of_sources_is_a_sentence(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path))) as told:
        load(tmp_path, text)
    assert "\n" not in str(told.value)


def test_a_file_of_sources_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.toml"):
        with pytest.raises(SettingsError, match="cannot be read"):
            load_sources(path)


def test_a_layout_is_replaced_key_by_key_its_tables_name_by_name() -> None:
    own = source(
        """
        layout = "shopify"
        skip_rows = []
        unused = ["Other"]
        [columns]
        "name" = "shippingReference.reference1"
        "Id" = "orderNumber"
        "SHIPPING COMPANY" = ""
        "Ship to" = "toAddress.name"
        [cells]
        "shipping zip" = { strip = ["'", "#"] }
        """
    )
    layout = load_layout("shopify")
    assert own.skip_rows == ()
    assert own.unused == ("Other",)
    assert len(own.skip_orders) == len(layout["skip_orders"])
    assert own.columns["name"] == ("shippingReference.reference1",)
    assert own.columns["Id"] == ("orderNumber",)
    assert own.columns["Ship to"] == ("toAddress.name",)
    gone = {"Name", "Shipping Company", "SHIPPING COMPANY", "Shipping Name"}
    assert not gone & own.columns.keys()
    assert set(layout["columns"]) - gone < own.columns.keys()
    assert own.cells["shipping zip"].strip == ("'", "#")
    assert own.cells.keys() == {"Name", "shipping zip", "Shipping Phone"}
    assert own.own == {"name", "Id", "Ship to", "shipping zip"}


def test_a_layouts_join_and_group_give_way_to_the_sources_own_column() -> None:
    own = source(
        """
        layout = "woocommerce"
        columns = { "Ship to" = "toAddress.name" }
        repeat = { "Product Item # SKU" = "", "Product Item # Code" = "items.itemId", "Product Item # Name" = "" }
        """
    )
    assert own.join == {}
    assert own.columns["Ship to"] == ("toAddress.name",)
    assert own.repeat == {
        "Product Item # Code": "items.itemId",
        "Product Item # Quantity": "items.quantity",
        "Product Item # Total": "items.unitPrice",
    }
    assert source('layout = "woocommerce"\njoin = { "toAddress.name" = { of = ["A"] } }').join.keys() == {
        "toAddress.name"
    }


def test_a_sources_own_form_goes_with_its_layouts() -> None:
    """What alone could not be: a group's sign beside the decimal point, a quote that is a comma."""
    made = source(
        'layout = "amazon"\nquote = ","\ndecimal = ","\ncells = { "item-price" = { currency = "€" } }'
    )
    assert (made.delimiter, made.quote, made.encoding) == ("\t", ",", "cp1252")
    form = made.cells["item-price"].number
    assert form
    assert (form.decimal, form.currency) == (",", "€")


@pytest.mark.parametrize("words", [("run", "--direct"), ("check",)])
def test_settings_that_cannot_be_used_start_nothing(
    words: tuple[str, ...], command: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = write(data / "s.toml", '[sources.shop]\ncolumns = { "A" = "toAddress.nam" }\n')
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(settings))
    file = write(data / "drop" / "shop" / "a.csv", [row()])
    for answer in (command(*words, file), command(*words, "--json", file)):
        assert answer.status == 4
        assert (
            f"{settings}: [sources.shop], columns, A: 'toAddress.nam' is no member of an order." in answer.err
        )
    assert answer.json["error"] in answer.err
    assert file.exists()
