"""JSON in: an order a line, or a list of them; numbers as written, what is no JSON named, the others kept."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from conftest import INVARIANTS, SAMPLES, Command, created
from flows.readers import json_records
from json_orders import dumps, lines, of_rows, order
from order_files import many, nested, write
from test_chunks import contents

# --- One order in every form ---------------------------------------------------------------------------------


def test_the_sample_is_the_order_that_its_csv_is(
    command: Command, db: psycopg.Connection, data: Path
) -> None:
    """Dropped as it is, the body of the call."""
    sample = (SAMPLES / "sample-order.json").read_bytes()
    write(data / "drop" / "shop" / "sample-order.json", sample)
    done = command("run", "--direct", "--json").batch
    assert (done["status"], done["orders"]["created"], done["findings"]) == (
        "loaded",
        1,
        {"errors": 0, "warnings": 0},
    )
    of_json = contents(db)
    db.execute("truncate orders, batches cascade")
    assert command("run", "--direct", "--json", "--source", "shop", SAMPLES / "sample-order.csv").status == 0
    assert contents(db) == of_json
    line = json.dumps(json.loads(sample)) + "\n"
    again = command(
        "run", "--direct", "--json", "--source", "shop", write(data / "sent" / "a.jsonl", line)
    ).batch
    assert again["orders"] == {"created": 0, "unchanged": 1, "rejected": 0, "warned": 0}


WRONG = {
    "toAddress.countryCode": "ZZ",
    "toAddress.postalCode": "2108",
    "toAddress.addressLine1": None,
    "charges.currency": "usd",
    "charges.gmv": "1e3",
    "fromAddress.company": "x" * 101,
    "items.quantity": "1.50",
    "items.unitPrice": "12.34567",
    "items.itemId": "a\u200bb",
    "items.unitWeight.weight": "0",
}
"""A cell that cannot stand, of each kind of member; a twentieth of the orders has one."""


def orders_with_faults(orders: int) -> pl.DataFrame:
    flat = many(orders)
    number = pl.col("orderNumber").str.slice(2).cast(pl.Int64)
    for at, (name, cell) in enumerate(WRONG.items()):
        here = (number % (20 * len(WRONG))) == 20 * at + 3
        flat = flat.with_columns(pl.when(here).then(pl.lit(cell, pl.String)).otherwise(name).alias(name))
    return flat


FORMS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "a.csv": lambda flat, path: flat.write_csv(path),
    "a.parquet": lambda flat, path: nested(flat, dict.fromkeys(WRONG_TYPES, pl.String())).write_parquet(path),
    "a.jsonl": lambda flat, path: path.write_text(lines(of_rows(flat)), encoding="utf-8"),
    "a.ndjson.gz": lambda flat, path: path.write_bytes(gzip.compress(lines(of_rows(flat)).encode())),
    "a.json": lambda flat, path: path.write_text(json_list(of_rows(flat), ",\n  "), encoding="utf-8"),
    "b.json": lambda flat, path: path.write_text(json_list(of_rows(flat), ","), encoding="utf-8"),
}
WRONG_TYPES = (
    *("charges.gmv", "items.unitPrice", "items.quantity", "items.unitWeight.weight"),
    *("shippingPreferences.parcel.weight", "toAddress.residential"),
)


def json_list(orders: list[Any], between: str) -> str:
    return f"[{between.join(map(dumps, orders))}]"


def answers(db: psycopg.Connection) -> set[tuple[Any, ...]]:
    """Of every order what became of it and what was found, but for where it stands."""
    found = db.execute("""
        select r.order_number, f.item, f.column_name, f.check_name, f.severity, f.value, f.hint
        from findings f left join (select batch_id, first_row, order_number from order_results
            union all select batch_id, first_row, order_number from orders) r using (batch_id, first_row)""")
    results = db.execute("select order_number, outcome, code from order_results")
    return {*found.fetchall(), *results.fetchall()}


def test_every_form_gives_the_same_database_and_the_same_findings(
    command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand orders, a twentieth wrong; in chunks of any size, cut into blocks of any size."""
    flat = orders_with_faults(1000)
    expected: tuple[Any, ...] | None = None
    for name, make in FORMS.items():
        make(flat, write(tmp_path / "sent" / name, ""))
        monkeypatch.setenv("ORDER_IMPORT_CHUNK_ROWS", "77" if name == "b.json" else "50000")
        monkeypatch.setattr(json_records, "BLOCK", 997 if name == "b.json" else 1 << 20)
        db.execute("truncate orders, batches cascade")
        done = command("run", "--direct", "--json", tmp_path / "sent" / name).batch
        told = (contents(db), answers(db), done["orders"], done["items"])
        expected = expected or told
        assert told[2:] == expected[2:], (name, done)
        assert told[1] == expected[1], (name, sorted(map(str, told[1] ^ expected[1]))[:6])
        assert told[0] == expected[0], name
        assert db.execute(INVARIANTS).fetchall() == []
    assert expected
    assert expected[2]["rejected"] == 50


