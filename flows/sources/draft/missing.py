"""Asks for what no column gives: the sender's address, members that every order needs, the currency of amounts."""

import polars as pl

from flows.sources.draft.dates import is_date_name
from flows.sources.draft.sample import first_row, proof
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.toml_text import comment, text_of
from flows.sources.name_marks import named_currency
from validators.order_model import REQUIRED

_ADDRESS = {
    "company": "Your company", "addressLine1": "1 Your street", "cityTown": "Your city", "stateProvince": "NV",
    "postalCode": "00000", "countryCode": "US",
}  # fmt: skip

_IN_WORDS = {
    "orderNumber": "the order's number",
    "toAddress.addressLine1": "the street that it is sent to",
    "toAddress.cityTown": "the city that it is sent to",
    "toAddress.name": "the name of who it is sent to",
    "items.customProductId": "the item: its id or its name",
}
_AMOUNTS = ("items.unitPrice", "charges.gmv", "charges.subTotal", "charges.totalPaid")
_EURO = frozenset(
    ("AT", "BE", "BG", "HR", "CY", "EE", "FI", "FR", "DE", "GR", "IE", "IT", "LV", "LT", "LU", "MT", "NL", "PT", "SK", "SI", "ES")
)  # fmt: skip
_CURRENCIES = {
    "US": "USD",
    "GB": "GBP",
    "CA": "CAD",
    "CH": "CHF",
    "AU": "AUD",
    "PL": "PLN",
    "SE": "SEK",
    "MX": "MXN",
}
MOST_NAMED = 8


def ask_what_is_missing(draft: Draft) -> None:
    """Add questions for all of it; each stands in a comment with the line that answers it."""
    _ask_for_members(draft)
    _ask_for_currency(draft)
    _ask_for_address(draft)


def _ask_for_members(draft: Draft) -> None:
    for group in REQUIRED:
        if group[0].startswith("fromAddress.") or any(draft.fills(member) for member in group):
            continue
        if group[0] == "toAddress.countryCode":
            draft.defaults.append("# Question: which country are the orders sent to? No column says so.")
            draft.defaults.append('# "toAddress.countryCode" = "US"')
        else:
            _ask_for_column(draft, "items.itemId" if group[0].startswith("items.") else group[0], group[0])
    if not draft.gives("items.quantity") and not draft.gives("items.customProductId"):
        draft.defaults.append("# Question: no column says how many of an item are ordered: is it always one?")
        draft.defaults.append('# "items.quantity" = "1"')


def _ask_for_column(draft: Draft, member: str, group: str) -> None:
    likely = [name for name in draft.unused if not is_date_name(name)]
    told = ", ".join(text_of(name) for name in likely[:MOST_NAMED])
    among = f" Perhaps one of {told}?" if told else ""
    draft.columns.append(comment(f"Question: which column is {_IN_WORDS.get(group, group)}?{among}"))
    draft.columns.append(comment(f'"…" = "{member}"'))


def _ask_for_currency(draft: Draft) -> None:
    amounts = [slot for slot in draft.slots if slot.member in _AMOUNTS]
    names = [slot.name for slot in amounts]
    if not names and "items.unitPrice" in draft.given:  # as a pattern of items in a cell gives it
        names = ["items.unitPrice"]
    is_told = any("charges.currency" in line for line in draft.defaults)
    if not names or draft.gives("charges.currency") or is_told:
        return
    for slot in amounts:
        if code := named_currency(slot.name):
            draft.defaults.append(f'"charges.currency" = "{code}" {comment(slot.name)}')
            return
    signed = next((row for slot in amounts if (row := _with_sign(draft, slot))), "")
    told = (
        f"{signed}: which currency is it?"
        if signed
        else f"in which currency is {names[0]}? No column says so."
    )
    draft.defaults.append(comment(f"Question: {told}"))
    draft.defaults.append(f'# "charges.currency" = "{_likely_currency(draft)}"')


def _with_sign(draft: Draft, slot: Slot) -> str:
    """A cell that has a currency's sign."""
    return proof(first_row(slot.cells(draft.sample), pl.col("cell").str.contains(r"\p{Sc}")))


def _likely_currency(draft: Draft) -> str:
    from flows.sources.draft.places import stepped

    country = draft.slot("toAddress.countryCode")
    found = set(stepped(draft, country)["cell"].unique()) if country else set()
    if found and found <= _EURO:
        return "EUR"
    return _CURRENCIES.get(next(iter(found)), "USD") if len(found) == 1 else "USD"


def _ask_for_address(draft: Draft) -> None:
    left = [member for member in _ADDRESS if not draft.gives(f"fromAddress.{member}")]
    if not left or not {"company", "addressLine1", "cityTown", "countryCode"} & set(left):
        return
    draft.defaults.append(
        "# Question: where are the orders shipped from? Write the address here, without the #."
    )
    draft.defaults += [f'# "fromAddress.{member}" = {text_of(_ADDRESS[member])}' for member in left]
