"""validators/iso_codes.py is what its generator writes."""

from make_codes import CODES, codes
from validators.iso_codes import (
    CA_PROVINCES,
    COUNTRIES,
    CURRENCIES,
    CURRENCY_DECIMALS,
    US_STATES,
    WITHDRAWN_CURRENCIES,
)


def test_file_is_what_the_generator_writes() -> None:
    assert CODES.read_text(encoding="utf-8") == codes()


def test_each_set_is_sorted_without_doubles() -> None:
    for codes_ in (
        COUNTRIES,
        CURRENCIES,
        WITHDRAWN_CURRENCIES,
        tuple(CURRENCY_DECIMALS),
        US_STATES,
        CA_PROVINCES,
    ):
        assert list(codes_) == sorted(set(codes_))


def test_countries() -> None:
    assert {"US", "CA", "PR", "GB", "DE", "JP", "XK"} <= set(COUNTRIES)
    assert not {"EU", "UK", "AN", "XX", "us", "USA"} & set(COUNTRIES)
    assert len(COUNTRIES) == 249 + 1


def test_currencies() -> None:
    decimals = {"JPY": 0, "USD": 2, "CAD": 2, "EUR": 2, "KWD": 3, "CLF": 4}
    assert {code: CURRENCY_DECIMALS[code] for code in decimals} == decimals
    assert not {"DEM", "HRK", "EURO", "usd"} & set(CURRENCIES)


def test_withdrawn_currencies() -> None:
    assert {"HRK", "BGN", "ANG", "SLL", "DEM", "ITL", "VEF", "MRO", "ZWL"} <= set(WITHDRAWN_CURRENCIES)
    assert not {*CURRENCIES, "CNH", "XBT"} & set(WITHDRAWN_CURRENCIES)
    assert set(WITHDRAWN_CURRENCIES) <= set(CURRENCY_DECIMALS)
    decimals = {"HRK": 2, "BGN": 2, "SLL": 2, "ITL": 0, "BYR": 0}
    assert {code: CURRENCY_DECIMALS[code] for code in decimals} == decimals


def test_a_currency_without_minor_unit_is_a_code_without_decimals() -> None:
    without = {"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"}
    assert set(CURRENCIES) - set(CURRENCY_DECIMALS) == without


def test_states_and_provinces() -> None:
    assert {"CT", "DC", "PR", "GU", "AA", "AE", "AP", "FM", "MH", "PW"} <= set(US_STATES)
    assert len(US_STATES) == 50 + 1 + 6 + 3 + 3
    assert set(CA_PROVINCES) == {"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
