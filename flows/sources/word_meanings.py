"""Knows of each word of shops which member it means, alone and beside the words that say whose it is."""

from dataclasses import dataclass

from flows.sources.synonym_words import ADDRESS, FROM, HEAD, ITEM, ITEM_MEMBERS, ORDER, TO

ALONE = 500
"""How much less a name says that does not say whose it is: `city`, where another column is called `ship to city`."""


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """The member that a name means; of two names for one member that with the smaller `rank` says it better."""

    member: str
    rank: int


def _by_word(table: dict[str, str], prefix: str = "") -> dict[str, Meaning]:
    """The meaning of each word; of one that stands under two members that of the first, so the last are entered first."""
    return {
        word: Meaning(member=prefix + member, rank=rank)
        for member, words in reversed(table.items())
        for rank, word in reversed(list(enumerate(words.split())))
    }


ADDRESS_WORDS, ITEM_WORDS, HEAD_WORDS = _by_word(ADDRESS), _by_word(ITEM_MEMBERS, "items."), _by_word(HEAD)
_NUMBER_WORDS = ("number", "no", "nr", "nummer", "num", "numero", "reference")
_ORDER_WORDS = {
    **HEAD_WORDS,
    **{word: Meaning(member="orderNumber", rank=rank) for rank, word in enumerate(_NUMBER_WORDS)},
    **{word: Meaning(member="orderNumber", rank=ALONE) for word in ("id", "name")},
}
"""Beside `order`; an id or a name of an order is often one of the platform's own, beside the number that people know."""

Table = tuple[tuple[str, ...], dict[str, Meaning], str]
"""Words that say whose a member is, the words for members beside them, and what the members' names begin with."""

AT_THE_BEGINNING: tuple[Table, ...] = (
    (TO, ADDRESS_WORDS, "toAddress."),
    (FROM, ADDRESS_WORDS, "fromAddress."),
    (ITEM, ITEM_WORDS, ""),
    (ORDER, _ORDER_WORDS, ""),
)
_ONE_ITEM = tuple(word for word in ITEM if not word.endswith("s"))
"""At the end of a name; `number of items` is how many there are."""

AT_THE_END: tuple[Table, ...] = (
    (TO, ADDRESS_WORDS, "toAddress."),
    (_ONE_ITEM, ITEM_WORDS, ""),
    (ORDER, _ORDER_WORDS, ""),
)
INSIDE: dict[str, dict[str, str]] = {
    **{
        at.lower(): {word: f"{at}.{found.member}" for word, found in ADDRESS_WORDS.items()}
        for at in ("toAddress", "fromAddress")
    },
    "items": {word: found.member for word, found in ITEM_WORDS.items()},
}
"""By an object of ours the members in it, by their words."""
