"""Takes columns whose names say little where nothing better is there, and asks about each."""

from collections.abc import Iterator

from flows.sources.draft.fits import can_be
from flows.sources.draft.sample import Sample
from flows.sources.draft.sides import sides
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.words import BUYER, is_line_total, joined
from flows.sources.name_marks import asked_meaning, is_billing
from flows.sources.name_words import plain_words
from flows.sources.synonyms import find_meaning, weak_meaning
from flows.sources.word_meanings import ADDRESS_WORDS, ALONE
from validators.iso_codes import CURRENCIES
from validators.order_model import MEMBERS

_WANTED = (
    "orderNumber", "toAddress.name", "toAddress.addressLine1", "toAddress.cityTown", "toAddress.postalCode",
    "toAddress.countryCode", "toAddress.stateProvince", "items.itemId", "items.description", "items.quantity",
    "items.unitPrice", "charges.currency",
)  # fmt: skip
"""What a name that says too little is tried for, where no other column is it."""

_NUMBERS = ("no", "nr", "number", "nummer", "code", "id")
_CURRENCY = frozenset(
    ("currency", "curr", "cur", "waehrung", "wahrung", "devise", "moneda", "divisa", "valuta", "waluta")
)
_TITLES = ("name", "title", "titel", "titre")
"""What is the item's beside its other columns, and else anything's or somebody's."""

_PURCHASE_ORDERS = (
    "po",
    "ponumber",
    "ponum",
    "pono",
    "purchaseordernumber",
    "purchaseorder",
    "customerpo",
    "custpo",
)


def add_weak_columns(draft: Draft, names: list[str], places: list[int]) -> None:
    """Columns with names that say little, where nothing better is there; each is asked about."""
    of_whom = sides(draft.sample)
    found = [
        (draft.sample.is_blank(at), of_whom[at] if draft.sample.above else 0, rank, at, member)
        for at in places
        for rank, member in _weak_members(draft, at)
        if can_be(draft.sample, at, member)
    ]
    taken: set[int] = set()
    for *_, at, member in sorted(found):
        if at in taken or draft.gives(member) or (draft.repeat and member.startswith("items.")):
            continue
        taken.add(at)
        draft.slots.append(Slot(name=names[at], places=(at,), member=member, remark=_asked(member)))
    _number_by_reference(draft)


def _number_by_reference(draft: Draft) -> None:
    """A buyer's own number of the order is its number where no other column is."""
    reference = draft.slot("shippingReference.reference1")
    if reference and not draft.gives("orderNumber") and joined(reference.name) in _PURCHASE_ORDERS:
        reference.member, reference.remark = "orderNumber", _asked("orderNumber")


def _weak_members(draft: Draft, at: int) -> Iterator[tuple[int, str]]:
    """What a column may be, and how likely; the smaller the number, the likelier."""
    name = draft.sample.header[at]
    yield from ((4 * ALONE, member) for member in [asked_meaning(name)] if member)
    if is_billing(name):
        return
    found = weak_meaning(name)
    if found and found.member in _WANTED and found.rank >= ALONE:
        yield found.rank, found.member
    if joined(name) in BUYER:
        yield 0, "toAddress.name"
    if is_line_total(name):
        yield 0, "items.unitPrice"
    yield from _by_its_cells(draft, at)
    yield from _beside_others(draft, at)


def _by_its_cells(draft: Draft, at: int) -> Iterator[tuple[int, str]]:
    """What a name is by what stands in its column, or beside it: `#1001`, or the name of a product behind its id."""
    name, cells = joined(draft.sample.header[at]), draft.sample.cells(at)["cell"]
    if name == "name" and cells.len() and cells.str.contains("^#[0-9]").all():
        yield 2 * ALONE, "orderNumber"
    elif name in _NUMBERS and _is_beside_items(draft.sample, at):
        yield 3 * ALONE, "items.itemId"
    elif name in _TITLES and _is_beside_items(draft.sample, at):
        yield 3 * ALONE, "items.description"


def _beside_others(draft: Draft, at: int) -> Iterator[tuple[int, str]]:
    """What a column is by its cells and by what other columns are: a currency's codes, units beside a price, the rest of a street."""
    name, cells = draft.sample.header[at], draft.sample.cells(at)["cell"]
    words = set(plain_words(name).split())
    if words & _CURRENCY and cells.len() and cells.is_in(list(CURRENCIES)).all():
        yield 2 * ALONE, "charges.currency"
    is_units = cells.len() > 0 and cells.str.contains("^[1-9][0-9]{0,4}$").all()
    if "amount" in words and is_line_total(name) and is_units and draft.gives("items.unitPrice"):
        yield 2 * ALONE, "items.quantity"
    end = find_meaning(" ".join(plain_words(name).split()[-2:]))
    if end and end.member == "items.itemId" and len(words) > 2:  # noqa: PLR2004 - of two words that was looked at
        yield 4 * ALONE, "items.itemId"
    found = ADDRESS_WORDS.get(joined(name))
    if found and found.member == "addressLine2" and _is_behind_street(draft.sample, at):
        yield 2 * ALONE, "toAddress.addressLine2"


def _is_behind_street(sample: Sample, place: int) -> bool:
    """Whether one of the two columns before this one is a street; the other may be the number of its house."""
    before = [find_meaning(name) for name in sample.header[max(place - 2, 0) : place]]
    return any(found is not None and found.member.startswith("toAddress.addressLine") for found in before)


def _is_beside_items(sample: Sample, place: int) -> bool:
    """Whether a column of an item stands beside this one."""
    beside = [sample.header[at] for at in (place - 1, place + 1) if 0 <= at < len(sample.header)]
    return any(
        found.member.startswith("items.") for name in beside if (found := find_meaning(name)) is not None
    )


def _asked(member: str) -> str:
    asked = {
        "orderNumber": "is this the number of the order?",
        "toAddress.name": "is this who it is sent to?",
        "items.unitPrice": "",
    }
    return asked.get(member, f"is this {member}?" if member in MEMBERS else "")
