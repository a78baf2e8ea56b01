"""Reads numbers of a declared form, and multiplies, shifts and divides them exactly: text in, text out, no float."""

import polars as pl

from flows.sources.source import NumberForm

DIGITS, SCALE = 14, 9
"""Digits before the point, and decimals, of a number that is reckoned with; with a factor of 12 they fit 128 bits."""

QUOTIENT_DECIMALS = 4
"""Decimals of an amount and of a price: what a division has to come out in."""

PLAIN = r"^-?[0-9]+(\.[0-9]+)?$"
_EXACT = rf"^-?[0-9]{{1,{DIGITS}}}(\.[0-9]{{1,{SCALE}}}0*)?$"


def read_number(cell: pl.Expr, form: NumberForm) -> tuple[pl.Expr, pl.Expr]:
    """The number in plain digits with a point; and whether it has the form."""
    number = _pattern(form)
    whole = cell.str.extract(number, 3)
    if form.thousands:
        whole = whole.str.replace_all(_class(form.thousands), "")
    signs = (cell.str.extract(number, group).fill_null("") for group in (1, 2))
    decimals = cell.str.extract(number, 4)
    point = pl.when(decimals.is_not_null()).then(pl.lit(".")).otherwise(pl.lit(""))
    return pl.concat_str(*signs, whole, point, decimals.fill_null("")), cell.str.contains(number)


def _pattern(form: NumberForm) -> str:
    """A currency's sign may stand before or behind, a minus before it or before the digits."""
    sign = _literal(form.currency)
    before = rf"(-?)(?:{sign}\s*)?|{sign}\s*(-)" if form.currency else "(-?)()"
    behind = rf"(?:\s*{sign})?" if form.currency else ""
    grouped = rf"|[0-9]{{1,3}}(?:{_class(form.thousands)}[0-9]{{3}})+" if form.thousands else ""
    return rf"^(?:{before})([0-9]+{grouped})(?:{_class(form.decimal)}([0-9]+))?{behind}$"


def _literal(text: str) -> str:
    return "".join(f"\\x{{{ord(c):x}}}" for c in text)


def _class(mark: str) -> str:
    """One character; a space also as the no-break spaces that are typed for it."""
    return r"[ \x{a0}\x{202f}]" if mark == " " else _literal(mark)


def whole_number(cell: pl.Expr) -> pl.Expr:
    """The number without decimals that are all zeros; any other as it is."""
    return cell.str.replace(r"^(-?[0-9]+)\.0+$", "${1}")


def multiply(cells: pl.Series, factor: str, places: int = 0) -> tuple[pl.Series, pl.Series]:
    """The exact products, their points moved so many places to the right; and which could be reckoned.

    Both in one, for a product may have more decimals than a number that is reckoned with.
    """
    digits, _, decimals = factor.partition(".")
    number = _taken_apart(cells)
    product = number.select(pl.col("size") * pl.lit(int(digits + decimals), dtype=pl.Int128)).to_series()
    return _written(product, number["minus"], SCALE + len(decimals) - places), number["exact"]


def divide(cells: pl.Series, divisors: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The quotients; and which come out in four decimals."""
    number, by = _taken_apart(cells), _taken_apart(divisors)
    both = pl.DataFrame({"size": number["size"], "by": by["size"]}).with_columns(
        size=pl.col("size") * pl.lit(10**QUOTIENT_DECIMALS, dtype=pl.Int128),
        by=pl.when(pl.col("by") > 0).then(pl.col("by")),
    )
    quotient = both.select(pl.col("size") // pl.col("by")).to_series()
    comes_out = both.select((pl.col("size") % pl.col("by") == 0).fill_null(value=False)).to_series()
    exact = number["exact"] & by["exact"] & comes_out
    return _written(quotient, number["minus"] != by["minus"], QUOTIENT_DECIMALS), exact


def _taken_apart(cells: pl.Series) -> pl.DataFrame:
    """Of each number 10^9 times its size as an integer, whether it has a minus, and whether it can be reckoned with."""
    cell = pl.col("cell")
    number = cells.to_frame("cell").with_columns(exact=cell.str.contains(_EXACT).fill_null(value=False))
    number = number.with_columns(cell=pl.when("exact").then(cell))
    whole = cell.str.extract("^-?([0-9]+)", 1)
    decimals = cell.str.extract(r"\.([0-9]+)$", 1).fill_null("").str.head(SCALE).str.pad_end(SCALE, "0")
    return number.select(
        "exact",
        size=pl.concat_str(whole, decimals).cast(pl.Int128, strict=False),
        minus=cell.str.starts_with("-").fill_null(value=False),
    )


def _written(size: pl.Series, minus: pl.Series, scale: int) -> pl.Series:
    """The numbers in plain digits, without zeros at their ends."""
    unit = pl.lit(10**scale, dtype=pl.Int128)
    parts = size.to_frame("size").select(
        whole=(pl.col("size") // unit).cast(pl.String),
        decimals=(pl.col("size") % unit).cast(pl.String).str.pad_start(scale, "0").str.strip_chars_end("0"),
        minus=pl.lit(minus) & (pl.col("size") > 0),
    )
    text = (
        pl.when(pl.col("decimals") == "")
        .then("whole")
        .otherwise(pl.concat_str("whole", pl.lit("."), "decimals"))
    )
    return parts.select(pl.when("minus").then(pl.lit("-") + text).otherwise(text)).to_series()
