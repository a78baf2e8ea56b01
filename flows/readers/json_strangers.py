"""Finds what members mean that are not called as ours are, and shows those that mean nothing."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from flows.readers.json_places import BY_PATH, Place, entry_place, text_place
from flows.readers.json_types import Json, is_whole, to_text
from flows.sources.names import canonical, our_name
from validators.characters import CONTROL, SPACE
from validators.order_model import METADATA

LONGEST_NAME = 200
"""Characters of a name in a header: ours have fewer."""

_PLACES = {path.lower(): place for path, place in BY_PATH.items()}


def member_of(name: str) -> Place | None:
    """Where the member goes that has this name in another spelling, or is flat by its whole path; None where it is none."""
    return _known(name) if len(name) <= LONGEST_NAME else _entry(name)


@lru_cache(maxsize=10_000)  # in a sender's orders the same few stand in every one
def _known(name: str) -> Place | None:
    return _PLACES.get(canonical(name)) or _entry(name)


def _entry(name: str) -> Place | None:
    """Where an entry of the metadata goes: into a column where a header can have its name as it is, else into the list."""
    member, _, written = name.partition(".")
    entry = unicodedata.normalize("NFC", written).strip(SPACE)
    if not entry or f"{canonical(member)}." != METADATA:
        return None
    path = METADATA + entry
    is_plain = is_whole(path) and not re.search(CONTROL, path) and our_name(path) == path
    return text_place(path) if is_plain and len(path) <= LONGEST_NAME else entry_place(entry)


def shown_name(name: str) -> str:
    """A name as a header can have it, another one for every other: what nobody sees is escaped, of a long one the end is hashed."""
    if len(name) > LONGEST_NAME:
        digest = blake2b(name.encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return f"{_escape(name[:LONGEST_NAME])}…{digest}"
    return _escape(name)


def _escape(name: str) -> str:
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in name)


def shown_value(value: Json) -> str | None:
    """What stands in a member that is in no order, as a cell can have it."""
    if value is None:
        return None
    text = value if isinstance(value, str) else to_text(value)
    return text if text.isascii() else text.encode(errors="replace").decode()
