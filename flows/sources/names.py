"""Compares column names: in NFC, trimmed, without invisible characters, case ignored."""

import unicodedata

from validators.order_model import MEMBERS, METADATA

_OURS = {path.lower(): path for path in MEMBERS}


def canonical(name: str) -> str:
    """What two spellings of one name have in common."""
    return visible(unicodedata.normalize("NFC", name)).strip().lower()


def visible(name: str) -> str:
    """The name without the characters of it that nobody sees: zero-width ones, direction and byte order marks."""
    return name if name.isascii() else "".join(c for c in name if unicodedata.category(c) != "Cf")


def our_name(name: str) -> str | None:
    """The member that such a name means, or the `metadata.<name>`, whose name keeps its case; None where it is none."""
    name = visible(unicodedata.normalize("NFC", name)).strip()
    if name.lower().startswith(METADATA) and len(name) > len(METADATA):
        return METADATA + name[len(METADATA) :].strip()
    return _OURS.get(name.lower())


def numbered(header: tuple[str, ...]) -> list[str]:
    """Each name of a header as settings may name it: the second column of one name is `name#2`."""
    seen: dict[str, int] = {}
    names = []
    for name in map(canonical, header):
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return names
