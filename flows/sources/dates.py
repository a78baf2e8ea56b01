"""Reads dates of a declared form, and writes them as ISO 8601 does; what is another form is none of a near one."""

import re
from datetime import UTC, datetime

import polars as pl

_DIRECTIVES = re.compile(r"(?:[^%]|%%|%[-_0]?[YymdeBbhAaHIMSpjlk]|%[TRFDz]|%\.f|\.%f)*", re.DOTALL)
"""What a form may have; no zone's name, of which nobody can say which hour it means."""

LONGEST_FORM = 100

_TIME = re.compile(r"%[-_0]?[HIMSTRplkz]|%\.?f")
_KNOWN = datetime(2026, 11, 26, 21, 58, 37, tzinfo=UTC)
_EARLIEST, _LATEST = 1000, 9999
"""A year of four digits: by `%Y`, 26 would be the year 26 of our era."""


def is_date_form(form: str) -> bool:
    """Whether a date that is written in this form can be read again."""
    if len(form) > LONGEST_FORM or not _DIRECTIVES.fullmatch(form):
        return False
    known = pl.Series("cell", [_KNOWN])
    try:
        written = known.dt.to_string(form.replace(".%f", "%.f")).to_frame()
        read = written.select(iso_date(pl.col("cell"), form)[0]).item()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return False
    return read is not None and str(read).startswith(_KNOWN.date().isoformat())


def iso_date(cell: pl.Expr, form: str) -> tuple[pl.Expr, pl.Expr]:
    """A date, with its time where the form has one, as ISO 8601 writes it; and whether it has the form."""
    theirs = _in_their_words(form)
    if not _TIME.search(form):
        date = cell.str.to_date(theirs, strict=False)
        return date.dt.to_string("%Y-%m-%d"), _is_of_an_era(date)
    moment = cell.str.to_datetime(theirs, strict=False, time_unit="us")
    written = moment.dt.replace_time_zone(None).dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
    written = written.str.replace(r"(\.[0-9]*?)0+$", "${1}").str.strip_suffix(".")
    has_zone = "%z" in form
    return (pl.concat_str(written, pl.lit("Z")) if has_zone else written), _is_of_an_era(moment)


def _is_of_an_era(date: pl.Expr) -> pl.Expr:
    return date.dt.year().is_between(_EARLIEST, _LATEST).fill_null(value=False)


def _in_their_words(form: str) -> str:
    """The form in the words of the library that reads it: a fraction has its point, a zone may be a Z."""
    return form.replace(".%f", "%.f").replace("%z", "%#z")
