"""From the code to the tables of docs/; run it after a change: `python tests/print_docs.py`."""

import re
from collections.abc import Iterable
from pathlib import Path

from doc_checks import check_table, reason_table
from doc_tables import column_table, member_table, module_table
from flows.database.tables import metadata

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def printed(page: str) -> str:
    """The page with each table as the code has it now."""
    for name, lines in tables().items():
        pattern = re.compile(rf"(<!-- printed from the code: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = "".join(f"{line}\n" for line in lines)
        page = pattern.sub(lambda found, text=text: f"{found[1]}\n{text}\n{found[2]}", page)
    return page


def tables() -> dict[str, Iterable[str]]:
    """Every table that a page may have, by the name in its marker."""
    return {
        "members": member_table(),
        "checks": check_table(),
        "reasons": reason_table(),
        "modules": module_table(),
        **{name: column_table(name) for name in metadata.tables},
    }


if __name__ == "__main__":
    for file in sorted(DOCS.glob("*.md")):
        file.write_text(printed(file.read_text()))
