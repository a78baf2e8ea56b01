"""Looks at the cells of a column for whether they can be what its name says."""

from collections.abc import Callable

import polars as pl

from flows.sources.draft.sample import Sample
from flows.sources.draft.words import BETWEEN_THESE, CANCELLED, SHIPPED, WAITING, says
from flows.sources.name_words import plain_words
from flows.sources.synonyms import find_meaning

_DIGITS = r"^[0-9 ./-]+$"
_WHOLE_ADDRESS = r"(?s)^[^,\n]+[,\n][^,\n]*[0-9][^,\n]*[,\n].*[0-9]"
"""A name, a street with its number and more behind it, all in a cell."""

SHORTEST_CODE = 4
"""Characters of a postal code: fewer stand in a street by chance."""

COUNTED_BY = (1, 10, 100, 1000)
"""The steps in which systems number the lines of an order."""


def can_be(sample: Sample, place: int, member: str) -> bool:
    """Whether the cells of a column can be this member: no name is a number, and no state of a country that of an order."""
    if sample.is_blank(place):  # a blank address of ours would stand in the way of that in the settings
        return not (member.startswith("fromAddress.") and sample.rows.height)
    looks_like_it = _LOOKS.get(member)
    return looks_like_it is None or looks_like_it(sample, place)


def _is_name(sample: Sample, place: int) -> bool:
    cells = sample.cells(place)["cell"]
    return not bool(cells.str.contains(_DIGITS).all() or cells.str.contains(_WHOLE_ADDRESS).all())


def _is_state(sample: Sample, place: int) -> bool:
    cells = sample.cells(place)["cell"].unique()
    of_orders = CANCELLED | SHIPPED | WAITING | BETWEEN_THESE
    return not any(says(cell, of_orders) and not says(cell, BETWEEN_THESE) for cell in cells)


def _is_quantity(sample: Sample, place: int) -> bool:
    return bool(sample.cells(place)["cell"].str.contains("[0-9]").any())


def _is_street(sample: Sample, place: int) -> bool:
    """Whether not every cell is a whole address, in which the postal code of its row stands that another column has."""
    cell = pl.col(str(place))
    for at, name in enumerate(sample.header):
        found = find_meaning(name)
        if at == place or found is None or found.member != "toAddress.postalCode":
            continue
        code = pl.col(str(at))
        both = sample.rows.filter(cell.is_not_null() & (code.str.len_chars() >= SHORTEST_CODE))
        if both.height and both.select(cell.str.contains(code, literal=True).all()).item():
            return False
    return True


def _is_item(sample: Sample, place: int) -> bool:
    """Whether a column does not number the lines of each order: 1, 2, 3, 1, 2 or 10, 20, 10."""
    number = sample.cells(place)["cell"].cast(pl.Float64, strict=False)
    if number.null_count() or number.n_unique() == 1 or number[0] not in COUNTED_BY:
        return True
    step = number[0]
    goes_on = (number == step) | (number == number.shift(1) + step)
    return not goes_on.fill_null(value=True).all()


def _is_of_address(sample: Sample, place: int) -> bool:
    """Whether `from` or `to` are not those of a mail or a payment: something else of an address is called so too."""
    whose = plain_words(sample.header[place]).partition(" ")[0]
    others = (find_meaning(name) for name in sample.header if plain_words(name).startswith(f"{whose} "))
    parts = {found.member.rpartition(".")[2] for found in others if found and "Address." in found.member}
    return whose not in ("from", "to") or bool(parts - {"email"})


_LOOKS: dict[str, Callable[[Sample, int], bool]] = {
    "toAddress.name": _is_name,
    "toAddress.company": _is_name,
    "toAddress.cityTown": _is_name,
    "fromAddress.name": _is_name,
    "fromAddress.company": _is_name,
    "toAddress.stateProvince": _is_state,
    "toAddress.addressLine1": _is_street,
    "toAddress.email": _is_of_address,
    "fromAddress.email": _is_of_address,
    "items.itemId": _is_item,
    "items.quantity": _is_quantity,
}
"""How a member's cells have to look; of all others nothing is known."""
