"""The checks on single values, made of the table of members: length, form, range, characters.

A check is a name that reads as a fact, an expression that is true or null where the fact holds, and
a hint for the person who can mend the value. One on a value is hung on every row where the value stands;
one on a whole order (head_rules) once, on the order's first row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from validators import formats
from validators.column_stats import NO_VALUES, ColumnStats
from validators.formats import Form, Severity
from validators.order_model import HEAD, ITEM, Member

MOST_NAMED = 5
"""Kinds of hidden characters that a hint names."""


@dataclass(frozen=True, kw_only=True, eq=False)  # an expression has no equal
class Check:
    """One rule; its expression may look at any member of its order's head, or of its item.

    `proven_by` at the column and `fast_path` cost less than `holds`, and are true only where that is: where one of
    them is true of a whole chunk, nobody needs to ask further. A check `of_value` holds where there is none. `own_hint`
    says more of a row that fails than `hint` does.
    """

    name: str
    column: str
    holds: pl.Expr
    hint: str
    severity: Severity = "error"
    proven_by: Callable[[ColumnStats], bool] | None = None
    fast_path: pl.Expr | None = None
    of_value: bool = False
    own_hint: Callable[[], pl.Expr] | None = None

    def is_proven(self, stats: Mapping[str, ColumnStats]) -> bool:
        """Whether the statistics of all columns that were delivered prove that it holds on every row."""
        column = stats.get(self.column, NO_VALUES)
        if column == NO_VALUES:
            return self.of_value
        return self.proven_by is not None and self.proven_by(column)

    @cached_property  # for a small batch takes no longer than making expressions
    def fast_check(self) -> pl.Expr:
        """Whether the fast path finds that it holds on all rows."""
        quick = self.holds if self.fast_path is None else self.fast_path
        return quick.all().alias(f"{self.column} {self.name}")


def unproven(checks: Sequence[Check], stats: Mapping[str, ColumnStats]) -> list[Check]:
    """The checks that the statistics do not prove."""
    return [check for check in checks if not check.is_proven(stats)]


def fast_checks(checks: Sequence[Check]) -> list[pl.Expr]:
    """Of each whether its fast path finds that it holds on all rows."""
    return [check.fast_check for check in checks]


def raw(path: str) -> str:
    """Name of the column that keeps a number or boolean as it was written."""
    return f"{path} as written"


def value_checks(members: tuple[Member, ...]) -> list[Check]:
    """Every check on one value alone, of these members."""
    return [replace(check, of_value=True) for member in members for check in _of_member(member)]


def _of_member(member: Member) -> Iterator[Check]:
    if member.protected:
        yield _protection(member)
    yield from _of_kind(member)


def _of_kind(member: Member) -> Iterator[Check]:
    if member.kind == "text":
        yield from _length(member)
        yield from _characters(member)
        if member.form:
            yield from _forms(member, member.form)
    elif member.kind == "boolean":
        yield _form(member, formats.BOOLEAN, raw(member.path))
    elif member.kind == "integer":
        yield _form(member, formats.INTEGER, raw(member.path))
        yield _integer_range(member)
    elif member.kind == "decimal":
        yield _form(member, formats.DECIMAL, raw(member.path))
        yield from _decimal_range(member)


def _protection(member: Member) -> Check:
    written = pl.col(member.path if member.kind == "text" else raw(member.path))
    return Check(
        name="is_not_protected",
        column=member.path,
        holds=~written.str.contains(formats.PROTECTED),
        hint='Take the apostrophe in front, or the ="…" around it, off; where every file has it, the source\'s '
        "setting `strip` takes an apostrophe off.",
        # Both forms have an apostrophe or a quote, which in ASCII stand before what numbers and codes are made of.
        proven_by=lambda column: column.has_only_above("'"),
        fast_path=~(written.str.starts_with("'") | written.str.starts_with("=")),
    )


def _forms(member: Member, form: Form) -> Iterator[Check]:
    yield _form(member, form, member.path)
    if form.besides:
        yield _form(member, form.besides, member.path)


def _form(member: Member, form: Form, written: str) -> Check:
    text = pl.col(written)
    holds, usual = form.holds(text), form.usually_holds(text)
    excuses = {formats.PROTECTED: member.protected, formats.HIDDEN: member.code}
    excuse = "|".join(other for other, is_told in excuses.items() if is_told)
    return Check(
        name=form.name,
        column=member.path,
        holds=holds | text.str.contains(excuse) if excuse else holds,
        hint=form.hint,
        severity=form.severity,
        proven_by=form.proven_by,
        fast_path=_is_typed(member) if written != member.path else usual,
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
            proven_by=_is_no_longer_than(member.reject),
        )
    if member.warn:
        yield Check(
            name="fits_label",
            column=member.path,
            holds=(length <= member.warn) | (length > (member.reject or member.warn)),
            hint=f"Carriers cut or refuse more than {member.warn} characters when a label is made.",
            severity="warning",
            proven_by=_is_no_longer_than(member.warn),
        )


def _is_no_longer_than(characters: int) -> Callable[[ColumnStats], bool]:
    return lambda column: column.longest <= characters  # for no character has less than a byte


def _characters(member: Member) -> Iterator[Check]:
    if member.form and member.form.is_closed:
        return
    text = pl.col(member.path)
    yield Check(
        name="has_no_control_characters",
        column=member.path,
        holds=~text.str.contains(formats.CONTROL_IN_PROSE if member.prose else formats.CONTROL),
        hint="Remove the control characters; they cannot be seen, so write the value anew.",
        proven_by=lambda column: column.is_plain,
    )
    if member.code:
        yield Check(
            name="has_no_hidden_characters",
            column=member.path,
            holds=~text.str.contains(formats.HIDDEN),
            hint="Remove the characters that nobody sees; write the value anew.",
            proven_by=lambda column: column.is_plain,
            own_hint=lambda: _naming_hidden(text),
        )


def _naming_hidden(text: pl.Expr) -> pl.Expr:
    names = pl.element().replace_strict(formats.hidden_characters(), default="another")
    there = text.str.extract_all(formats.HIDDEN).list.unique(maintain_order=True).list.head(MOST_NAMED)
    return pl.format("Remove what nobody sees in it: {}.", there.list.eval(names).list.join(", "))


def _integer_range(member: Member) -> Check:
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


def _decimal_range(member: Member) -> Iterator[Check]:
    written = pl.col(raw(member.path))
    precision, scale = member.digits
    well_formed = formats.DECIMAL.holds(written)
    fits = decimals(written) <= scale
    yield Check(
        name="fits_decimals",
        column=member.path,
        holds=fits | ~well_formed,
        hint=f"Write at most {scale} decimals; nothing is rounded here.",
        fast_path=_is_typed(member),
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


def decimals(written: pl.Expr) -> pl.Expr:
    """How many decimals a number is written with, zeros at the end aside."""
    needed = written.str.strip_chars_end("0")
    return (needed.str.len_bytes() - needed.str.find(".", literal=True) - 1).fill_null(0)


HEAD_VALUES = value_checks(HEAD)
ITEM_VALUES = value_checks(ITEM)
