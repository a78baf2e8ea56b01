"""Looks at the cells of a column for whether they can be what its name says."""

from flows.sources.draft.sample import Sample
from flows.sources.draft.words import CANCELLED, SHIPPED, says

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
