"""JSON in: an order a line, or a list of them; numbers as written, what is no JSON named, the others kept."""

import gzip
import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
from test_chunks import contents
from test_hostile import MEMORY, measured

from conftest import INVARIANTS, SAMPLES, Command, created
from flows.readers import json_records
from flows.readers.json_decode import OrderDecoder, UnreadableError
from flows.readers.json_part_file import read_rows
from flows.readers.json_table import open_lines
from flows.readers.record_limits import MAX_CELLS
from flows.sources.source import Source
from json_orders import dumps, lines, of_rows, order
from order_files import many, nested, write

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
    "half a character in a name of a cell of JSON": (edited('"items"', r'"metadata": [{"name": "a", "value": "b", "\ud800": "x"}], "items"'), {("metadata", "has_whole_characters")}),
    "half a character in a name deep in a cell of JSON": (edited('"items"', r'"shippingPreferences": {"customs": {"customsInfo": {"\udc00": 1}}}, "items"'), {("shippingPreferences.customs", "has_whole_characters")}),
    "half a character in a name where a text belongs": (edited(ZIP, r'"postalCode": {"\ud800": 1}'), {("toAddress.postalCode", "has_whole_characters")}),
    "half a character in a name where nobody looks": (edited('"items"', r'"x": [{"\ud800": 1}], "items"'), {(None, "has_json_type")}),
    "an object twice, spelt otherwise": (edited('"items"', '"Charges": {"currency": "USD"}, "items"'), {("charges.currency", "has_each_member_once")}),
    "an object twice, once by its path": (edited('"items"', '"shippingPreferences": {"customs": {}}, "shippingPreferences.Customs": {}, "items"'), {("shippingPreferences.customs", "has_each_member_once")}),
    "the items twice, spelt otherwise": (edited('"items"', '"Items": [], "items"'), {("items.itemId", "has_each_member_once"), NO_QUANTITY}),
    "a member twice in an item, spelt otherwise": (edited('"SKU-1"', '"SKU-1", "ItemID": "SKU-1"'), {("items.itemId", "has_each_member_once")}),
    "an item by its path beside the items": (edited('"items"', '"items.itemId": "SKU-2", "items"'), {("items.itemId", "has_each_member_once")}),
    "a member twice by its path": (edited('"items"', '"toAddress.phone": "1", "toAddress.phone": "1", "items"'), {("toAddress.phone", "has_each_member_once")}),
    "an unknown member twice, once by its path": (edited('"items"', '"shipTo": {"a": 1}, "charges.x": 1, "Charges.x": 2, "charges.X": 3, "charges.x ": 4, "toAddress.x": 5, "items"').replace('"toAddress": {', '"toAddress": {"x": 6, '), {(None, "has_each_member_once")}),
    "a control character in a name of the metadata": (edited('"items"', r'"metadata.a\u0001b": "x", "items"'), {("metadata", "has_no_control_characters")}),
    "a tab in a name of the metadata": (edited('"items"', r'"metadata.a\tb": "x", "items"'), {("metadata", "has_no_control_characters")}),
    "half a character in a name of the metadata": (edited('"items"', r'"metadata.\ud800": "x", "items"'), {("metadata", "has_whole_characters")}),
    "a long name of the metadata": (edited('"items"', f'"metadata.{"n" * 300}": "x", "items"'), {("metadata", "fits_length")}),
    "a name of the metadata twice": (edited('"items"', r'"metadata.a\u00ad": "x", "Metadata.a\u00ad": "x", "items"'), {("metadata", "is_once_in_order")}),
    "a name of the metadata also in the list": (edited('"items"', r'"metadata.a\u00ad": "x", "metadata": [{"name": "a\u00ad", "value": "x"}], "items"'), {("metadata", "is_once_in_order")}),
    "a name of the metadata beside what is no list": (edited('"items"', r'"metadata.a\u00ad": "x", "metadata": "y", "items"'), {("metadata", "is_list")}),
    "NUL in a text": (edited('"Boston"', r'"Bos\u0000ton"'), {("toAddress.cityTown", "has_no_control_characters")}),
    "1e3": (edited(QUANTITY, '"quantity": 1e3'), {("items.quantity", "is_integer")}),
    "1e2 as an amount": (edited('"12.50"', "1e2"), {("items.unitPrice", "is_decimal")}),
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


