"""The rules on an address of an order: what must be there, and what fits its country."""

import polars as pl

from validators import characters, formats
from validators.checks import Check
from validators.iso_codes import CA_PROVINCES, US_STATES


def address_rules(at: str) -> list[Check]:
    """Those of the address whose members begin so."""
    country = pl.col(f"{at}.countryCode")
    return [*_of_any(at), *_of_state(at, country), *_of_postal_code(at, country)]


def _of_any(at: str) -> list[Check]:
    return [
        *(
            Check(
                name="is_present",
                column=f"{at}.{name}",
                holds=pl.col(f"{at}.{name}").is_not_null(),
                hint="Fill it in: every order needs it.",
            )
            for name in ("addressLine1", "cityTown", "countryCode")
        ),
        Check(
            name="has_name_or_company",
            column=f"{at}.name",
            holds=pl.col(f"{at}.name").is_not_null() | pl.col(f"{at}.company").is_not_null(),
            hint="Fill in a name or a company.",
        ),
    ]


def _of_state(at: str, country: pl.Expr) -> list[Check]:
    state, us, ca = pl.col(f"{at}.stateProvince"), country == "US", country == "CA"
    states = pl.when(us).then(state.is_in(US_STATES)).when(ca).then(state.is_in(CA_PROVINCES)).otherwise(True)
    return [
        _needed(f"{at}.stateProvince", us | ca, "its state or province"),
        Check(
            name="is_state",
            column=f"{at}.stateProvince",
            holds=states | state.str.contains(characters.PROTECTED),
            hint="Write the state or province as its two letters in upper case, such as CT or ON.",
            fast_path=states,
        ),
    ]


def _of_postal_code(at: str, country: pl.Expr) -> list[Check]:
    code, us, ca = pl.col(f"{at}.postalCode"), country == "US", country == "CA"
    return [
        _needed(f"{at}.postalCode", us | ca, "its postal code"),
        Check(
            name="is_us_postal_code",
            column=f"{at}.postalCode",
            holds=code.str.contains(formats.US_POSTAL_CODE) | ~us | code.str.contains(characters.EXCUSED),
            hint="Write five digits, or nine as 12345-6789. A code of four digits has lost its zero in a spreadsheet: "
            "set the column to text.",
            fast_path=code.str.contains(formats.US_POSTAL_CODE) | ~us,
        ),
        Check(
            name="is_ca_postal_code",
            column=f"{at}.postalCode",
            holds=code.str.contains(formats.CA_POSTAL_CODE) | ~ca | code.str.contains(characters.EXCUSED),
            hint="Write it as A1A 1A1, in upper case.",
            fast_path=code.str.contains(formats.CA_POSTAL_CODE) | ~ca,
        ),
    ]


def _needed(column: str, is_there: pl.Expr, what: str) -> Check:
    """What an address needs where it is in one of the two countries."""
    return Check(
        name="is_present",
        column=column,
        holds=pl.col(column).is_not_null() | ~is_there,
        hint=f"Fill it in: an address in US or CA needs {what}.",
    )
