"""Puts the missing space into a Canadian postal code, and says so. Nothing else is ever mended."""

import polars as pl

from validators import formats
from validators.findings import NONE, make_findings

MENDED = "has_postal_space"


def space_postal_codes(heads: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The heads with `A1A1A1` written `A1A 1A1` in addresses in CA, and a warning for each."""
    found = [NONE]
    for at in ("fromAddress", "toAddress"):
        column = f"{at}.postalCode"
        unspaced = (pl.col(f"{at}.countryCode") == "CA") & pl.col(column).str.contains(
            formats.CA_POSTAL_CODE_UNSPACED
        )
        mend = heads.filter(unspaced)
        if mend.height:
            found.append(make_findings(mend.with_columns(value=column), column, MENDED, severity="warning"))
            spaced = pl.col(column).str.replace(formats.CA_POSTAL_CODE_UNSPACED, "${1} ${2}")
            heads = heads.with_columns(pl.when(unspaced).then(spaced).otherwise(pl.col(column)).alias(column))
    return heads, pl.concat(found)
