"""Joins what files keep apart: first and last names, streets and house numbers."""

from flows.sources.draft.slots import Draft
from flows.sources.draft.words import FIRST, HOUSE, LAST
from flows.sources.synonyms import find_meaning, is_billing, recipient_word


def join_parts(draft: Draft, names: list[str], places: list[int]) -> set[int]:
    """Add the joins to the draft; the places of columns that are used in no other way."""
    header = draft.sample.header
    free = [at for at in places if not is_billing(header[at])]
    return _join_names(draft, names, free) | _join_street(draft, names, free)


def _join_names(draft: Draft, names: list[str], places: list[int]) -> set[int]:
    header = draft.sample.header
    for of_recipient in (True, False):
        first = [at for at in places if recipient_word(header[at], FIRST) is of_recipient]
        last = [at for at in places if recipient_word(header[at], LAST) is of_recipient and at not in first]
        if not (first and last):
            continue
        whole = [
            at
            for at in places
            if (found := find_meaning(header[at]))
            and found.member == "toAddress.name"
            and at not in (*first, *last)
        ]
        if whole:
            return set()
        draft.joins["toAddress.name"] = ([names[first[0]], names[last[0]]], " ")
        # The names of who has no other are the buyer's too.
        return {first[0], last[0]} if of_recipient else set()
    return set()


def _join_street(draft: Draft, names: list[str], places: list[int]) -> set[int]:
    header = draft.sample.header
    houses = [at for at in places if recipient_word(header[at], HOUSE) is not None]
    streets = sorted(
        (found.rank, at)
        for at in places
        if (found := find_meaning(header[at]))
        and found.member == "toAddress.addressLine1"
        and at not in houses
    )
    if not (houses and streets):
        return set()
    street = streets[0][1]
    draft.joins["toAddress.addressLine1"] = ([names[street], names[houses[0]]], " ")
    return {street, houses[0]}
