"""Finds a column that holds several items in a cell: `2x Mug; 1x Cap`, `SKU: A-1, Qty: 2 | SKU: B, Qty: 1`."""

import polars as pl

from flows.sources.draft.sample import proof
from flows.sources.draft.slots import Draft
from flows.sources.draft.toml_text import comment, text_of, written
from flows.sources.name_words import plain_words

BETWEEN = ("|", ";", "\n", ",", "/")

NAMED = (
    "item",
    "product",
    "article",
    "artikel",
    "produkt",
    "produit",
    "sku",
    "detail",
    "line",
    "position",
    "content",
    "articulo",
)
"""Words in the names of such columns; other cells may look the same by chance, as times do."""

PATTERNS = (
    r"(?i:sku): ?(?P<itemId>[^,;|]*)[,;] ?(?i:qty|quantity): ?(?P<quantity>[0-9]+)",
    r"(?P<quantity>[0-9]+) ?[x×] ?(?P<description>.+)",
    r"(?P<itemId>[A-Za-z0-9._-]*[A-Za-z0-9]) ?[*x×] ?(?P<quantity>[0-9]+)",
    r"(?P<description>.+?) ?[*x×] ?(?P<quantity>[0-9]+)",
    r"(?P<description>.+?) \((?P<quantity>[0-9]+)\)",
    r"(?P<itemId>[A-Za-z0-9._-]+):(?P<quantity>[0-9]+)",
)
"""What such cells look like; each has to match every part of every cell."""


def find_items_in_cells(draft: Draft) -> None:
    """Add the pattern of the first column whose cells all have it, where no other columns are the items."""
    if draft.repeat or (draft.gives("items.quantity") and draft.gives("items.itemId")):
        return
    names = {
        slot.places[0]: slot.name
        for slot in draft.slots
        if slot.member in ("items.itemId", "items.description")
    }
    names |= dict(_unused(draft))
    for at, name in names.items():
        found = _pattern(draft.sample.cells(at))
        if found:
            _take(draft, name, found)
            return


def _unused(draft: Draft) -> list[tuple[int, str]]:
    from flows.sources.draft.slots import setting_names

    names = enumerate(setting_names(draft.sample.header))
    return [(at, name) for at, name in names if name in draft.unused and _names_items(name)]


def _names_items(name: str) -> bool:
    words = plain_words(name)
    return any(each in words for each in NAMED)


def _pattern(cells: pl.DataFrame) -> tuple[str, str, tuple[int, str]] | None:
    """What stands between the items, the pattern of one, and a row that shows it."""
    for between in BETWEEN:
        several = cells.filter(pl.col("cell").str.contains(between, literal=True))
        if several.is_empty():
            continue
        parts = cells["cell"].str.split(between).explode().str.strip_chars()
        parts = parts.filter(parts != "")
        for pattern in PATTERNS:
            if parts.len() and parts.str.contains(rf"\A(?:{pattern})\z").all():
                return between, pattern, (int(several["row_number"][0]), str(several["cell"][0]))
    return None


def _take(draft: Draft, name: str, found: tuple[str, str, tuple[int, str]]) -> None:
    between, pattern, row = found
    draft.slots = [slot for slot in draft.slots if not slot.member.startswith("items.")]
    draft.unused = [each for each in draft.unused if each != name]
    draft.given |= {
        f"items.{member}" for member in ("itemId", "description", "quantity") if f"<{member}>" in pattern
    }
    draft.items.append(
        f"{text_of(name)} = {written({'between': between, 'pattern': pattern})} {comment(proof(row))}"
    )
