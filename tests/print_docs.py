"""From the code to the tables of docs/; run it after a change: `python tests/print_docs.py`."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from doc_checks import check_table, reason_table
from doc_tables import column_table, member_table, module_table
from flows.database.tables import metadata

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def printed(page: str) -> str:
    """The page with each table as the code has it now."""
    pattern = re.compile(r"(<!-- printed from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    return pattern.sub(lambda found: f"{found[1]}\n{tables()[found[2]]}\n{found[3]}", page)


@cache
def tables() -> dict[str, str]:
    """Every table that a page may have, by the name in its marker."""
    made: dict[str, Iterable[str]] = {
        "members": member_table(),
        "checks": check_table(),
        "reasons": reason_table(),
        "modules": module_table(),
        **{name: column_table(name) for name in metadata.tables},
    }
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in made.items()}


if __name__ == "__main__":
    for file in sorted(DOCS.glob("*.md")):
        file.write_text(printed(file.read_text()))
