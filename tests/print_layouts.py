"""From the shipped layouts to the table of docs/sources.md; run it after a change: `python tests/print_layouts.py`."""

import re
from pathlib import Path

from flows.sources.load import layout_names, load_layout, make_source

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "sources.md"
LAYOUTS = ROOT / "flows" / "sources" / "layouts"

AMOUNTS = ("charges.gmv", "charges.subTotal", "charges.totalPaid", "items.unitPrice")


def layout_table() -> str:
    """A row a layout: its name, the file it is for, names by which that is known, and what it leaves to its user."""
    rows = ["| layout | the file | known by | left to you |", "|---|---|---|---|"]
    for name in layout_names():
        known = ", ".join(f"`{column}`" for column in load_layout(name)["signature"][:3])
        rows.append(f"| `{name}` | {first_sentence(name)} | {known} | {left_to_user(name)} |")
    return "\n".join(rows)


def first_sentence(name: str) -> str:
    """What the head of its file says first."""
    lines = (LAYOUTS / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    head = " ".join(line.removeprefix("#").strip() for line in lines[: lines.index("")])
    return re.split(r"(?<=[\w)])\. ", head, maxsplit=1)[0].replace("|", "\\|")


def left_to_user(name: str) -> str:
    """What an order needs and the platform's file does not say."""
    source = make_source("the layouts", name, {"layout": name})
    given = {
        *(member for members in source.columns.values() for member in members),
        *source.join,
        *source.repeat.values(),
        *source.defaults,
        *source.if_blank,
    }
    needs_currency = given & set(AMOUNTS) and "charges.currency" not in given
    return "`fromAddress`" + (", `charges.currency`" if needs_currency else "")


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    start, end = page.index("| layout |"), page.index("\n\n", page.index("| layout |"))
    PAGE.write_text(page[:start] + layout_table() + page[end:], encoding="utf-8")
