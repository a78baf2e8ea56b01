"""Finds a column that holds several items in a cell: `2x Mug; 1x Cap`, `SKU: A-1, Qty: 2 | SKU: B, Qty: 1`."""

from dataclasses import dataclass

import polars as pl

from flows.sources.draft.labels import json_pattern, labelled_pattern
from flows.sources.draft.lists_in_cells import ask_about_lists
from flows.sources.draft.sample import first_row, proof
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


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The pattern of an item, what stands between two, and what proves it."""

    between: str
    pattern: str
    proof: str


def find_items_in_cells(draft: Draft) -> None:
    """Add the pattern of the first column whose cells all have it, where no other columns are the items."""
    if draft.repeat:
        return
    if draft.gives("items.quantity") and draft.gives("items.itemId"):
        ask_about_lists(draft)
        return
    names = {
        slot.places[0]: slot.name
        for slot in draft.slots
        if slot.member in ("items.itemId", "items.description")
    }
    names |= dict(_unused(draft))
    for at, name in names.items():
        cells = draft.sample.cells(at)
        found = _in_json(cells) or _several(cells) or _one_each(cells)
        if found:
            _take(draft, name, found)
            return
    ask_about_lists(draft)


def _unused(draft: Draft) -> list[tuple[int, str]]:
    from flows.sources.draft.slots import setting_names

    names = enumerate(setting_names(draft.sample.header))
    return [(at, name) for at, name in names if name in draft.unused and _names_items(name)]


def _names_items(name: str) -> bool:
    words = plain_words(name)
    return any(each in words for each in NAMED)


def _several(cells: pl.DataFrame) -> _Found | None:
    """The pattern of cells of which some hold several items."""
    for between in BETWEEN:
        several = cells.filter(pl.col("cell").str.contains(between, literal=True))
        if several.is_empty():
            continue
        parts = cells["cell"].str.split(between).explode().str.strip_chars()
        parts = parts.filter(parts != "")
        labelled = labelled_pattern(parts)
        patterns = [labelled[1]] if labelled else PATTERNS
        for pattern in patterns:
            if parts.len() and parts.str.contains(rf"\A(?:{pattern})\z").all():
                row = (int(several["row_number"][0]), str(several["cell"][0]))
                return _Found(between=between, pattern=pattern, proof=proof(row))
    return None


def _in_json(cells: pl.DataFrame) -> _Found | None:
    """The pattern of cells that are lists of JSON objects: `[{"sku": "A-1", "quantity": 2}, …]`."""
    if cells.is_empty() or not cells["cell"].str.contains(r"(?s)^\[ ?\{.*\} ?\]$").all():
        return None
    for between in ("},{", "}, {"):
        several = first_row(cells, pl.col("cell").str.contains(between, literal=True))
        pattern = json_pattern(cells["cell"].str.split(between).explode().str.strip_chars())
        if pattern and several:
            return _Found(between=between, pattern=pattern, proof=proof(several))
    return None


def _one_each(cells: pl.DataFrame) -> _Found | None:
    """The pattern of cells whose labels say what it is though each holds one item."""
    labelled = labelled_pattern(cells["cell"])
    if labelled is None:
        return None
    inner, pattern = labelled
    question = "Question: no row has several items: what stands between them?"
    return _Found(between=";" if inner == "|" else "|", pattern=pattern, proof=question)


def _take(draft: Draft, name: str, found: _Found) -> None:
    others = [slot for slot in draft.slots if slot.member.startswith("items.")]
    draft.slots = [slot for slot in draft.slots if slot not in others]
    draft.unused = [each for each in (*draft.unused, *(slot.name for slot in others)) if each != name]
    members = ("itemId", "description", "quantity", "unitPrice")
    draft.given |= {f"items.{member}" for member in members if f"<{member}>" in found.pattern}
    draft.items.append(
        f"{text_of(name)} = {written({'between': found.between, 'pattern': found.pattern})} {comment(found.proof)}"
    )
