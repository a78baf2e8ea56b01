"""flows/sources/value_tables.py is what its generator writes, and gives no code that a name leaves open."""

import unicodedata

import pytest

from flows.sources.value_tables import VALUE_TABLES
from make_value_tables import VALUE_TABLES as FILE
from make_value_tables import fold, value_tables
from validators.iso_codes import CA_PROVINCES, COUNTRIES, US_STATES

COUNTRY_NAMES = {
    "US": (
        "USA",
        "usa",
        "U.S.A.",
        "United States",
        "UNITED STATES OF AMERICA",
        "Vereinigte Staaten",
        "États-Unis",
        "Etats-Unis",
        "Estados Unidos",
        "us",
        "US",
    ),
    "GB": (
        "UK",
        "Great Britain",
        "United Kingdom",
        "England",
        "Großbritannien",
        "Royaume-Uni",
        "Reino Unido",
    ),
    "DE": ("Germany", "Deutschland", "Allemagne", "Alemania", "de", "DE"),
    "KR": (
        "South Korea",
        "Korea, Republic of",
        "Republic of Korea",
        "Südkorea",
        "Corée du Sud",
        "Corea del Sur",
    ),
    "KP": ("North Korea", "Nordkorea"),
    "CZ": ("Czech Republic", "Czechia", "Tschechien", "Tchéquie", "República Checa"),
    "TR": ("Turkey", "Türkiye", "TÜRKİYE", "Turkiye", "Türkei", "Tuerkei", "Turquie", "Turquía"),
    "CI": ("Côte d'Ivoire", "Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast"),
    "NL": ("Netherlands", "The Netherlands", "Niederlande", "Pays-Bas", "Países Bajos", "Holland"),
    "BA": ("Bosnia & Herzegovina", "Bosnia and Herzegovina"),
    "AT": ("Austria", "Österreich", "Osterreich", "Oesterreich", "Autriche"),
    "GE": ("Georgia",),
    "CH": ("Switzerland", "Schweiz", "Suisse", "Suiza"),
    "RU": ("Russia", "Russian Federation"),
    "HK": ("Hong Kong", "Hong Kong SAR China"),
    "VN": ("Vietnam", "Viet Nam"),
    "XK": ("Kosovo", "XK"),
}


def test_file_is_what_the_generator_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == value_tables()


@pytest.mark.parametrize("table", VALUE_TABLES.values(), ids=VALUE_TABLES)
def test_each_key_is_as_a_value_is_looked_up(table: dict[str, str]) -> None:
    assert list(table) == sorted({fold(name) for name in table})
    assert all(unicodedata.is_normalized("NFC", name) for name in table)


@pytest.mark.parametrize(("code", "names"), COUNTRY_NAMES.items(), ids=COUNTRY_NAMES)
def test_country_names(code: str, names: tuple[str, ...]) -> None:
    assert {name: VALUE_TABLES["country-names"].get(fold(name)) for name in names} == dict.fromkeys(
        names, code
    )


@pytest.mark.parametrize(
    "name", ["Congo", "Kongo", "Korea", "Corea", "Corée", "Saint Martin", "St. Martin", ""]
)
def test_a_name_of_two_countries_is_no_name(name: str) -> None:
    assert fold(name) not in VALUE_TABLES["country-names"]


def test_each_table_takes_its_own_codes_and_gives_those_alone() -> None:
    countries = {*COUNTRIES, "XK"}
    states = {*US_STATES, "FM", "MH", "PW"}  # in free association, with USPS codes of their own
    expected = {"country-names": countries, "country-alpha3": countries}
    expected |= {"us-states": states, "ca-provinces": set(CA_PROVINCES)}
    assert {name: set(table.values()) for name, table in VALUE_TABLES.items()} == expected
    for name, codes in expected.items():
        assert {code: VALUE_TABLES[name][code.lower()] for code in codes} == {code: code for code in codes}


def test_alpha3() -> None:
    table = VALUE_TABLES["country-alpha3"]
    assert {code: table[fold(code)] for code in ("DEU", "usa", "GBR", "XKX", "de")} == {
        "DEU": "DE",
        "usa": "US",
        "GBR": "GB",
        "XKX": "XK",
        "de": "DE",
    }
    assert "germany" not in table


@pytest.mark.parametrize(
    ("table", "name", "code"),
    [
        ("us-states", "Alaska", "AK"),
        ("us-states", "NEW YORK", "NY"),
        ("us-states", "Georgia", "GA"),
        ("us-states", "District of Columbia", "DC"),
        ("us-states", "Puerto Rico", "PR"),
        ("us-states", "Armed Forces Europe", "AE"),
        ("us-states", "Palau", "PW"),
        ("ca-provinces", "Quebec", "QC"),
        ("ca-provinces", "Québec", "QC"),
        ("ca-provinces", "Île-du-Prince-Édouard", "PE"),
        ("ca-provinces", "Nouveau-Brunswick", "NB"),
        ("ca-provinces", "Newfoundland & Labrador", "NL"),
    ],
)
def test_states_and_provinces(table: str, name: str, code: str) -> None:
    assert VALUE_TABLES[table][fold(name)] == code
