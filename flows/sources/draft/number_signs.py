"""Looks at the cells of a column of numbers for what they prove: which sign stands before decimals, which between thousands."""

from dataclasses import dataclass

import polars as pl

from flows.sources.draft.sample import first_row

_APART = r"[ \x{a0}\x{202f}'’]"
_BODY = r"[0-9](?:[0-9.,'’ \x{a0}\x{202f}]*[0-9])?"
_WITH_SIGN = rf"^-?\s*([^0-9\s,.'’-][^0-9]{{0,9}}?)?\s*-?({_BODY})\s*([^0-9\s,.'’-][^0-9]{{0,9}}?)?$"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a column's cells show: for each sign a row that proves it; `unclear` may be a thousand or decimals."""

    comma: tuple[int, str] | None
    point: tuple[int, str] | None
    apart: tuple[str, tuple[int, str]] | None
    grouped: dict[str, tuple[int, str]]
    unclear: tuple[int, str] | None
    sign: str
    signed: tuple[int, str] | None


def look_at_numbers(cells: pl.DataFrame) -> Seen:
    """What these cells, `row_number` and `cell`, show."""
    cell = pl.col("cell")
    body = cells.with_columns(
        whole=cell,
        cell=cell.str.extract(_WITH_SIGN, 2),
        sign=pl.coalesce(cell.str.extract(_WITH_SIGN, 1), cell.str.extract(_WITH_SIGN, 3)).str.strip_chars(),
    ).drop_nulls("cell")
    signs = body["sign"].drop_nulls().unique().sort()
    apart = first_row(body, cell.str.contains(rf"^[0-9]{{1,3}}(?:{_APART}[0-9]{{3}})+(?:[.,][0-9]+)?$"))
    return Seen(
        comma=_proof_of(body, ",", "."),
        point=_proof_of(body, ".", ","),
        apart=(_mark_of(apart[1]), _whole(body, apart)) if apart else None,
        grouped={
            mark: _whole(body, found)
            for mark in (",", ".")
            if (
                found := first_row(
                    body, cell.str.contains(rf"^[0-9]{{1,3}}(?:\{mark}[0-9]{{3}})+(?:[^0-9][0-9]+)?$")
                )
            )
        },
        unclear=first_row(body, cell.str.contains(r"^[1-9][0-9]{0,2}[.,][0-9]{3}$")),
        sign=signs[0] if len(signs) == 1 else "",
        signed=first_row(body.with_columns(cell="whole"), pl.col("sign").is_not_null()),
    )


def _proof_of(body: pl.DataFrame, decimal: str, other: str) -> tuple[int, str] | None:
    """A cell in which this sign can only stand before decimals."""
    d, o = f"\\{decimal}", f"\\{other}"
    only = (
        rf"^[0-9]{{1,3}}(?:[{o} \x{{a0}}\x{{202f}}'’][0-9]{{3}})+{d}[0-9]+$"
        rf"|^[0-9]+{d}(?:[0-9]{{1,2}}|[0-9]{{4,}})$|^[0-9]{{4,}}{d}[0-9]+$|^0[0-9]*{d}[0-9]+$"
        rf"|^[0-9]{{1,3}}(?:{o}[0-9]{{3}}){{2,}}$"
    )
    found = first_row(body, pl.col("cell").str.contains(only))
    return _whole(body, found) if found else None


def _whole(body: pl.DataFrame, found: tuple[int, str]) -> tuple[int, str]:
    return found[0], str(body.filter(pl.col("row_number") == found[0])["whole"][0])


def _mark_of(cell: str) -> str:
    mark = next(c for c in cell if not c.isdigit())
    return " " if mark in "\xa0\u202f" else mark
