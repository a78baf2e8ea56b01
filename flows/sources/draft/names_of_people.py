"""Joins what files keep apart: first and last names, streets and house numbers."""

from flows.sources.draft.fits import can_be
from flows.sources.draft.slots import Draft
from flows.sources.draft.toml_text import comment
from flows.sources.draft.words import FIRST, HOUSE, HOUSE_ADDITION, LAST, joined
from flows.sources.name_marks import is_billing, recipient_word
from flows.sources.synonyms import find_meaning


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
            and can_be(draft.sample, at, "toAddress.name")
        ]
        if whole:
            return set()
        draft.joins["toAddress.name"] = ([names[first[0]], names[last[0]]], " ")
        if joined(header[first[0]]).startswith(("customer", "buyer")):
            draft.columns.append(
                comment("Question: toAddress.name is the buyer's, for no other is there: is it sent to them?")
            )
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
    parts = [streets[0][1], houses[0]]
    parts += [at for at in places if recipient_word(header[at], HOUSE_ADDITION) is not None][:1]
    draft.joins["toAddress.addressLine1"] = ([names[at] for at in parts], " ")
    return set(parts)