# --- What is wrong is told of its order, and the others are kept -----------------------------------------------

SOUND = dumps(order("OK-1"))


def edited(find: str, instead: str, number: str = "A-1") -> str:
    """The text of a sound order with something else in it."""
    text = dumps(order(number))
    assert find in text
    return text.replace(find, instead, 1)


ZIP = '"postalCode": "02108"'
QUANTITY = '"quantity": "2"'
NO_QUANTITY = ("items.quantity", "is_present")

LINES: dict[str, tuple[str, set[tuple[str | None, str]]]] = {
    "a number in place of a text": (edited(ZIP, '"postalCode": 2108'), {("toAddress.postalCode", "has_json_type")}),
    "a boolean in place of a text": (edited('"SKU-1"', "true"), {("items.itemId", "has_json_type")}),
    "an object in place of a text": (edited(ZIP, '"postalCode": {"a": 1}'), {("toAddress.postalCode", "has_json_type")}),
    "a list in place of a number": (edited(QUANTITY, '"quantity": [2]'), {("items.quantity", "has_json_type")}),
    "a boolean in place of a number": (edited(QUANTITY, '"quantity": true'), {("items.quantity", "has_json_type")}),
    "a list in place of an object": (edited('"charges": {"currency": "USD"}', '"charges": []'), {("charges.currency", "has_json_type")}),
    "an object in place of the items": (edited('[{"itemId": "SKU-1"', '{"itemId": "SKU-1"').replace("}]", "}"), {("items.itemId", "has_json_type"), NO_QUANTITY}),
    "an item that is none": (edited('"items": [', '"items": [5, '), {("items.itemId", "has_json_type"), NO_QUANTITY}),
    "NaN": (edited(QUANTITY, '"quantity": NaN'), {("items.quantity", "has_json_type")}),
    "NaN in a text's place": (edited('"SKU-1"', "-Infinity"), {("items.itemId", "has_json_type")}),
    "NaN in a cell of JSON": (edited('"items"', '"additionalAddresses": [{"a": NaN}], "items"'), {("additionalAddresses", "has_json_type")}),
    "NaN where nobody looks": (edited('"items"', '"score": {"a": [NaN]}, "items"'), {(None, "has_json_type")}),
    "a member twice": (edited(ZIP, f"{ZIP}, {ZIP}"), {("toAddress.postalCode", "has_each_member_once")}),
    "a member twice, once null": (edited(ZIP, f'{ZIP}, "postalCode": null'), {("toAddress.postalCode", "has_each_member_once")}),
    "a member twice, spelt otherwise": (edited(ZIP, f'{ZIP}, "PostalCode": "02109"'), {("toAddress.postalCode", "has_each_member_once")}),
    "a member twice, once flat": (edited('"items"', '"toAddress.postalCode": "1", "items"'), {("toAddress.postalCode", "has_each_member_once")}),
    "an object twice": (edited('"items"', '"charges": {}, "items"'), {("charges.currency", "has_each_member_once")}),
    "the items twice": (edited('"items"', '"items": [], "items"'), {("items.itemId", "has_each_member_once"), NO_QUANTITY}),
    "a member twice in an item": (edited('"SKU-1"', '"SKU-1", "itemId": "SKU-1"'), {("items.itemId", "has_each_member_once")}),
    "a member twice in a cell of JSON": (edited('"items"', '"metadata": [{"name": "a", "name": "b", "value": "c"}], "items"'), {("metadata", "has_each_member_once")}),
    "a member twice where nobody looks": (edited('"items"', '"x": {"a": 1, "a": 1}, "items"'), {(None, "has_json_type")}),
    "an unknown member twice": (edited('"items"', '"x": 1, "x": 1, "items"'), {(None, "has_each_member_once")}),
    "half a character": (edited('"Boston"', r'"Bos\ud800ton"'), {("toAddress.cityTown", "has_whole_characters")}),
    "NUL in a text": (edited('"Boston"', r'"Bos\u0000ton"'), {("toAddress.cityTown", "has_no_control_characters")}),
    "1e3": (edited(QUANTITY, '"quantity": 1e3'), {("items.quantity", "is_integer")}),
    "2.0 pieces": (edited(QUANTITY, '"quantity": 2.0'), {("items.quantity", "is_integer")}),
    "forty digits": (edited('"12.50"', "1234567890123456789012345678901234567890"), {("items.unitPrice", "is_in_range")}),
    "a double's worth of decimals": (edited('"12.50"', "0.30000000000000004"), {("items.unitPrice", "fits_decimals")}),
    "no items": (edited('"items": [{"itemId": "SKU-1", "quantity": "2", "unitPrice": "12.50"}]', '"items": []'), {("items.itemId", "has_items"), ("items.itemId", "names_an_item")}),
    "cut in the middle": (SOUND[:70], {(None, "is_json_object")}),
    "a scalar": ("42", {(None, "is_json_object")}),
    "a list": ("[]", {(None, "is_json_object")}),
    "null": ("null", {(None, "is_json_object")}),
    "two orders on a line": (SOUND + SOUND, {(None, "is_json_object")}),
    "a control character": (edited('"Boston"', '"Bos\x01ton"'), {(None, "is_json_object")}),
    "a comma at the end": (SOUND[:-1] + ",}", {(None, "is_json_object")}),
    "a hundred thousand brackets": ("[" * 100_000, {(None, "is_json_object")}),
    "a hundred thousand objects in a member": (edited('"items"', f'"x": {"[" * 50_000}{"]" * 50_000}, "items"'), {(None, "is_json_object")}),
    "a million values": (edited('"items"', f'"x": [{"0," * 1_000_000}0], "items"'), {(None, "is_json_object")}),
}  # fmt: skip


