"""Finds what members mean that are not called as ours are, and shows those that mean nothing."""

from functools import lru_cache

from flows.readers.json_places import BY_PATH, Place, text_place
from flows.readers.json_types import Json, to_text
from flows.sources.names import our_name
from validators.order_model import METADATA

LONGEST_NAME = 200
"""Characters of a name that is no member's; it is told, and a column of the fix file."""


@lru_cache(maxsize=10_000)  # in a sender's orders the same few stand in every one
def member_of(name: str) -> Place | None:
    """Where the member goes that has this name in another spelling, or is flat by its whole path; None where it is none."""
    member = our_name(name)
    if member is None:
        return None
    return text_place(member) if member.startswith(METADATA) else BY_PATH[member]


def shown_name(name: str) -> str:
    """A name as a header can have it."""
    if len(name) <= LONGEST_NAME and name.isprintable():
        return name
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:LONGEST_NAME])


def shown_value(value: Json) -> str | None:
    """What stands in a member that is in no order, as a cell can have it."""
    if value is None:
        return None
    text = value if isinstance(value, str) else to_text(value)
    return text if text.isascii() else text.encode(errors="replace").decode()