HINTS: dict[str, tuple[str, str]] = {
    "NaN in a cell of JSON": (edited('"items"', '"metadata": [{"a": NaN}], "items"'), "NaN, which JSON does not have, stands where a value of JSON belongs."),
    "NaN as a number": (edited(QUANTITY, '"quantity": NaN'), "NaN, which JSON does not have, stands where a number belongs."),
    "a text as an item": (edited('"items": [', '"items": ["x", '), "A text stands where an item, an object in { }, belongs."),
    "a number as the items": (edited('"items": [', '"x": [').replace('"x"', '"items": 5, "x"'), "A number stands where the list of items belongs."),
    "a text as an object": (edited('"charges": {"currency": "USD"}', '"charges": "x"'), "A text stands where the object charges belongs."),
    "a list as an object in an object": (edited('"items"', '"shippingPreferences": {"parcel": []}, "items"'), "A list stands where the object shippingPreferences.parcel belongs."),
    "an object as an object of an item": (edited(QUANTITY, f'{QUANTITY}, "unitWeight": 5'), "A number stands where the object items.unitWeight belongs."),
    "a list as a boolean": (edited(ZIP, f'{ZIP}, "residential": []'), "A list stands where true or false belongs."),
}  # fmt: skip


def test_a_hint_says_what_belongs_there(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    texts = [text.replace("A-1", f"A-{at}") for at, (text, _) in enumerate(HINTS.values())]
    command("run", "--direct", write(tmp_path / "sent" / "a.jsonl", lines(texts)))
    told = dict(
        db.execute("select first_row, hint from findings where check_name = 'has_json_type'").fetchall()
    )
    assert told == {at: hint for at, (_, hint) in enumerate(HINTS.values(), 1)}


# --- A list, and files that are none ---------------------------------------------------------------------------


def test_a_list_is_cut_at_its_commas_whatever_its_entries_are(
    command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brackets, quotes and backslashes in texts cut nothing; blocks of any size give the same."""
    tricky = {"orderMessage": {"message": 'x]},{[",\\" \\'}}
    entries = [
        dumps(order("L-1") | tricky),
        "NaN",
        "",
        '{"a": tru}',
        "null",
        dumps(order("L-6", toAddress__name="Zoë")),
    ]
    file = write(tmp_path / "sent" / "a.json", "\ufeff \r\n[ " + " ,\r\n".join(entries) + "\r\n]\n")
    for block in (1, 7, 1 << 20):
        monkeypatch.setattr(json_records, "BLOCK", block)
        db.execute("truncate orders, batches cascade")
        answer = command("run", "--direct", "--json", file)
        assert created(db) == {"L-1", "L-6"}
        assert answer.reasons() == {(at, None, "is_json_object") for at in (2, 3, 4, 5)}
    assert db.execute("select order_message_message from orders where order_number = 'L-1'").fetchone() == (
        tricky["orderMessage"]["message"].strip(),
    )


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a scalar.json": ("42", "is_json"),
    "text.json": ("orders of the day", "is_json"),
    "blanks.json": (" \n ", "is_json"),
    "a list without its end.json": (f"[{SOUND},", "is_whole_json"),
    "an order without its end.json": (SOUND[:-1], "is_whole_json"),
    "a text without its end.json": ('["' + "x" * 100_000, "is_whole_json"),
    "two lists.json": (f"[{SOUND}] []", "is_one_json"),
    "lines.json": (f"{SOUND}\n{SOUND}\n", "is_one_json"),
    "a list.jsonl": (f"[\n{SOUND}\n]", "is_json_lines"),
    "pretty.ndjson": (json.dumps(order(), indent=2), "is_json_lines"),
    "other things.json": ('[{"sku": "A", "stock": 3}]', "holds_orders"),
    "a wrapped list.json": (f'{{"orders": [{SOUND}]}}', "holds_orders"),
    "no line is JSON.jsonl": ("orderNumber,a\nA-1,b\n", "is_json"),
    "UTF-16.json": (SOUND.encode("utf-16"), "is_utf8"),
    "UTF-16 without a mark.jsonl": (SOUND.encode("utf-16-le"), "is_utf8"),
    "nothing but NUL.json": (bytes(100), "is_utf8"),
    "nothing.json": ("", "is_not_empty"),
    "cut.json.gz": (gzip.compress(SOUND.encode() * 100)[:-30], "is_whole_gzip"),
    "nothing.jsonl": ("", "is_not_empty"),
    "JSON.csv": (SOUND, "is_csv"),
    "a list of JSON.csv": (f"[{SOUND}]", "is_csv"),
}


def test_files_that_are_no_orders_are_refused_in_a_sentence(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    files = [write(tmp_path / "sent" / name, content) for name, (content, _) in REFUSED.items()]
    answer = command("run", "--direct", "--json", *files)
    told = {batch["file"]: str(batch["reason"]) for batch in answer.json["batches"]}
    assert {name: reason.rpartition(" ")[2] for name, reason in told.items()} == {
        name: f"({code})" for name, (_, code) in REFUSED.items()
    }
    assert (answer.status, created(db)) == (3, set())
    assert "orders" in told["a wrapped list.json"]
    assert "line 1" not in told["lines.json"]
    assert "header" not in told["nothing.json"]


def test_an_empty_list_is_a_batch_without_orders(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    for name, content in {"a.json": " [ \n] ", "b.jsonl": "\n\n"}.items():
        done = command("run", "--direct", "--json", write(tmp_path / "sent" / name, content)).batch
        assert (done["status"], done["orders"]["created"]) == ("loaded", 0)


# --- Names, settings, drafts -----------------------------------------------------------------------------------


def test_members_that_nobody_knows_are_told_with_the_nearest_name(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """Nothing of them is dropped in silence; of odd names nothing can go wrong."""
    odd = {"import\nnote": 1, "=cmd|' /C calc'!A0": "x", "": 2, "\ud800": 3, "z" * 5_000: {"a": [1.10, None]}}
    known = order("U-1", toAddress__state="MA", items__sku="S", shipTo="x") | odd | {"items.total": 3}
    text = json.dumps(known)
    answer = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.jsonl", text))
    assert (answer.batch["status"], created(db)) == ("loaded", {"U-1"})
    told = dict(db.execute("select column_name, hint from findings where check_name = 'is_known'").fetchall())
    assert len(told) == 4 + len(odd)
    assert "stateProvince" in told["toAddress.state"]
    assert "items.itemId" in told["items.sku"]


SAME: dict[str, str] = {
    "null by its path beside the items": edited('"items"', '"items.itemId": null, "items.quantity": "", "items"'),
    "null by its path": edited('"items"', '"toAddress.postalCode": null, "toAddress.cityTown": "", "items"'),
    "null in its place, given by its path": edited(ZIP, '"postalCode": null').replace('"items"', '"toAddress.postalCode": "02108", "items"'),
    "blank in its place, given by its path": edited(ZIP, '"postalCode": ""').replace('"items"', '"toAddress.postalCode": "02108", "items"'),
    "null, spelt otherwise": edited(ZIP, f'"PostalCode": null, {ZIP}'),
    "null in place of objects, spelt otherwise": edited('"items"', '"Items": null, "toaddress": "", "Metadata": null, "items"'),
    "other letters": dumps(order("A-1")).replace('"toAddress"', '"TOADDRESS"').replace('"items"', '"Items"').replace('"postalCode"', '"PostalCode"').replace('"itemId"', '"ItemID"').replace('"currency"', '"Currency"'),
    "objects by their paths": edited('"items"', '"shippingpreferences.parcel": {}, "items"').replace('"toAddress"', '" toAddress "'),
    "an item by its path": edited('"items": [{"itemId": "SKU-1", "quantity": "2", "unitPrice": "12.50"}]', '"items.itemId": "SKU-1", "Items.quantity": 2, "items.unitprice": 12.50'),
    "nothing in the metadata": edited('"items"', r'"metadata.a\u00ad": null, "metadata.b\u0001": "", "metadata.c\t": " ", "items"'),
}  # fmt: skip
"""The sound order A-1, said otherwise."""


def test_what_is_said_otherwise_is_the_same_order(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    def stored(text: str) -> list[Any]:
        db.execute("truncate orders, batches cascade")
        done = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.jsonl", text)).batch
        return [done["status"], done["findings"], contents(db)]

    sound = stored(edited("A-1", "A-1"))
    assert sound[0] == "loaded"
    assert {name: told for name, text in SAME.items() if (told := stored(text)) != sound} == {}


def test_a_name_of_the_metadata_is_stored_as_in_the_list(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """Whatever it has that no header can have."""
    names = ["gift\u00a0note", "soft\u00adhyphen", "\U0001f469\u200d\U0001f4bb", "e\u0301", " a ", "n" * 50]
    flat = order("M-1", metadata=[{"name": "z", "value": "listed"}])
    flat |= {f"{'Metadata' if at % 2 else 'metadata'}.{name}": f"{at}" for at, name in enumerate(names)}
    listed = [
        {"name": "z", "value": "listed"},
        *({"name": name, "value": f"{at}"} for at, name in enumerate(names)),
    ]
    file = write(tmp_path / "sent" / "a.jsonl", lines([json.dumps(flat), order("M-2", metadata=listed)]))
    done = command("run", "--direct", "--json", file).batch
    assert (done["status"], done["findings"]) == ("loaded", {"errors": 0, "warnings": 0})
    one, two = db.execute("select metadata from orders order by order_number").fetchall()
    by_name = [sorted(entries, key=lambda each: str(each["name"])) for (entries,) in (one, two)]
    assert by_name[0] == by_name[1]
    assert {each["name"] for each in by_name[0]} >= {"soft\u00adhyphen", "gift\u00a0note", "\u00e9"}


def test_unknown_members_keep_their_values_in_the_fix_file(command: Command, tmp_path: Path) -> None:
    """Each its own, whatever its name is; one of an item stands with the first item."""
    names = ["k\1", "k\2", r"k\x01", "k\t", "\ud800", "\udc00", "n" * 200 + "a", "n" * 200 + "b", "n" * 300]
    values = {name: f"value {at}" for at, name in enumerate(names)} | {"items.total": "value 9"}
    bad = order("U-1", toAddress__countryCode="ZZ") | values
    fix = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.jsonl", json.dumps(bad))).fix_file
    assert {f"value {at}" for at in range(10)} <= set(pl.read_csv(fix, infer_schema=False).row(0))


def test_of_a_source_only_what_fills_in_applies(send: Any, db: psycopg.Connection) -> None:
    """Its columns, its decimal comma and its rules are of its CSV."""
    settings = """
decimal = ","
skip_rows = [{ column = "orderNumber", is = ["J-1"] }]
columns = { "shippingReference.reference1" = "shippingReference.reference2", "No such" = "toAddress.phone" }
cells = { "toAddress.countryCode" = { values = { US = "CA" } } }
defaults = { "shippingPreferences.carrier" = "UPS", "toAddress.countryCode" = "DE" }
if_blank = { "charges.billingStatus" = "Paid" }
"""
    sent = [order("J-1", shippingReference__reference1="R"), order("J-2", charges__billingStatus="Open")]
    done = send(settings, lines(sent), name="a.jsonl").batch
    assert (done["status"], done["findings"]) == ("loaded", {"errors": 0, "warnings": 0})
    columns = "shipping_reference_reference1, shipping_preferences_carrier, to_address_country_code, charges_billing_status"
    stored = db.execute(f"select {columns} from orders order by order_number").fetchall()  # type: ignore[arg-type]
    assert stored == [("R", "UPS", "US", "Paid"), (None, "UPS", "US", "Open")]


def test_a_member_that_no_order_has_is_missing_in_each(command: Command, tmp_path: Path) -> None:
    """No column is missing in JSON: each order has its answer."""
    sent = [order("M-1", toAddress=None), order("M-2", toAddress=None, orderNumber=None)]
    answer = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.json", json_list(sent, ",")))
    assert (answer.batch["status"], answer.batch["orders"]["rejected"]) == ("partial", 2)
    assert {(1, "toAddress.countryCode", "is_present"), (2, "orderNumber", "is_present")} <= answer.reasons()


# --- The way back ------------------------------------------------------------------------------------------------


def test_the_fix_file_is_the_flat_csv_and_works(command: Command, db: psycopg.Connection, data: Path) -> None:
    """Dropped as it is, what was no JSON is told again and holds nothing else back; mended, all come in."""
    two_items = order("F-2", toAddress__countryCode="ZZ")
    two_items["items"].append({"itemId": "SKU-2", "quantity": 1})
    sent = [order("F-1"), two_items, SOUND[:40], edited(ZIP, '"postalCode": {"a": 1}', "F-4"), "[" * 200]
    first = command(
        "run", "--direct", "--json", "--source", "shop", write(data / "sent" / "a.jsonl", lines(sent))
    )
    assert created(db) == {"F-1"}
    fix = first.fix_file.read_text(encoding="utf-8")
    rows = pl.read_csv(first.fix_file, infer_schema=False)
    assert rows["import_row"].to_list() == ["2", "2", "3", "4", "5"]
    again = command(
        "run", "--direct", "--json", "--source", "shop", write(data / "sent" / "as_it_is.csv", fix)
    )
    assert created(db) == {"F-1"}
    checks = {(row, check) for row, _, check in again.reasons()}
    assert {(4, "is_mended"), (5, "is_mended"), (6, "is_mended"), (2, "is_country")} <= checks
    mended = rows.filter(pl.col("orderNumber").str.starts_with("F-")).with_columns(
        pl.col("toAddress.countryCode").replace("ZZ", "US"),
        pl.col("toAddress.postalCode").replace("(no cell)", "02108"),
    )
    mended.write_csv(data / "sent" / "mended.csv")
    last = command("run", "--direct", "--json", "--source", "shop", data / "sent" / "mended.csv").batch
    assert (last["status"], last["notes"]) == ("loaded", [])
    assert created(db) == {"F-1", "F-2", "F-4"}
    assert db.execute("select count(*) from order_items").fetchone() == (4,)


def test_an_order_is_one_record(command: Command, db: psycopg.Connection, tmp_path: Path) -> None:
    answer = command(
        "run",
        "--direct",
        "--json",
        write(
            tmp_path / "sent" / "a.jsonl", lines([order("A"), order("B"), order("A", items__itemId="SKU-2")])
        ),
    )
    assert (created(db), answer.reasons()) == ({"B"}, {(1, "orderNumber", "is_one_row")})


def test_a_replay_finds_what_the_import_found(
    command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    """Also what only the JSON shows, of which the kept cells say nothing."""
    texts = [text.replace("A-1", f"A-{at}") for at, (text, _) in enumerate(LINES.values())]
    first = command("run", "--direct", "--json", write(tmp_path / "sent" / "a.jsonl", lines(texts)))
    again = command("replay", first.batch["batch_id"], "--json")
    assert again.batch["orders"]["rejected"] == len(LINES), again.out
    assert again.reasons() == first.reasons()


# --- Bounds --------------------------------------------------------------------------------------------------------


def big(kind: str) -> Any:
    """Files that are large in one way or another, as blocks of text."""
    sound = SOUND.encode()
    blocks: dict[str, Any] = {
        "a line of 17 MiB.jsonl": (b'{"a": "', b"x" * (17 << 20), b'"}\n'),
        "an entry of 17 MiB.json": (b'[{"a": "', b"x" * (17 << 20), b'"}]'),
        "spaces.json": (b"[", b" " * (40 << 20), b"]"),
        "6,000 members.jsonl": (b"{", b",".join(b'"m%d": 1' % n for n in range(6_000)), b"}\n", sound),
        "ever other members.jsonl": (b'{"m%d": %d}\n' % (n, n) for n in range(6_000)),
        "deep.json": (b"[" * 15_000_000,),
        "brackets.jsonl": (sound, b"\n", b"[" * 15_000_000, b"\n"),
        "empty objects.jsonl": (sound, b'\n{"orderNumber": "E", "x": [', b"{}," * 5_000_000, b"{}]}\n"),
        "numbers.jsonl": (sound, b'\n{"orderNumber": "E", "metadata": [', b"0," * 900_000, b"0]}\n"),
        "quotes.json": (b"[", sound, b',"', b'\\"' * 7_000_000, b'"]'),
        "items.jsonl": (sound, b'\n{"orderNumber": "E", "items": [', b'{"itemId":"a"},' * 300_000, b"{}]}\n"),
        "long heads.jsonl": (b'{"orderNumber":"H","orderMessage":{"message":"%s"},"items":[' % (b"m" * 65_000), b"{}," * 30_000, b"{}]}"),
        "a head on many items.jsonl": (b'{"orderNumber":"H","orderMessage":{"message":"%s"},"items":[' % (b"m" * (14 << 20)), b"{}," * 400_000, b"{}]}"),
        "spaces.json.gz": (b"[", *[b" " * (1 << 20)] * 300, b"]"),
    }  # fmt: skip
    return blocks[kind]


BOUNDED = {
    "a line of 17 MiB.jsonl": "refused fits_record",
    "an entry of 17 MiB.json": "refused fits_record",
    "spaces.json": "refused fits_record",
    "6,000 members.jsonl": "refused fits_columns",
    "ever other members.jsonl": "refused fits_columns",
    "deep.json": "refused is_whole_json",
    "brackets.jsonl": "partial is_json_object",
    "empty objects.jsonl": "partial is_json_object",
    "numbers.jsonl": "partial fits_entries has_items has_name_or_company is_list is_present",
    "quotes.json": "partial is_json_object",
    "items.jsonl": "partial fits_order",
    "long heads.jsonl": "refused fits_memory",
    "a head on many items.jsonl": "refused fits_memory",
    "spaces.json.gz": "refused fits_record",
}


def code_of(reason: str | None) -> str:
    return reason.rpartition("(")[2].rstrip(")") if reason else ""


def test_no_size_or_depth_hurts(environment: None, db: psycopg.Connection, tmp_path: Path) -> None:
    """Each ends as it should, in bounded memory, and the next batch is loaded."""
    for name in BOUNDED:
        file = write(tmp_path / "sent" / name, b"")
        with gzip.open(file, "wb", 1) if name.endswith(".gz") else file.open("wb") as stream:
            stream.writelines(big(name))
    good = write(tmp_path / "sent" / "good.json", dumps(order("GOOD")))
    answer, peak = measured(
        "run", "--direct", "--json", *(tmp_path / "sent" / name for name in BOUNDED), good
    )
    print(f"peak {peak >> 20} MiB")
    checks = dict(
        db.execute("select file, string_agg(distinct check_name, ' ') from findings join batches using (batch_id)"
                   " where severity = 'error' group by file").fetchall()
    )  # fmt: skip
    told = {
        batch["file"]: f"{batch['status']} {code_of(batch['reason']) or checks[batch['file']]}"
        for batch in answer["batches"]
        if batch["file"] != good.name
    }
    assert told == BOUNDED
    assert created(db) == {"OK-1", "GOOD"}
    assert peak <= 3 * MEMORY // 4


@pytest.mark.parametrize(("commas", "fits"), [(999_998, True), (999_999, False)])
def test_an_order_of_more_than_a_million_values_is_not_read(commas: int, fits: bool) -> None:
    """What 16 MiB hold would take a GB; an object and a list are values too."""
    with nullcontext() if fits else pytest.raises(UnreadableError, match="more than 1,000,000 values"):
        OrderDecoder().decode(b'{"a":[' + b"0," * commas + b"0]}")


def test_a_wide_item_makes_no_table_of_all_others(tmp_path: Path) -> None:
    """Rows are put aside, and handed over, by their cells: an item of many members comes before, or behind, many items."""
    members = b",".join(b'"m%d":1' % n for n in range(1_000))
    wide, many = b'{"items":[{' + members + b"}]}", b'{"items":[' + b"{}," * 20_000 + b"{}]}"
    for at, content in enumerate([wide + b"\n" + many, many + b"\n" + wide]):
        table = open_lines(write(tmp_path / f"{at}" / "a.jsonl", content), Source())
        put_aside = [rows for part in (tmp_path / f"{at}" / "orders").iterdir() for rows in read_rows(part)]
        assert max(rows["items"].list.len().sum() * 1_000 for rows in put_aside) <= 2 * MAX_CELLS
        heights = [frame.height for frame in table.frames()]
        assert sum(heights) == 20_002
        assert max(heights) * len(table.header) <= MAX_CELLS
