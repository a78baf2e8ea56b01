"""Finds the member that a column's name means: by meaning, in the words of eight languages, then by letters."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from flows.sources.name_marks import is_billing, named_currency, without_brackets
from flows.sources.name_words import (
    joined_words,
    number_of,
    numbers_lines,
    plain_words,
    words_before,
    words_behind,
)
from flows.sources.names import canonical
from flows.sources.synonym_words import ALONE_TOO_LITTLE, ITEM_TOO_LITTLE, TO_NAME
from flows.sources.word_meanings import (
    ADDRESS_WORDS,
    ALONE,
    AT_THE_BEGINNING,
    AT_THE_END,
    HEAD_WORDS,
    INSIDE,
    ITEM_WORDS,
    Meaning,
    Table,
)
from validators.order_model import MEMBERS

_OF_AMOUNTS = re.compile(
    r"\b(ht|ttc|netto|brutto|net|gross|eur|euro|usd|gbp|chf|with(?:out)? (?:tax|vat)|(?:(?:tax|vat|mwst|ust|iva|btw) )?(?:in|ex)(?:c|cl|kl|clusive|cluding|clusa)?\b(?: (?:tax|vat|mwst|ust|iva|btw))?)\b"
)
_OURS = {path.lower(): path for path in MEMBERS}


def meant_member(name: str) -> str | None:
    """The member that a name means by its words; None where they say nothing, or another thing (a billing address)."""
    found = find_meaning(name)
    return found.member if found else None


def find_meaning(name: str) -> Meaning | None:
    """The same, and how well the name says it."""
    words = plain_words(name)
    joined = words.replace(" ", "")
    if joined in HEAD_WORDS:
        return HEAD_WORDS[joined]
    if is_billing(name) or numbers_lines(words):
        return None
    return (
        _behind_a_beginning(words)
        or _before_an_end(words)
        or _alone(joined)
        or _alone(joined_words(words))
        or _amount(words)
        or _numbered(words)
        or _of_number(name)
        or _of_currency(name)
        or _of_alternatives(name)
    )


def _amount(words: str) -> Meaning | None:
    """What a name means that also says in which currency, or whether with taxes: `Prix HT`, `Total (EUR)`."""
    plain = " ".join(_OF_AMOUNTS.sub(" ", words).split())
    found = find_meaning(plain) if plain and plain != words else None
    return found if found and found.member.startswith(("charges.", "items.unitPrice")) else None


def _numbered(words: str) -> Meaning | None:
    """What a name means whose line of a street stands behind all else: `adresse de livraison 2`."""
    line = re.fullmatch(r"(.+) ([123])", words)
    found = find_meaning(line[1]) if line else None
    if not line or not found or not found.member.endswith(".addressLine1"):
        return None
    return Meaning(member=f"{found.member.removesuffix('1')}{line[2]}", rank=found.rank)


def _of_number(name: str) -> Meaning | None:
    """What a name means that begins with the word for a number: `N° de commande`, `# de venta`, `Nr. ordine`."""
    rest = number_of(name)
    return find_meaning(f"{rest} number") if rest else None


def _of_currency(name: str) -> Meaning | None:
    return find_meaning(without_brackets(name)) if named_currency(name) else None


def _of_alternatives(name: str) -> Meaning | None:
    """What a name means that gives several words for one member: `Town/City`, `UPC/EAN`, `Address Line 2/District`."""
    words = name.split("/")
    if len(words) == 1:
        return None
    found = [each for word in words if (each := find_meaning(word))]
    if len({each.member for each in found}) != 1:
        return None
    # A word that nobody knows beside the known one is another for the same place; of items it may be anything.
    return found[0] if len(found) > 1 or found[0].member.startswith("toAddress.") else None


def weak_meaning(name: str) -> Meaning | None:
    """What a name that says too little by itself may mean, where no other column does: `Land`, `ID`, `Name`."""
    joined = plain_words(name).replace(" ", "")
    if joined in ("id", "number", "no", "nr", "nummer", "num"):
        return Meaning(member="orderNumber", rank=2 * ALONE + (joined == "id"))
    if joined in ADDRESS_WORDS:
        found = ADDRESS_WORDS[joined]
        return Meaning(member=f"toAddress.{found.member}", rank=found.rank + 2 * ALONE)
    item = ITEM_WORDS.get(joined)
    return item and Meaning(member=item.member, rank=item.rank + 2 * ALONE)


def _behind_a_beginning(words: str) -> Meaning | None:
    """What a name means that begins with whose it is: `ship to city`, `lineitem sku`, `order total`."""
    if words in TO_NAME:
        return Meaning(member="toAddress.name", rank=ALONE)
    return next(_meanings(words, AT_THE_BEGINNING, words_behind), None)


def _before_an_end(words: str) -> Meaning | None:
    """What a name means that ends with whose it is: `City (Shipping)`, `ville de livraison`, `nom du produit`."""
    return next(_meanings(words, AT_THE_END, words_before), None)


def _meanings(
    words: str, tables: tuple[Table, ...], rests: Callable[[str, tuple[str, ...]], Iterator[str]]
) -> Iterator[Meaning]:
    """What a name may mean, by the words that are left of it without those that say whose it is."""
    for whose, table, at in tables:
        for rest in rests(words, whose):
            if rest in table:
                yield Meaning(member=at + table[rest].member, rank=table[rest].rank)


def _alone(joined: str) -> Meaning | None:
    if joined in ADDRESS_WORDS and joined not in ALONE_TOO_LITTLE:
        found = ADDRESS_WORDS[joined]
        member = "customerInfo.email" if found.member == "email" else f"toAddress.{found.member}"
        return Meaning(member=member, rank=found.rank + ALONE)
    if joined in ("email", "emailaddress", "mail"):
        return Meaning(member="customerInfo.email", rank=ALONE)
    return ITEM_WORDS.get(joined) if joined not in ITEM_TOO_LITTLE else None


def near_member(name: str) -> str | None:
    """The member that a name means, or else the one that is written most alike."""
    meant = meant_member(name) or _meant_inside(name)
    if meant:
        return meant
    near = get_close_matches(canonical(name), _OURS, n=1)
    return _OURS[near[0]] if near else None


def _meant_inside(name: str) -> str | None:
    """What a member means that stands in an object of ours: `toAddress.state`, `items.sku`."""
    inside, _, word = canonical(name).rpartition(".")
    return INSIDE.get(inside, {}).get(plain_words(word).replace(" ", ""))
