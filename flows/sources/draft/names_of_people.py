"""Joins what files keep apart: first and last names, streets and house numbers."""

from flows.sources.draft.fits import can_be
from flows.sources.draft.slots import Draft
from flows.sources.draft.toml_text import comment
from flows.sources.draft.words import FIRST, HOUSE, HOUSE_ADDITION, HOUSE_BESIDE, LAST, joined
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
    houses = houses or [at for at in places if _is_beside_street(draft, at)]
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
    parts += [at for at in places if _is_addition(draft, at)][:1]
    draft.joins["toAddress.addressLine1"] = ([names[at] for at in parts], " ")
    return set(parts)


def _is_beside_street(draft: Draft, at: int) -> bool:
    """Whether a column is called a number, stands behind a street, and holds what numbers of houses are: `12`, `5a`."""
    before = find_meaning(draft.sample.header[at - 1]) if at else None
    if before is None or before.member != "toAddress.addressLine1":
        return False
    cells = draft.sample.cells(at)["cell"]
    whose = recipient_word(draft.sample.header[at], HOUSE_BESIDE)
    street = draft.sample.cells(at - 1)["cell"]
    # A `number` of anything is a house's where no street has one of its own.
    is_number = whose or (whose is False and not street.str.contains("[0-9]").any())
    is_number = is_number and cells.len() > 0
    return is_number and bool(cells.str.contains(r"^[0-9]{1,5} ?[A-Za-z]?$").all())


def _is_addition(draft: Draft, at: int) -> bool:
    return recipient_word(draft.sample.header[at], HOUSE_ADDITION) is not None
