"""Says whose the columns of an address are that stand twice under the same names: of the payer, or of the recipient."""

from flows.sources.draft.sample import Sample
from flows.sources.draft.words import BUYER, joined
from flows.sources.name_marks import is_billing
from flows.sources.name_words import plain_words
from flows.sources.synonym_words import TO, TO_NAME
from flows.sources.synonyms import find_meaning

RECIPIENT, NOBODY, PAYER = range(3)
"""The better side for where an order is sent to comes first."""

_ANYBODY = frozenset(("name", "fullname", "contact", "contactname"))


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
