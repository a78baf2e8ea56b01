"""Reads what a column's name says besides its member: whose address it is, a currency, that it may be another thing."""

import re

from flows.sources.name_words import plain_words, words_before, words_behind
from flows.sources.synonym_words import ASKED, BILL, TO
from validators.iso_codes import CURRENCIES

_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,4})[)\]]")

CURRENCY_SIGNS = {"€": "EUR", "£": "GBP", "zł": "PLN", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW", "฿": "THB", "₫": "VND",
                  "Kč": "CZK", "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "R$": "BRL", "HK$": "HKD", "₪": "ILS"}  # fmt: skip
"""Signs that one currency has; a `$` and a `kr` several have."""


def named_currency(name: str) -> str | None:
    """The currency that stands in brackets in a name: `Total (MXN)`, `Sale Price (€)`."""
    told = next((each.strip() for each in _IN_BRACKETS.findall(name)), "")
    return CURRENCY_SIGNS.get(told) or (told if told in CURRENCIES else None)


def without_brackets(name: str) -> str:
    """A name without a currency in brackets."""
    return _IN_BRACKETS.sub(" ", name)


def is_billing(name: str) -> bool:
    """Whether a name is one of the billing address."""
    words = plain_words(name)
    return words.startswith(BILL) or words.endswith((" billing", " facturation", " facturacion", " rechnung"))


def asked_meaning(name: str) -> str | None:
    """The member that a name may be, or not: it is taken only where no other column is it."""
    return ASKED.get(plain_words(name).replace(" ", ""))


def is_behind(name: str, whose: str) -> bool:
    """Whether a name begins or ends with these words for a recipient."""
    plain = plain_words(name)
    return plain.startswith(whose) or plain.endswith(f" {whose}")


def recipient_word(name: str, words: frozenset[str]) -> bool | None:
    """Whether a name is one of these words; True when it says that it is the recipient's, None when it is none."""
    plain = plain_words(name)
    if any(rest in words for rest in (*words_behind(plain, TO), *words_before(plain, TO))):
        return True
    return False if plain.replace(" ", "") in words else None
