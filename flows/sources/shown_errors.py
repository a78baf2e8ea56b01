"""Knows what a spreadsheet shows, and writes into a CSV, where a cell has no value: an error, or a column too narrow for it.

Each program and language has its own words. A formula's error is never a text that somebody meant.
"""

import polars as pl

_WORDS = (
    # Excel, LibreOffice and Google in English; the last is our own for a formula without a result
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "#GETTING_DATA"),
    *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#EXTERNAL!"),
    *("#PYTHON!", "#NOT CALCULATED!"),
    # German, French, Spanish, Italian, Dutch, Portuguese, as the same programs translate them
    *("#WERT!", "#BEZUG!", "#ZAHL!", "#NV", "#NAME!", "#VALEUR!", "#NOM?", "#NOMBRE!", "#NUL!"),
    *("#¡VALOR!", "#¡REF!", "#¿NOMBRE?", "#¡NUM!", "#¡NULO!", "#¡DIV/0!", "#VALORE!", "#RIF!", "#NOME?"),
    *("#N/D", "#NULLO!", "#WAARDE!", "#VERW!", "#NAAM?", "#GETAL!", "#LEEG!", "#DEEL/0!", "#N/B"),
    *("#VALOR!", "#NOMBRE?", "#NÚM!", "#NULO!"),
)
_PATTERN = r"^(#{3,}|Err:[0-9]{3})$"
"""A number or date that its column was too narrow for; an error of LibreOffice's that has no word."""

_BEGINNINGS = ("#", "Err:")


def may_be_error(cell: pl.Expr) -> pl.Expr:
    """Whether the cell may show an error: a quick question, for there is hardly ever one."""
    return pl.any_horizontal(cell.str.starts_with(beginning) for beginning in _BEGINNINGS)


def is_error(cell: pl.Expr) -> pl.Expr:
    """Whether the cell shows an error and nothing else."""
    text = cell.str.strip_chars()
    return text.is_in(_WORDS) | text.str.contains(_PATTERN)
