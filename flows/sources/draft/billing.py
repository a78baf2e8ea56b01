"""Offers the billing address where rows have no other."""

import polars as pl

from flows.sources.draft.slots import Draft, setting_names
from flows.sources.draft.toml_text import comment, written
from flows.sources.name_marks import is_billing
from flows.sources.name_words import plain_words
from flows.sources.synonym_words import BILL
from flows.sources.synonyms import find_meaning

_ADDRESS = ("addressLine1", "addressLine2", "cityTown", "stateProvince", "postalCode", "countryCode")


def ask_about_billing(draft: Draft) -> None:
    """Ask whether what has no address to ship to goes to the billing address, where the file has one."""
    if draft.layout:
        return
    billing = _billing_columns(draft)
    if not billing:
        return
    shipping = {
        slot.member.removeprefix("toAddress."): slot
        for slot in draft.slots
        if slot.member.startswith("toAddress.")
    }
    pairs = [
        (shipping[member], billing[member]) for member in _ADDRESS if member in shipping and member in billing
    ]
    if not pairs:
        _offer(draft, billing)
        return
    where, take = [slot.name for slot, _ in pairs], [name for _, (_, name) in pairs]
    blank = pl.all_horizontal(pl.col(str(slot.places[0])).is_null() for slot, _ in pairs)
    filled = pl.any_horizontal(pl.col(str(at)).is_not_null() for _, (at, _) in pairs)
    found = draft.sample.rows.filter(blank & filled).head(1)
    if found.height:
        row = found["row_number"][0]
        draft.fallback += [
            comment(
                f"Question: row {row} has a billing address only: is it sent there? (An order's later rows may be blank.)"
            ),
            "# [[FALLBACK]]",
            f"# where = {written(where)}",
            f"# take = {written(take)}",
        ]


def _billing_columns(draft: Draft) -> dict[str, tuple[int, str]]:
    """By the member of an address: the place and the name of the column."""
    found: dict[str, tuple[int, str]] = {}
    for at, name in enumerate(setting_names(draft.sample.header)):
        if not is_billing(name):
            continue
        plain = plain_words(name)
        rest = next((plain.removeprefix(each) for each in BILL if plain.startswith(each)), plain)
        rest = rest.removeprefix("ing").removeprefix("s").strip().removeprefix("to ")
        meant = find_meaning(f"ship to {rest.strip()}")
        if meant and meant.member.startswith("toAddress."):
            found.setdefault(meant.member.removeprefix("toAddress."), (at, name))
    return found


def _offer(draft: Draft, billing: dict[str, tuple[int, str]]) -> None:
    if draft.gives("toAddress.addressLine1"):
        return
    draft.columns.append(comment("Question: the file has a billing address only: is it sent there?"))
    draft.columns += [
        comment(f'{written(name)} = "toAddress.{member}"') for member, (_, name) in billing.items()
    ]
