"""Says whose the columns of an address are, the payer's or the recipient's, where a file has more than one address."""

from flows.sources.draft.sample import Sample
from flows.sources.draft.words import BUYER, joined
from flows.sources.name_marks import is_behind, is_billing
from flows.sources.name_words import plain_words
from flows.sources.synonym_words import TO, TO_NAME
from flows.sources.synonyms import find_meaning

RECIPIENT, NOBODY, PAYER = range(3)
"""The better side for where an order is sent to comes first."""

_ANYBODY = frozenset(("name", "fullname", "contact", "contactname"))
"""Of the words for a buyer those that a recipient has too: they begin no side."""


def sides(sample: Sample) -> list[int]:
    """The side of each column: by the row above the header, or by the name of a person before its street."""
    found, side = [], NOBODY
    for at, name in enumerate(sample.header):
        label = sample.above[at] if sample.above else ""
        side = _side_of_label(label) if label else _side_after(name, side)
        found.append(side)
    return found


def _side_of_label(label: str) -> int:
    if is_billing(label):
        return PAYER
    return RECIPIENT if plain_words(label) in (*TO, *TO_NAME) else NOBODY


def _side_after(name: str, side: int) -> int:
    """The side from this column on: a payer, a buyer or a recipient begins one, and an item ends it."""
    if is_billing(name) or joined(name) in BUYER - _ANYBODY:
        return PAYER
    found = find_meaning(name)
    if found is None or found.member.startswith("toAddress."):
        is_recipient = found is not None and found.member in ("toAddress.name", "toAddress.company")
        return RECIPIENT if is_recipient else side
    return NOBODY


def recipient_words(sample: Sample) -> str | None:
    """The words for a recipient that its street and its city both have, the longest ones: `shipping address`."""
    streets, cities = (
        [name for name in sample.header if _is(name, member)]
        for member in ("toAddress.addressLine1", "toAddress.cityTown")
    )
    for whose in sorted(TO, key=len, reverse=True):
        if all(any(is_behind(name, whose) for name in names) for names in (streets, cities)):
            return whose
    return None


def _is(name: str, member: str) -> bool:
    found = find_meaning(name)
    return found is not None and found.member == member


def city_place(sample: Sample) -> int | None:
    """Where the first column of a city stands that is not blank."""
    found = (at for at, name in enumerate(sample.header) if _is(name, "toAddress.cityTown"))
    return next((at for at in found if not sample.is_blank(at)), None)
