"""Checks single members of an object that came in a cell; texts are trimmed and normalised in place."""

import re
import unicodedata
from collections.abc import Iterator

from validators import characters
from validators.json_faults import Fault
from validators.json_text import Json


def is_blank_entry(entry: Json) -> bool:
    """Whether it says nothing: null, a blank text, or an object of nothing else."""
    return all(map(is_blank_value, entry.values())) if isinstance(entry, dict) else is_blank_value(entry)


def is_blank_value(value: Json) -> bool:
    """Whether a value says nothing."""
    return value is None or (isinstance(value, str) and is_blank_text(value))


def is_blank_text(text: str) -> bool:
    """Whether nobody sees anything of it."""
    return re.match(characters.BLANK, text) is not None


def is_hidden(character: str) -> bool:
    """Whether it is one that nobody sees."""
    return not character.isascii() and character in characters.hidden_characters()


def trim_text(entry: dict[str, Json], name: str, longest: int) -> Iterator[Fault]:
    """Trim a member that must be text, in place, and say what is wrong with it; absent is fine."""
    if name not in entry:
        return
    if not isinstance(entry[name], str):
        yield Fault("is_text", name, "Write it as text, in quotes.")
        return
    seen = "" if is_blank_text(entry[name]) else entry[name]
    entry[name] = unicodedata.normalize("NFC", seen.strip(characters.SPACE))
    if len(entry[name]) > longest:
        yield Fault("fits_length", name, f"Shorten it to {longest} characters.")


def trim_required(entry: dict[str, Json], name: str, longest: int) -> Iterator[Fault]:
    """The same of a member that must be there."""
    yield from trim_text(entry, name, longest)
    if is_blank_value(entry.get(name)):
        yield Fault("is_present", name, "Fill it in.")


def given_text(entry: dict[str, Json], name: str, otherwise: str) -> str:
    """What a member says, `otherwise` where it is absent or blank."""
    value = entry.get(name, "")
    return otherwise if isinstance(value, str) and is_blank_text(value) else str(value)


def find_unknown(entry: dict[str, Json], names: tuple[str, ...]) -> Iterator[Fault]:
    """Warn of members that are none of these."""
    if entry.keys() - set(names):
        first = min(entry.keys() - set(names))
        yield unknown_member(first[:50], names)


def unknown_member(where: str, names: tuple[str, ...]) -> Fault:
    """The warning for it."""
    hint = f"Only {' and '.join(names)} are known here; it is kept as written."
    return Fault("is_known", where, hint, "warning")
