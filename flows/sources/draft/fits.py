"""Looks at the cells of a column for whether they can be what its name says, and which column is nearest to the others."""

from flows.sources.draft.sample import Sample
from flows.sources.draft.words import CANCELLED, SHIPPED, says
from flows.sources.name_marks import is_behind
from flows.sources.synonym_words import TO
from flows.sources.synonyms import find_meaning

_NAMES = (
    "toAddress.name",
    "toAddress.company",
    "toAddress.cityTown",
    "fromAddress.name",
    "fromAddress.company",
)
_DIGITS = r"^[0-9 ./-]+$"
_WHOLE_ADDRESS = r"(?s)^[^,\n]+[,\n][^,\n]*[0-9][^,\n]*[,\n].*[0-9]"
"""A name, a street with its number and more behind it, all in a cell."""


def can_be(sample: Sample, place: int, member: str) -> bool:
    """Whether the cells of a column can be this member: no name is a number, and no state of a country that of an order."""
    cells = sample.cells(place)["cell"]
    if cells.is_empty():  # a blank address of ours would stand in the way of that in the settings
        return not (member.startswith("fromAddress.") and sample.rows.height)
    if member in _NAMES:
        return not bool(cells.str.contains(_DIGITS).all() or cells.str.contains(_WHOLE_ADDRESS).all())
    if member == "toAddress.stateProvince":
        return not any(says(cell, CANCELLED | SHIPPED) for cell in cells.unique())
    if member == "items.quantity":
        return bool(cells.str.contains("[0-9]").any())
    return True


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


def is_beside_items(sample: Sample, place: int) -> bool:
    """Whether a column of an item stands beside this one."""
    beside = [sample.header[at] for at in (place - 1, place + 1) if 0 <= at < len(sample.header)]
    return any(
        found.member.startswith("items.") for name in beside if (found := find_meaning(name)) is not None
    )
