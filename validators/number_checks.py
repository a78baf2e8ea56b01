"""The checks on single numbers, made of the table of members: that they are in range, and have no more decimals than they may."""

from collections.abc import Iterator

import polars as pl

from validators import formats
from validators.checks import Check, decimals, raw
from validators.order_model import Member


def is_typed(member: Member) -> pl.Expr:
    """Only what has its form is no null once it is cast."""
    return pl.col(member.path).is_not_null() | pl.col(raw(member.path)).is_null()


def integer_range(member: Member) -> Check:
    """The check that a whole number is between the member's bounds."""
    low, high = member.bounds
    # An integer too long for 64 bits is null once it is cast, and out of range all the same.
    in_range = pl.col(member.path).is_between(low, high).fill_null(value=False)
    return Check(
        name="is_in_range",
        column=member.path,
        holds=in_range | ~formats.INTEGER.holds(pl.col(raw(member.path))),
        hint=f"Write a whole number from {low} to {high}.",
        fast_path=in_range | pl.col(raw(member.path)).is_null(),
    )


def decimal_range(member: Member) -> Iterator[Check]:
    """The checks on the decimals of a number, and on its sign and size."""
    written = pl.col(raw(member.path))
    precision, scale = member.digits
    well_formed = formats.DECIMAL.holds(written)
    fits = decimals(written) <= scale
    yield Check(
        name="fits_decimals",
        column=member.path,
        holds=fits | ~well_formed,
        hint=f"Write at most {scale} decimals; nothing is rounded here.",
        fast_path=is_typed(member),
    )
    value = pl.col(member.path)
    # A number too long for its digits is null once it is cast, and out of range all the same.
    in_range = ((value > 0) if member.positive else (value >= 0)).fill_null(value=False)
    yield Check(
        name="is_positive" if member.positive else "is_in_range",
        column=member.path,
        holds=in_range | ~well_formed | ~fits,
        hint=f"Write a {'positive number' if member.positive else 'number that is not negative'}, "
        f"with at most {precision - scale} digits before the point.",
        fast_path=in_range | written.is_null(),
    )
