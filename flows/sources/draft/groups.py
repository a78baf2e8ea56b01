"""Finds numbered groups of columns that are items: `Product Item 1 SKU`, `Product Item 2 SKU`."""

import re

from flows.sources.draft.sample import Sample
from flows.sources.draft.slots import Slot, setting_names
from flows.sources.draft.words import is_line_total
from flows.sources.source import MAX_GROUPS
from flows.sources.synonyms import find_meaning

_NUMBER = re.compile(r"(?<![0-9])([0-9]{1,3})(?![0-9])")


def find_groups(sample: Sample) -> list[Slot]:
    """A slot for each column of the groups that is a member of an item; none where an item is no group."""
    families: dict[str, dict[int, int]] = {}
    for place, name in enumerate(setting_names(sample.header)):
        found = _NUMBER.findall(name)
        if len(found) == 1 and 1 <= int(found[0]) <= MAX_GROUPS and "#" not in name:
            families.setdefault(_NUMBER.sub("#", name), {})[int(found[0])] = place
    slots: dict[str, Slot] = {}
    for name, places in sorted(families.items(), key=lambda family: is_line_total(_plain(family[0]))):
        member = _member(name)
        if member and member not in slots and (len(places) > 1 or _is_of_item(name)) and 1 in places:
            numbers = sorted(places)
            slots[member] = Slot(name=name, places=tuple(places[at] for at in numbers), member=member)
    # An address in two lines, or one tax, is no item: an item has a name or a number, and how many there are.
    named = {"items.itemId", "items.description", "items.customProductId"} & slots.keys()
    return list(slots.values()) if named and "items.quantity" in slots else []


def _member(name: str) -> str | None:
    plain = _plain(name)
    found = find_meaning(plain)
    if found and found.member.startswith("items."):
        return found.member
    return "items.unitPrice" if is_line_total(plain) else None


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]*#[\s_.-]*", " ", name).strip()


def _is_of_item(name: str) -> bool:
    return (
        re.match(r"(?i)(product|line|order)?[ _-]*(item|product|artikel|position|article)", name) is not None
    )
