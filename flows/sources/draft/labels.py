"""Finds items in cells whose parts have labels: `Product SKU: A-1, Product Qty: 2, …`, `name:Mug|sku:A-1|quantity:2`."""

import re
from collections.abc import Iterator

import polars as pl

from flows.sources.draft.words import is_line_total
from flows.sources.synonyms import find_meaning, weak_meaning

INNER = (", ", "|", ";", "\n", ",")
"""What stands between the labels of an item."""

FEWEST = 3
"""Labels of an item: fewer have patterns of their own, or stand there by chance."""

_LABEL = r"[A-Za-z][A-Za-z0-9 _.#-]{0,40}?"
_ITEM = "items."
_READ = ("itemId", "description", "quantity", "unitPrice")


def labelled_pattern(parts: pl.Series) -> tuple[str, str] | None:
    """What stands between the labels of an item, and the pattern of one; None where all have not the same labels."""
    for inner in INNER:
        labels = _labels(parts, inner)
        members = _members(labels)
        if len(labels) < FEWEST or not members:
            continue
        between = _plain(inner).rstrip() + " ?"
        pattern = between.join(_labelled(label, members.get(label), label == labels[-1]) for label in labels)
        if parts.str.contains(rf"\A(?:{pattern})\z").all():
            return inner, pattern
    return None


def _labels(parts: pl.Series, inner: str) -> list[str]:
    """The labels of the first part that all parts have."""
    found = re.findall(rf"(?:^|{re.escape(inner)})\s*({_LABEL})\s*:", parts[0]) if parts.len() else []
    return [
        label
        for label in dict.fromkeys(found)
        if parts.str.contains(rf"(?:^|{_plain(inner)})\s*{_plain(label)}\s*:").all()
    ]


def _members(labels: list[str]) -> dict[str, str]:
    """The members of an item by the labels that say them best; none where they do not say which item and how many."""
    best: dict[str, tuple[int, str]] = {}
    for label in labels:
        for rank, member in _meanings(label):
            if member in _READ and (rank, label) < best.get(member, (rank + 1, label)):
                best[member] = rank, label
    members: dict[str, str] = {}
    for member, (_, label) in sorted(best.items(), key=lambda each: each[1]):
        members.setdefault(label, member)
    found = set(members.values())
    return members if "quantity" in found and found & {"itemId", "description"} else {}


def _meanings(label: str) -> Iterator[tuple[int, str]]:
    """Within an item `name` is the item's, and a total none of one piece."""
    if is_line_total(label):
        return
    for found in (find_meaning(label), find_meaning(f"item {label}"), weak_meaning(label)):
        if found and found.member.startswith(_ITEM):
            yield found.rank, found.member.removeprefix(_ITEM)


def _labelled(label: str, member: str | None, is_last: bool) -> str:
    """A label and what stands behind it, which may hold what stands between labels: `Mug, blue`."""
    value = "[0-9]+" if member == "quantity" else ".*" if is_last else ".*?"
    return f"{_plain(label)} ?: ?" + (f"(?P<{member}>{value})" if member else value)


def _plain(text: str) -> str:
    return re.escape(text).replace("\\ ", " ").replace("\\\n", "\\n")


def json_pattern(parts: pl.Series) -> str | None:
    """The pattern of one object of a JSON list, split between its objects; None where all have not the same keys."""
    keys = re.findall(r'"([A-Za-z_][A-Za-z0-9_ ]*)" ?:', parts[0]) if parts.len() else []
    members = _members(keys)
    if not members:
        return None
    fields = [_json_field(key, members.get(key)) for key in keys]
    pattern = r"\[? ?\{?" + ", ?".join(fields) + r"\}? ?\]?"
    return pattern if parts.str.contains(rf"\A(?:{pattern})\z").all() else None


def _json_field(key: str, member: str | None) -> str:
    value = "[0-9]+" if member == "quantity" else r'[^"\\]*?'  # of \" and \u00fc a pattern makes no letters
    return f'"{_plain(key)}" ?: ?"?' + (f"(?P<{member}>{value})" if member else value) + '"?'
