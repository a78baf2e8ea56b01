"""A file that nobody has described yet is drafted from what its bytes prove; what they do not prove is a question.

In tests/real_files/NAME stands an export as a shop or system writes it, values made up, and the orders that it has.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Command
from flows.formats import format_of
from flows.pipeline.describe_source import draft_settings
from flows.settings import Settings
from flows.sources.load import make_source

REAL = Path(__file__).parent / "real_files"
ADDRESS = {
    "fromAddress.company": "Sample Warehouse LLC",
    "fromAddress.addressLine1": "12 Dock Road",
    "fromAddress.cityTown": "Reno",
    "fromAddress.stateProvince": "NV",
    "fromAddress.postalCode": "89502",
    "fromAddress.countryCode": "US",
}
ANSWERS: dict[str, tuple[str, ...]] = {
    "german_semicolon": ('"charges.currency" = "EUR"',),
    "shipstation": ('"charges.currency" = "USD"',),
}
"""The lines of which the # is taken off, besides those of the address."""

READABLE = [path.name for path in sorted(REAL.iterdir()) if path.is_dir()]


def file_of(case: str) -> Path:
    (file,) = (path for path in (REAL / case).iterdir() if path.name != "expected.json")
    return file


def draft_of(file: Path, tmp_path: Path) -> str:
    """The draft, which has to be loadable as it is."""
    text = draft_settings(file, Settings(data=tmp_path / "of drafts"))
    ((name, table),) = tomllib.loads(text)["sources"].items()
    make_source("the draft", name, table)
    return text


def answered(draft: str, answers: tuple[str, ...] = ()) -> str:
    """The draft with our address in it, and with these lines without their #."""
    lines = []
    for line in draft.splitlines():
        plain = line.removeprefix("# ")
        key = plain.split(" = ")[0].strip('"')
        if key in ADDRESS and plain != line:
            lines.append(f'"{key}" = "{ADDRESS[key]}"')
        else:
            lines.append(plain if plain.startswith(answers) and answers else line)
    return "\n".join(lines) + "\n"


def stored(db: psycopg.Connection, number: str) -> dict[str, Any]:
    """An order as the database has it, in the words of expected.json."""
    names = {"name": "name", "company": "company", "addressLine1": "address_line1", "cityTown": "city_town",
             "stateProvince": "state_province", "postalCode": "postal_code", "countryCode": "country_code", "phone": "phone"}  # fmt: skip
    columns = ", ".join(f"to_address_{name}" for name in names.values())
    row = db.execute(f"select order_key, {columns} from orders where order_number = %s", (number,)).fetchone()
    assert row, number
    items = db.execute(
        "select item_id, description, quantity, unit_price from order_items where order_key = %s order by item_no",
        (row[0],),
    ).fetchall()
    return {
        "orderNumber": number,
        "toAddress": dict(zip(names, row[1:], strict=True)),
        "items": [
            dict(zip(("itemId", "description", "quantity", "unitPrice"), item, strict=True)) for item in items
        ],
    }


def agrees(found: Any, wanted: Any) -> bool:
    """Whether what is wanted is there; numbers by their value."""
    if isinstance(wanted, dict):
        return all(agrees(found[key], value) for key, value in wanted.items() if key in found)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(agrees, found, wanted))
    if found is None or wanted is None or isinstance(found, str):
        return bool(found == wanted)
    return float(found) == float(wanted)


# --- The drafts of real files, with their questions answered, bring their orders in ---------------------


@pytest.mark.parametrize("case", READABLE)
def test_a_draft_with_its_questions_answered_brings_in_the_orders(
    case: str, command: Command, db: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(case)
    if format_of(file.name) is None and file.suffix == ".jsonl":
        pytest.skip("nobody reads JSON yet")
    drafted = command("sources", "draft", file, "--source", "shop")
    assert drafted.status == 0, drafted.err
    settings = tmp_path / "sources.toml"
    settings.write_text(answered(drafted.out, ANSWERS.get(case, ())), encoding="utf-8")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(settings))
    expected = json.loads((REAL / case / "expected.json").read_text(encoding="utf-8"))
    checked = command("sources", "check", file)
    result = command("run", "--direct", "--json", "--source", "shop", file)
    if expected.get("refused"):
        assert (checked.status, result.status) == (3, 3)
        assert db.execute("select count(*) from orders").fetchone() == (0,)
        return
    assert checked.status == 0, checked.err
    wanted = [order if isinstance(order, dict) else {"orderNumber": order} for order in expected["created"]]
    numbers = {row[0] for row in db.execute("select order_number from orders").fetchall()}
    assert numbers == {order["orderNumber"] for order in wanted}, result.out
    for order in wanted:
        assert agrees(stored(db, order["orderNumber"]), order)


@pytest.mark.parametrize("case", READABLE)
def test_a_draft_writes_nothing_to_the_database(
    case: str, command: Command, db: psycopg.Connection, tmp_path: Path
) -> None:
    before = db.execute("select count(*) from batches").fetchone()
    command("sources", "draft", file_of(case))
    assert db.execute("select count(*) from batches").fetchone() == before == (0,)
