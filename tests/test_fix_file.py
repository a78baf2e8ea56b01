"""The fix file that comes back from a spreadsheet: read whatever it made of it, and held against the rows that were kept."""

import csv
from pathlib import Path

import psycopg
import pytest

from conftest import Answer, Command
from order_files import csv_text, row, write


def fix_file(answer: Answer) -> Path:
    return Path(answer.batch["report"]) / "rejected.csv"


def table(answer: Answer, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of its fix file."""
    with fix_file(answer).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def mended(rows: list[dict[str, str]], **cells: str) -> list[dict[str, str]]:
    """The rows with these cells on each; a quantity that is no number is mended too."""
    edits = {path.replace("__", "."): cell for path, cell in cells.items()}
    return [cells | {"items.quantity": cells["items.quantity"].replace("x", "5")} | edits for cells in rows]


# --- What a spreadsheet writes ---------------------------------------------------------------------------------

HABITS = {
    "semicolons": lambda rows: csv_text(rows, delimiter=";"),
    "tabs": lambda rows: csv_text(rows, delimiter="\t"),
    "bars": lambda rows: csv_text(rows, delimiter="|"),
    "commas": csv_text,
    "a mark, CRLF": lambda rows: "\ufeff" + csv_text(rows, delimiter=";", end="\r\n"),
    "every cell in quotes": lambda rows: csv_text(rows, delimiter=";", quoted=True),
    "blank columns behind": lambda rows: csv_text(rows, delimiter=";").replace("\n", ";;;\n"),
    "names in capitals": lambda rows: csv_text(rows, delimiter=";").replace("import_row", "IMPORT_ROW"),
}


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", ":"])
def test_it_is_read_whatever_stands_between_its_cells(
    command: Command,
    db: psycopg.Connection,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    habit: str,
    delimiter: str,
) -> None:
    """What its source's own files have there says nothing of it."""
    monkeypatch.setenv(
        "ORDER_IMPORT_SOURCES", str(write(data / "s.toml", f"[sources.default]\ndelimiter = '{delimiter}'"))
    )
    rows = [row("A-1", items__quantity="x", toAddress__addressLine1="1, Rue; d'|\tici: 2"), row("A-2")]
    first = command("run", "--direct", "--json", write(data / "x.csv", csv_text(rows, delimiter=delimiter)))
    told = table(first, delimiter if delimiter != ":" else ",")
    assert list(told[0])[-3:] == ["import_batch", "import_row", "import_findings"]
    assert (told[0]["import_batch"], told[0]["import_row"]) == (first.batch["batch_id"], "2")
    text = HABITS[habit](mended(told))
    for words in (("check", "--json"), ("run", "--direct", "--json")):
        answer = command(*words, write(data / "mended.csv", text))
        assert (answer.status, answer.batch["orders"]["created"]) == (0, 1), answer.batch["reason"]
    stored = "select to_address_address_line1, quantity from orders join order_items using (order_key) where order_number = 'A-1'"
    assert db.execute(stored).fetchall() == [("1, Rue; d'|\tici: 2", 5)]


def test_a_name_in_a_cell_makes_no_fix_file(command: Command, db: psycopg.Connection, data: Path) -> None:
    rows = [
        row("A-1", items__description="import_row;import_row"),
        row("A-2", items__description="import_row"),
    ]
    answer = command("run", "--direct", "--json", write(data / "x.csv", rows))
    assert (answer.status, answer.batch["orders"]["created"]) == (0, 2)
