"""What becomes of each column is told before an import, beside its answers, and again from what the database keeps."""

import json
from pathlib import Path

import psycopg
import pytest

from conftest import Command

SETTINGS = """
[sources.shop]
unused = ["Colour"]
skip_rows = [{ column = "Line type", is = ["gift card"] }]
skip_orders = [{ column = "Status", is = ["cancelled"] }]
decimal = ","
[sources.shop.columns]
"Order" = "orderNumber"
"Mail" = ["customerInfo.email", "toAddress.email"]
"Street" = "toAddress.addressLine1"
"City" = "toAddress.cityTown"
"Country" = "toAddress.countryCode"
"Article" = "items.itemId"
"Qty" = "items.quantity"
"Price" = "items.unitPrice"
"Weight" = "items.unitWeight.weight"
[sources.shop.join]
"toAddress.name" = { of = ["First", "Last"], with = " " }
[sources.shop.cells]
"Country" = { values = "country-names" }
"Price" = { currency = "€", decimal = ",", divide_by = "Qty" }
[sources.shop.defaults]
"charges.currency" = "EUR"
"fromAddress.company" = "Hidden Warehouse"
"fromAddress.addressLine1" = "1 Hidden Street"
"fromAddress.cityTown" = "Bonn"
"fromAddress.countryCode" = "DE"
"""
HEADER = "Order,Status,Line type,Mail,First,Last,Street,City,Country,Article,Qty,Price,Colour,Seen by"
ROWS = """
1,open,goods,a@example.com,Ann,Sample,1 Road,Bonn,Germany,A,2,"5,00 €",red,me
1,,gift card,,,,,,,B,1,"9,00 €",,
2,cancelled,goods,b@example.com,Bo,Sample,2 Road,Bonn,Germany,A,1,"5,00 €",,
2,,goods,,,,,,,B,1,"5,00 €",,
"""
WANTED = {
    "Order": ("orderNumber", ""),
    "Mail": ("customerInfo.email, toAddress.email", ""),
    "First": ("toAddress.name", "joined"),
    "Last": ("toAddress.name", "joined"),
    "Country": ("toAddress.countryCode", "values"),
    "Qty": ("items.quantity", "a divisor"),
    "Price": ("items.unitPrice", "divide_by Qty"),
    "Colour": ("unused", ""),
    "Seen by": ("not known: not used", ""),
    "Status": ("", "looked at by skip_orders"),
    "Line type": ("", "looked at by skip_rows"),
    "Weight": ("set, but not in the file", ""),
    "charges.currency": ("", "default: EUR"),
    "fromAddress.addressLine1": ("", "default: (personal)"),
}


@pytest.fixture
def file(tmp_path: Path, environment: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of that source, whose settings are set."""
    (tmp_path / "sources.toml").write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("ORDER_IMPORT_SOURCES", str(tmp_path / "sources.toml"))
    path = tmp_path / "x.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return path


def assert_told(text: str) -> None:
    """Each column has its line, and no value of a person's stands anywhere."""
    for column, (member, steps) in WANTED.items():
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith(column)]
        assert any(member in line and steps in line for line in lines), (column, text)
    assert [word for word in ("Hidden", "a@example.com", "1 Road") if word in text] == []


def test_a_check_of_sources_says_what_becomes_of_each_column(command: Command, file: Path) -> None:
    answer = command("sources", "check", file)
    assert answer.status == 0
    assert_told(answer.out)


def test_a_dry_run_says_it_before_its_answers(command: Command, file: Path) -> None:
    answer = command("check", "--source", "shop", file)
    before, _, _ = answer.out.partition("\nfile ")
    assert_told(before)
    assert "x.csv: 3 rows were skipped; the report says by which rule." in answer.out
    json.loads(command("check", "--json", "--source", "shop", file).out)


def test_a_file_that_lacks_a_column_is_told_what_becomes_of_the_others(command: Command, file: Path) -> None:
    file.write_text((HEADER + ROWS).replace("Order,", "Number,"), encoding="utf-8")
    for words in (("sources", "check", file), ("check", "--source", "shop", file)):
        answer = command(*words)
        assert answer.status == 3
        line = next(line for line in answer.out.splitlines() if line.startswith("Order "))
        assert "set, but not in the file" in line
        assert "orderNumber" in answer.out + answer.err


