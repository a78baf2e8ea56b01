"""From source and order number to the order's public id: `PB` and ten base62 characters of a keyed hash.

The same order gets the same id after a crash, a replay, a restore, and already in a dry run.
"""

from hashlib import blake2b

import polars as pl

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 10
SPACE = len(ALPHABET) ** LENGTH

# Two characters at a time: half the divisions.
_PAIRS = pl.Series([a + b for a in ALPHABET for b in ALPHABET])


def hashed_key(text: str) -> bytes:
    """The key of the hash from any text; blake2b takes 64 bytes at most."""
    return blake2b(text.encode(), digest_size=32).digest()


def order_ids(source: str, numbers: pl.Series, salts: pl.Series, key: bytes) -> pl.Series:
    """An id for each order number; a salt other than 0 gives the order another id, to settle a collision."""
    start = blake2b(f"{source}\0".encode(), key=key, digest_size=16)
    values = []
    for text in _salted(numbers, salts):  # a keyed hash is no expression
        digest = start.copy()
        digest.update(text.encode())
        # 128 bits, so that the remainder favours no id
        values.append(int.from_bytes(digest.digest(), "big") % SPACE)
    return _base62(pl.Series(values, dtype=pl.UInt64))


def _salted(numbers: pl.Series, salts: pl.Series) -> pl.Series:
    if not (salts > 0).any():
        return numbers
    salted = pl.concat_str(pl.lit(numbers), pl.lit("\0"), pl.lit(salts))
    return pl.select(pl.when(pl.lit(salts) > 0).then(salted).otherwise(pl.lit(numbers))).to_series()


def _base62(values: pl.Series) -> pl.Series:
    value, pairs = pl.col("value"), pl.lit(_PAIRS)
    at = (value // len(_PAIRS) ** place % len(_PAIRS) for place in reversed(range(LENGTH // 2)))
    return (
        values.to_frame("value")
        .select(order_id=pl.concat_str(pl.lit("PB"), *map(pairs.gather, at)))
        .to_series()
    )
