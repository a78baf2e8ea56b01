"""Brings equal JSON values to one text, by which two cells are compared."""

from decimal import Decimal

import simplejson

from validators.json_text import drop_nulls, refuse_constant


def plain_json(text: str | None) -> str | None:
    """The JSON text that all cells of an equal value have; the text itself where it is no JSON."""
    if text is None:
        return None
    try:
        value = simplejson.loads(
            text,
            parse_float=_plain_number,
            parse_int=_plain_number,
            parse_constant=refuse_constant,
            object_pairs_hook=drop_nulls,
        )
        return str(simplejson.dumps(value, sort_keys=True))
    except (ValueError, ArithmeticError, RecursionError):
        return text


def _plain_number(written: str) -> str:
    """A number as a text that no text of a cell is, for none may have a NUL; without zeros that say nothing, never rounded."""
    sign, digits, exponent = Decimal(written).as_tuple()
    significant = "".join(map(str, digits)).lstrip("0").rstrip("0")
    dropped = len("".join(map(str, digits)).rstrip("0"))
    return f"\0{sign if significant else 0} {significant} {int(exponent) + len(digits) - dropped if significant else 0}"
