"""Casts written numbers and booleans to typed columns; a text without its form becomes null, never a guess.

The written text stays beside the typed column, for the checks of form and for what is told of a finding.
"""

from functools import cache, lru_cache

import polars as pl

from validators import formats
from validators.checks import raw
from validators.order_model import Member


def cast(frame: pl.DataFrame, members: tuple[Member, ...]) -> pl.DataFrame:
    """Add the typed columns of these members under their paths; what was written stays as `raw(path)`."""
    typed = [
        member for member in members if member.kind not in ("text", "json") and member.path in frame.columns
    ]
    return frame.rename({member.path: raw(member.path) for member in typed}).with_columns(
        _typed(member).alias(member.path) for member in typed
    )


def dtype(member: Member) -> pl.DataType:
    """The type of a member's column once it is cast."""
    if member.kind == "integer":
        return pl.Int64()
    if member.kind == "decimal":
        return pl.Decimal(*member.digits)
    return pl.Boolean() if member.kind == "boolean" else pl.String()


@lru_cache(maxsize=64)
def null_columns(members: tuple[Member, ...]) -> list[pl.Expr]:
    """The columns of members that the batch has none for, typed and as written."""
    typed = (member for member in members if member.kind not in ("text", "json"))
    return [
        *(pl.lit(None, dtype=dtype(member)).alias(member.path) for member in members),
        *(pl.lit(None, dtype=pl.String).alias(raw(member.path)) for member in typed),
    ]


@cache  # for a small batch takes no longer than making expressions
def _typed(member: Member) -> pl.Expr:
    written = pl.col(raw(member.path))
    if member.kind == "boolean":
        lower = written.str.to_lowercase()
        return pl.when(lower.is_in(formats.TRUE)).then(True).when(lower.is_in(formats.FALSE)).then(False)
    if member.kind == "integer":
        return pl.when(formats.INTEGER.holds(written)).then(written).cast(pl.Int64, strict=False)
    # Polars rounds what has more decimals than the type; so only what fits is let through.
    fits = written.str.contains(formats.decimal(member.digits[1]))
    return pl.when(fits).then(written).cast(dtype(member), strict=False)
