"""Makes an order's public id of its source and number: `PB` and ten base62 characters of a keyed hash.

The same order gets the same id after a crash, a replay, a restore, and already in a dry run.
"""

from hashlib import blake2b

import polars as pl

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 10
SPACE = len(ALPHABET) ** LENGTH

# Two characters at a time: half the divisions.
_PAIRS = pl.Series([a + b for a in ALPHABET for b in ALPHABET])


def order_ids(source: str, numbers: pl.Series, salts: pl.Series, key: bytes) -> pl.Series:
    """An id for each order number; a salt other than 0 gives the order another id, to settle a collision."""
    start = blake2b(f"{source}\0".encode(), key=key, digest_size=16)

    def digest(text: bytes) -> bytes:
        each = start.copy()
        each.update(text)
        return each.digest()

    # A keyed hash is no expression; all that follows is. 128 bits, so that the remainder favours no id.
    digests = list(map(digest, _salted(numbers, salts).cast(pl.Binary).to_list()))
    number = pl.col("digest").bin.reinterpret(dtype=pl.UInt128, endianness="big")
    values = pl.DataFrame({"digest": digests}, schema={"digest": pl.Binary}).select(number % SPACE)
    return _base62(values.to_series().cast(pl.UInt64))


def _salted(numbers: pl.Series, salts: pl.Series) -> pl.Series:
    if not (salts > 0).any():
        return numbers
    salted = pl.concat_str(pl.lit(numbers), pl.lit("\0"), pl.lit(salts))
    return pl.select(pl.when(pl.lit(salts) > 0).then(salted).otherwise(pl.lit(numbers))).to_series()


def _base62(values: pl.Series) -> pl.Series:
    value, pairs = pl.col("value"), pl.lit(_PAIRS)
    at = (value // len(_PAIRS) ** place % len(_PAIRS) for place in reversed(range(LENGTH // 2)))
    written = pl.concat_str(pl.lit("PB"), *map(pairs.gather, at))
    return values.to_frame("value").select(order_id=written).to_series()
