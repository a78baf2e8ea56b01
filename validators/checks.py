"""From the table of members to the checks on single values: length, form, range, characters.

A check is a name that reads as a fact, an expression that is true or null where the fact holds, and
a hint for the person who can mend the value. One on a value is hung on every row where the value stands;
one on a whole order (head_rules) once, on the order's first row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from validators import forms
from validators.forms import Form, Severity
from validators.glance import NOTHING, Glance
from validators.model import HEAD, ITEM, Member


@dataclass(frozen=True, kw_only=True, eq=False)  # an expression has no equal
class Check:
    """One rule; its expression may look at any member of its order's head, or of its item.

    `at_a_glance` at the column and `surely` cost less than `holds`, and are true only where that is: where one of
    them is true of a whole chunk, nobody needs to ask further. A check `of_value` holds where there is none.
    """

    name: str
    column: str
    holds: pl.Expr
    hint: str
    severity: Severity = "error"
    at_a_glance: Callable[[Glance], bool] | None = None
    surely: pl.Expr | None = None
    of_value: bool = False

    def holds_at_a_glance(self, seen: Mapping[str, Glance]) -> bool:
        """Whether a glance at all columns that were delivered says that it holds on every row."""
        glance = seen.get(self.column, NOTHING)
        if glance == NOTHING:
            return self.of_value
        return self.at_a_glance is not None and self.at_a_glance(glance)

    @cached_property  # for a small batch takes no longer than making expressions
    def question(self) -> pl.Expr:
        """Whether it surely holds on all rows."""
        quick = self.holds if self.surely is None else self.surely
        return quick.all().alias(f"{self.column} {self.name}")


def raw(path: str) -> str:
    """Name of the column that keeps a number or boolean as it was written."""
    return f"{path} as written"


def value_checks(members: tuple[Member, ...]) -> list[Check]:
    """Every check on one value alone, of these members."""
    return [replace(check, of_value=True) for member in members for check in _of_member(member)]


def _of_member(member: Member) -> Iterator[Check]:
    if member.kind == "text":
        yield from _length(member)
        yield from _characters(member)
        if member.form:
            yield _form(member, member.form, member.path)
    elif member.kind == "boolean":
        yield _form(member, forms.BOOLEAN, raw(member.path))
    elif member.kind == "integer":
        yield _form(member, forms.INTEGER, raw(member.path))
        yield _integer_range(member)
    elif member.kind == "decimal":
        yield _form(member, forms.DECIMAL, raw(member.path))
        yield from _decimal_range(member)


def _form(member: Member, form: Form, written: str) -> Check:
    return Check(
        name=form.name,
        column=member.path,
        holds=form.holds(pl.col(written)),
        hint=form.hint,
        severity=form.severity,
        surely=_is_typed(member) if written != member.path else None,
    )


def _is_typed(member: Member) -> pl.Expr:
    """Only what has its form is no null once it is cast."""
    return pl.col(member.path).is_not_null() | pl.col(raw(member.path)).is_null()


def _length(member: Member) -> Iterator[Check]:
    length = pl.col(member.path).str.len_chars()
    if member.reject:
        yield Check(
            name="fits_length",
            column=member.path,
            holds=length <= member.reject,
            hint=f"Shorten it to {member.reject} characters.",
            at_a_glance=_is_no_longer_than(member.reject),
        )
    if member.warn:
        yield Check(
            name="fits_label",
            column=member.path,
            holds=(length <= member.warn) | (length > (member.reject or member.warn)),
            hint=f"Carriers cut or refuse more than {member.warn} characters when a label is made.",
            severity="warning",
            at_a_glance=_is_no_longer_than(member.warn),
        )


def _is_no_longer_than(characters: int) -> Callable[[Glance], bool]:
    return lambda glance: glance.longest <= characters  # for no character has less than a byte


def _characters(member: Member) -> Iterator[Check]:
    if member.form and member.form.is_closed:
        return
    text = pl.col(member.path)
    yield Check(
        name="has_no_control_characters",
        column=member.path,
        holds=~text.str.contains(forms.CONTROL_IN_PROSE if member.prose else forms.CONTROL),
        hint="Remove the control characters; they cannot be seen, so write the value anew.",
        at_a_glance=lambda glance: glance.is_plain,
    )
    if member.code:
        yield Check(
            name="has_no_hidden_characters",
            column=member.path,
            holds=~text.str.contains(forms.HIDDEN),
            hint="Remove the zero-width or direction characters; they cannot be seen, so write the value anew.",
            at_a_glance=lambda glance: glance.is_plain,
        )


def _integer_range(member: Member) -> Check:
    low, high = member.bounds
    # An integer too long for 64 bits is null once it is cast, and out of range all the same.
    in_range = pl.col(member.path).is_between(low, high).fill_null(value=False)
    return Check(
        name="is_in_range",
        column=member.path,
        holds=in_range | ~forms.INTEGER.holds(pl.col(raw(member.path))),
        hint=f"Write a whole number from {low} to {high}.",
        surely=in_range | pl.col(raw(member.path)).is_null(),
    )


def _decimal_range(member: Member) -> Iterator[Check]:
    written = pl.col(raw(member.path))
    precision, scale = member.digits
    well_formed = forms.DECIMAL.holds(written)
    fits = decimals(written) <= scale
    yield Check(
        name="fits_decimals",
        column=member.path,
        holds=fits | ~well_formed,
        hint=f"Write at most {scale} decimals; nothing is rounded here.",
        surely=_is_typed(member),
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
        surely=in_range | written.is_null(),
    )


def decimals(written: pl.Expr) -> pl.Expr:
    """How many decimals a number is written with, zeros at the end aside."""
    needed = written.str.strip_chars_end("0")
    return (needed.str.len_bytes() - needed.str.find(".", literal=True) - 1).fill_null(0)


HEAD_VALUES = value_checks(HEAD)
ITEM_VALUES = value_checks(ITEM)
