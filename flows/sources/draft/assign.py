"""Gives each column of a file that nobody knows the member that its name means, the better name before the worse."""

from typing import NamedTuple

from flows.sources.draft.fits import can_be
from flows.sources.draft.groups import find_groups
from flows.sources.draft.names_of_people import join_parts
from flows.sources.draft.sides import city_place, recipient_words, sides
from flows.sources.draft.slots import Draft, Slot, setting_names
from flows.sources.draft.weak import add_weak_columns
from flows.sources.draft.words import joined
from flows.sources.name_marks import is_behind
from flows.sources.names import our_name
from flows.sources.synonyms import find_meaning
from flows.sources.word_meanings import Meaning

_AS_METADATA = {"shippingPreferences.service": "metadata.shippingMethod"}
"""A shop's words for a way of shipping are no carrier's code, and longer than one may be."""


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
    for at, (member, others) in sorted(best.items()):
        own = our_name(sample.header[at]) is not None
        remark = _rather_than([names[other] for other in others], member)
        draft.slots.append(Slot(name=names[at], places=(at,), member=member, is_told=not own, remark=remark))
    add_weak_columns(draft, names, [at for at in free if at not in parts and at not in best])
    used = {place for slot in draft.slots for place in slot.places} | parts
    joined_names = {name for of, _ in draft.joins.values() for name in of}
    draft.unused = [name for at, name in enumerate(names) if at not in used and name not in joined_names]


class _Rank(NamedTuple):
    """How well a column is a member: the smallest is the best one, by its parts in this order."""

    is_elsewhere: bool  # of another address than the recipient's
    side: int
    is_blank: bool
    by_name: int
    from_city: int  # columns between it and the recipient's city
    place: int

    @property
    def likeness(self) -> tuple[bool, int, bool, int]:
        """All but where it stands: of two that are equal in this only their owner knows which it is."""
        return self[:4]


def _best(draft: Draft, places: list[int]) -> dict[int, tuple[str, list[int]]]:
    """For each member the column that says it best, and the other ones that are filled."""
    sample = draft.sample
    whose, city, of_whom = recipient_words(sample), city_place(sample), sides(sample)
    candidates: dict[str, list[_Rank]] = {}
    for at in places:
        found = _meaning(sample.header[at])
        if not found or (draft.repeat and found.member.startswith("items.")):
            continue
        if not can_be(sample, at, found.member):
            continue
        of_recipient = found.member.startswith("toAddress.")
        rank = _Rank(
            is_elsewhere=of_recipient and whose is not None and not is_behind(sample.header[at], whose),
            side=of_whom[at] if of_recipient else 0,
            is_blank=sample.is_blank(at),
            by_name=found.rank,
            from_city=abs(at - city) if of_recipient and city is not None else 0,
            place=at,
        )
        candidates.setdefault(found.member, []).append(rank)
    best = {}
    for member, found_at in candidates.items():
        if member not in draft.joins:
            first, *others = sorted(found_at)
            # Of streets those are told that are as good: whose they are nothing says.
            told = [
                each for each in others if each.likeness == first.likeness or not member.endswith("Line1")
            ]
            best[first.place] = member, [each.place for each in told if not each.is_blank]
    return best


def _rather_than(names: list[str], member: str) -> str:
    """What else may be a number of the order or the item, or the street: only their owner knows which."""
    if names and member == "toAddress.addressLine1":
        return f"or is the order sent to {', '.join(names)}?"
    return f"rather than {', '.join(names)}" if names and member in ("orderNumber", "items.itemId") else ""


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
