"""Names the tables' columns after the order model; SQL in the other modules is made of these names."""

import re
from dataclasses import fields

from flows.results import Counts

KEY_BLOCK = 1_000_000
"""Order keys that one call of the sequence takes: a chunk's, in one round trip. 2^63 holds 9 * 10^12 blocks."""

COUNTS = tuple(field.name for field in fields(Counts))
"""Columns of batch_chunks that a batch's counts are the sums of."""

LOADED = ("batch_chunks", "orders", "order_items", "order_results", "findings", "rejected_rows")
"""Tables that a chunk is copied into."""


def format_timestamp(column: str) -> str:
    """SQL for a time as reports tell it, such as 2026-01-31T12:00:00.123Z."""
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def column_name(path: str) -> str:
    """`toAddress.postalCode` is `to_address_postal_code`; an item's column leaves the leading `items.` out."""
    words = re.sub(r"(?<![.])(?=[A-Z])", "_", path.removeprefix("items."))
    return words.replace(".", "_").lower()
