"""Gives each column of a file that nobody knows the member that its name means, the better name before the worse."""

from collections.abc import Iterator

from flows.sources.draft.groups import find_groups
from flows.sources.draft.names_of_people import join_parts
from flows.sources.draft.slots import Draft, Slot, setting_names
from flows.sources.draft.words import BUYER, is_line_total, joined
from flows.sources.names import our_name
from flows.sources.synonyms import ALONE, Meaning, find_meaning, is_billing, weak_meaning
from validators.order_model import MEMBERS

_AS_METADATA = {"shippingPreferences.service": "metadata.shippingMethod"}
"""A shop's words for a way of shipping are no carrier's code, and longer than one may be."""

_WANTED = (
    "orderNumber", "toAddress.name", "toAddress.addressLine1", "toAddress.cityTown", "toAddress.postalCode",
    "toAddress.countryCode", "toAddress.stateProvince", "items.itemId", "items.description", "items.quantity",
    "items.unitPrice",
)  # fmt: skip
"""What a name that says too little is tried for, where no other column is it."""


def assign_columns(draft: Draft) -> None:
    """Fill in the draft's slots, joins and numbered groups; the columns that are left are of no use."""
    sample = draft.sample
    names = setting_names(sample.header)
    groups = find_groups(sample)
    in_groups = {place for slot in groups for place in slot.places}
    draft.slots += groups
    draft.repeat = {slot.name: slot.member for slot in groups}
    free = [at for at in range(len(names)) if at not in in_groups]
    parts = join_parts(draft, names, free)
    best = _best(draft, [at for at in free if at not in parts])
    for at, meaning in sorted(best.items()):
        own = our_name(sample.header[at]) is not None
        draft.slots.append(Slot(name=names[at], places=(at,), member=meaning.member, is_told=not own))
    _add_weak(draft, names, [at for at in free if at not in parts and at not in best])
    used = {place for slot in draft.slots for place in slot.places} | parts
    joined_names = {name for of, _ in draft.joins.values() for name in of}
    draft.unused = [name for at, name in enumerate(names) if at not in used and name not in joined_names]


def _best(draft: Draft, places: list[int]) -> dict[int, Meaning]:
    """For each member the column that says it best."""
    header = draft.sample.header
    candidates: dict[str, list[tuple[bool, int, int]]] = {}
    for at in places:
        found = _meaning(header[at])
        if found and not (draft.repeat and found.member.startswith("items.")):
            blank = draft.sample.is_blank(at)
            candidates.setdefault(found.member, []).append((blank, found.rank, at))
    best = {}
    for member, found_at in candidates.items():
        if member not in draft.joins:
            _, rank, at = min(found_at)
            best[at] = Meaning(member=member, rank=rank)
    return best


def _meaning(name: str) -> Meaning | None:
    own = our_name(name)
    if own:
        return Meaning(member=own, rank=-1)
    found = find_meaning(name)
    if found is None or (
        found.member == "charges.subTotal" and joined(name) in ("productstotal", "itemstotal")
    ):
        return found
    return Meaning(member=_AS_METADATA.get(found.member, found.member), rank=found.rank)


def _add_weak(draft: Draft, names: list[str], places: list[int]) -> None:
    """Columns with names that say little, where nothing better is there; each is asked about."""
    for at in sorted(places, key=draft.sample.is_blank):
        for member in _weak_members(draft.sample.header[at]):
            if not draft.gives(member) and not (draft.repeat and member.startswith("items.")):
                draft.slots.append(Slot(name=names[at], places=(at,), member=member, remark=_asked(member)))
                break


def _weak_members(name: str) -> Iterator[str]:
    if is_billing(name):
        return
    found = weak_meaning(name)
    if found and found.member in _WANTED and found.rank >= ALONE:
        yield found.member
    if joined(name) in BUYER:
        yield "toAddress.name"
    if is_line_total(name):
        yield "items.unitPrice"


def _asked(member: str) -> str:
    asked = {
        "orderNumber": "is this the number of the order?",
        "toAddress.name": "is this who it is sent to?",
        "items.unitPrice": "",
    }
    return asked.get(member, f"is this {member}?" if member in MEMBERS else "")