def test_what_is_wrong_is_told_on_its_line(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    """Each line has its findings and no other; the orders between them are created."""
    found = [
        (name, text.replace("A-1", f"A-{at}"), wanted)
        for at, (name, (text, wanted)) in enumerate(LINES.items())
    ]
    content = lines(part for at, (_, text, _) in enumerate(found) for part in (order(f"OK-{at}"), "", text))
    file = write(tmp_path / "sent" / "a.jsonl", content)
    answer = command("run", "--direct", "--json", file)
    assert created(db) == {f"OK-{at}" for at in range(len(found))}, answer.out
    told: dict[int, set[tuple[str | None, str]]] = {3 * at + 3: set() for at in range(len(found))}
    for number, column, check in answer.reasons():
        told[number].add((column, check))
    wrong = {
        name: told[3 * at + 3] for at, (name, _, wanted) in enumerate(found) if told[3 * at + 3] != wanted
    }
    assert wrong == {}
    rows = answer.batch["rows"]
    assert (rows["read"], rows["blank"], rows["rejected"]) == (3 * len(found), len(found), len(found))
    dry = command("check", "--json", file).batch
    assert (dry["orders"]["rejected"], dry["rows"]) == (
        len(found),
        rows | {"created": 0, "unchanged": len(found)},
    )
