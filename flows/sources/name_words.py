"""Takes the words of a column's name apart: without accents and signs, and what stands behind a beginning or before an end."""

import re
import unicodedata
from collections.abc import Iterator

from flows.sources.synonym_words import ITEM

_CONNECTING = re.compile(
    r"\b(para|el|de|du|des|del|de la|la|le|of|the|der|des|fur|for|di|della|dello|van|het|do|d|l|no|n)\b"
)

_OF_LINES = re.compile(
    r"(?:(?:order|so|po|bestell|auftrags) ?)?(?:line|pos|position|positions|ligne|linea|zeilen) ?(?:no|nr|num|number|nummer|numero|id)"
)

_NUMBER_OF = re.compile(
    r"(?i)^(?:#|(?:n|nr|no|num|numer|numero|número|numéro|nummer|number)(?:[.°º]\s*|\s+))\s*(?!of\b)(?:(?:de|del|della|di|do|du|der|d)\b['’ ]?\s*)?(?=\w{3})"
)


def numbers_lines(words: str) -> bool:
    """Whether a name says where a line stands in its order: no number of what is ordered."""
    return _OF_LINES.fullmatch(words) is not None


def number_of(name: str) -> str | None:
    """Of what a name says the number: `N° de commande` is that of a `commande`; that of `items`, or `no. of` any, is how many there are."""
    told = _NUMBER_OF.match(name.strip())
    rest = name.strip()[told.end() :] if told else ""
    return rest if rest and not rest.endswith("s") else None


def plain_words(name: str) -> str:
    """Lower case words without accents and signs: `Ship To - Address 1` is `ship to address 1`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    letters = unicodedata.normalize("NFKD", spaced.replace("ß", "ss")).encode("ascii", "ignore").decode()
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", letters.lower()).split())
    return re.sub(r"\be mail\b", "email", words)


def words_behind(words: str, prefixes: tuple[str, ...]) -> Iterator[str]:
    """What stands behind these beginnings, the longest first, as one word; of items also behind two of them."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if words.startswith(prefix) and len(words) > len(prefix):
            rest = words.removeprefix(prefix).strip()
            yield joined_words(rest)
            if prefixes is ITEM:
                yield from words_behind(rest, tuple(each for each in ITEM if " " not in each))


def words_before(words: str, ends: tuple[str, ...]) -> Iterator[str]:
    """What stands before these ends, the longest first, as one word."""
    for end in sorted(ends, key=len, reverse=True):
        if words.endswith(f" {end}"):
            yield joined_words(words.removesuffix(end))


def joined_words(words: str) -> str:
    """Words as one, without those that connect them."""
    return _CONNECTING.sub("", words).replace(" ", "") or words.replace(" ", "")