def test_the_report_has_it_and_has_it_again_from_what_is_kept(
    command: Command, file: Path, db: psycopg.Connection
) -> None:
    dry = command("check", "--json", "--source", "shop", file).batch
    page = (Path(dry["report"]) / "report.html").read_text(encoding="utf-8")
    table = page[page.index("What becomes of each column") :]
    assert "set, but not in the file" in table
    assert "default: (personal)" in table
    run = command("run", "--direct", "--json", "--source", "shop", file).batch
    command("report", run["batch_id"])
    again = (Path(run["report"]) / "report.html").read_text(encoding="utf-8")
    assert again[again.index("What becomes of each column") :] == table
    for kept in (None, '{"of": "another version"}', '{"columns": {"Order": "orderNumbers"}}', "[]"):
        db.execute("update batches set settings = %s", (kept,))
        assert command("report", run["batch_id"]).status == 0
        page = (Path(run["report"]) / "report.html").read_text(encoding="utf-8")
        assert "What becomes of each column" not in page


def test_skipped_rows_are_told_by_rule(command: Command, file: Path) -> None:
    wanted = {"Line type is gift card": 1, "Status is cancelled": 2}
    for words in (("check",), ("run", "--direct")):
        batch = command(*words, "--json", "--source", "shop", file).batch
        report = Path(batch["report"])
        assert json.loads((report / "summary.json").read_text(encoding="utf-8"))["skipped_by_rule"] == wanted
        assert batch["rows"]["skipped"] == 3
        page = (report / "report.html").read_text(encoding="utf-8")
        assert page.count("Skipped by rule") == 1
        assert "Status is cancelled" in page


def test_columns_called_as_our_members_are_no_news(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "plain.csv"
    file.write_text("orderNumber,items.itemId\n1,A\n", encoding="utf-8")
    assert "What becomes of" not in command("check", file).out


@pytest.mark.parametrize(
    ("settings", "words", "status"),
    {
        "all is well": (SETTINGS, (), 0),
        "a key that nobody knows": (SETTINGS.replace("unused", "unusd"), (), 4),
        "no TOML": ("[sources", (), 4),
        "no settings": (None, (), 4),
        "no such path": (SETTINGS, ("none.csv",), 2),
        "a folder": (SETTINGS, (".",), 3),
        "another source": (SETTINGS, ("x.csv", "--source", "else"), 3),
        "the only source": (SETTINGS, ("x.csv",), 0),
        "no file that can be read": (SETTINGS, ("empty.csv",), 3),
        "one of several": (SETTINGS + '[sources.b]\nunused = ["*"]\n', ("x.csv", "--source", "shop"), 0),
        "none of several": (SETTINGS + '[sources.b]\nunused = ["*"]\n', ("x.csv",), 3),
    }.values(),
)
def test_the_exit_of_a_check_of_sources(
    settings: str | None,
    words: tuple[str, ...],
    status: int,
    command: Command,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file.with_name("empty.csv").write_bytes(b"")
    monkeypatch.chdir(file.parent)
    if settings is None:
        monkeypatch.delenv("ORDER_IMPORT_SOURCES")
    else:
        (file.parent / "sources.toml").write_text(settings, encoding="utf-8")
    answer = command("sources", "check", *words)
    assert answer.status == status, answer.err
    assert (answer.err == "") == (status == 0)


def test_a_file_of_the_drop_is_that_of_its_folder(command: Command, file: Path, data: Path) -> None:
    folder = data / "drop" / "shop"
    folder.mkdir(parents=True)
    file.rename(folder / "x.csv")
    assert command("sources", "check", folder / "x.csv").status == 0


@pytest.mark.parametrize("layout", ["shop", "shopify", "woocommerce", "ebay", "amazon"])
def test_the_template_of_a_source_has_every_column_of_its_own(
    layout: str, command: Command, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = command("template", "--layout", layout)
    assert template.status == 0
    own = f'[sources.{layout}]\nlayout = "{layout}"\n' if layout != "shop" else SETTINGS
    (tmp_path / "sources.toml").write_text(own, encoding="utf-8")
    empty = tmp_path / ("t.txt" if layout == "amazon" else "t.csv")
    empty.write_text(template.out, encoding="utf-8")
    answer = command("sources", "check", empty)
    assert "set, but not in the file" not in answer.out
    assert answer.status == 0, answer.err
