"""The checks on single values, made of the table of members: length, form, range, characters."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import polars as pl

from validators import characters, formats
from validators.checks import Check, raw
from validators.column_stats import ColumnStats
from validators.formats import Form
from validators.number_checks import decimal_range, integer_range, is_typed
from validators.order_model import HEAD, ITEM, Member

MOST_NAMED = 5
"""Kinds of hidden characters that a hint names."""


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
        yield integer_range(member)
    elif member.kind == "decimal":
        yield _form(member, formats.DECIMAL, raw(member.path))
        yield from decimal_range(member)


def _protection(member: Member) -> Check:
    written = pl.col(member.path if member.kind == "text" else raw(member.path))
    return Check(
        name="is_not_protected",
        column=member.path,
        holds=~written.str.contains(characters.PROTECTED),
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
    excuses = {characters.PROTECTED: member.protected, characters.HIDDEN: member.code}
    excuse = "|".join(other for other, is_told in excuses.items() if is_told)
    return Check(
        name=form.name,
        column=member.path,
        holds=holds | text.str.contains(excuse) if excuse else holds,
        hint=form.hint,
        severity=form.severity,
        proven_by=form.proven_by,
        fast_path=is_typed(member) if written != member.path else usual,
    )


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
        holds=~text.str.contains(characters.CONTROL_IN_PROSE if member.prose else characters.CONTROL),
        hint="Remove the control characters; they cannot be seen, so write the value anew.",
        proven_by=lambda column: column.is_plain,
    )
    if member.code:
        yield Check(
            name="has_no_hidden_characters",
            column=member.path,
            holds=~text.str.contains(characters.HIDDEN),
            hint="Remove the characters that nobody sees; write the value anew.",
            proven_by=lambda column: column.is_plain,
            own_hint=lambda: _naming_hidden(text),
        )


def _naming_hidden(text: pl.Expr) -> pl.Expr:
    names = pl.element().replace_strict(characters.hidden_characters(), default="another")
    there = text.str.extract_all(characters.HIDDEN).list.unique(maintain_order=True).list.head(MOST_NAMED)
    return pl.format("Remove what nobody sees in it: {}.", there.list.eval(names).list.join(", "))


HEAD_VALUES = value_checks(HEAD)
ITEM_VALUES = value_checks(ITEM)
