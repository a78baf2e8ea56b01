"""From pycountry and CLDR to flows/sources/value_tables.py: the tables a source may name in `values`.

    python tests/make_value_tables.py

The file is generated and kept, so that importing orders needs neither package. A name that two codes share
("Congo", "Saint-Martin") is in no table: a value without a code is told, a guessed one is not.
"""

import gettext
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from textwrap import fill

import pycountry
from babel import Locale
from babel.core import get_cldr_version

VALUE_TABLES = Path(__file__).resolve().parents[1] / "flows" / "sources" / "value_tables.py"
LANGUAGES = ("en", "de", "fr", "es")
UNBROKEN = "\N{NO-BREAK SPACE}"  # holds an entry on one line while lines are filled

# Not ISO's: carriers and the EU use XK for Kosovo, the World Bank XKX and CLDR XKK.
KOSOVO = "XK"
KOSOVO_ALPHA3 = ("XKX", "XKK")

# A single word or name that two places share in usage, even where a list gives it to one of them.
SHARED = (
    *("Congo", "Kongo", "Korea", "Corea", "Corée"),
    *("Saint Martin", "Saint-Martin", "St. Martin", "St Martin", "St-Martin", "San Martín", "Sankt Martin"),
)

# What shops and people write and no list has.
SHORT_COUNTRIES = {
    "AE": ("UAE", "U.A.E.", "VAE"),
    "BA": ("Bosnia", "Bosnien"),
    "BN": ("Brunei",),
    "BQ": ("Bonaire", "Caribbean Netherlands"),
    "BS": ("The Bahamas", "Bahamas, The"),
    "CD": (
        *("DR Congo", "DRC", "Congo-Kinshasa", "Congo (Kinshasa)", "Democratic Republic of the Congo"),
        *("Democratic Republic of Congo", "Congo, Democratic Republic of the"),
    ),
    "CG": ("Congo-Brazzaville", "Congo (Brazzaville)", "Congo, Republic of the", "Republic of the Congo"),
    "CI": ("Ivory Coast", "Elfenbeinküste", "Costa de Marfil"),
    "CV": ("Cape Verde", "Kap Verde", "Cap-Vert", "Cabo Verde"),
    "CZ": ("Czech Republic", "Tschechische Republik", "République tchèque", "República Checa"),
    "DE": ("Federal Republic of Germany", "BRD"),
    "DO": ("Dominican Rep.",),
    "ES": ("España",),
    "FK": ("Falkland Islands",),
    "FM": ("Micronesia", "Federated States of Micronesia"),
    "GB": (
        *("UK", "U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
        *("Großbritannien", "Grossbritannien", "Schottland", "Nordirland"),
        *("Grande-Bretagne", "Grande Bretagne", "Angleterre", "Écosse", "Pays de Galles", "Irlande du Nord"),
        *("Gran Bretaña", "Inglaterra", "Escocia", "Gales", "Irlanda del Norte"),
    ),
    "GM": ("The Gambia", "Gambia, The"),
    "HK": ("Hong Kong", "Hongkong"),
    "IE": ("Republic of Ireland", "Ireland, Republic of", "Éire"),
    "IR": ("Iran",),
    "KP": ("North Korea", "Korea, North"),
    "KR": ("South Korea", "Korea, South", "Korea (South)", "Korea, Republic of", "Republic of Korea"),
    "LA": ("Laos",),
    "MD": ("Moldova", "Republic of Moldova"),
    "MF": ("Saint Martin (French part)",),
    "MK": ("Macedonia", "FYROM", "Mazedonien", "Macédoine"),
    "MM": ("Burma", "Birma", "Myanmar"),
    "MO": ("Macau", "Macao"),
    "NL": ("The Netherlands", "Netherlands, The", "Holland", "Holanda", "Hollande"),
    "PH": ("The Philippines", "Philippines, The"),
    "PS": ("Palestine", "Palästina", "Palestina"),
    "RU": ("Russia",),
    "SX": ("Sint Maarten (Dutch part)", "Saint Martin (Dutch part)"),
    "SY": ("Syria",),
    "SZ": ("Swaziland", "Swasiland"),
    "TL": ("East Timor", "Osttimor", "Timor oriental", "Timor Oriental"),
    "TR": ("Turkey", "Türkiye", "TÜRKİYE"),
    "TW": ("Taiwan", "Taiwan, Province of China"),
    "TZ": ("Tanzania",),
    "US": (
        *("USA", "U.S.A.", "U.S.", "U.S", "United States of America", "The United States"),
        *("The United States of America", "Vereinigte Staaten von Amerika", "États-Unis d’Amérique"),
        *("Estados Unidos de América", "EE. UU.", "EE.UU.", "EEUU", "EUA"),
    ),
    "VA": ("Vatican", "Vatican City", "Vatican City State", "Holy See", "Vatikan"),
    "VC": ("Saint Vincent", "St. Vincent"),
    "VG": ("British Virgin Islands", "Virgin Islands (British)"),
    "VI": ("US Virgin Islands", "U.S. Virgin Islands", "Virgin Islands (U.S.)"),
    "VN": ("Vietnam", "Viet Nam"),
}

# USPS Publication 28, appendix B: what it has beside ISO's subdivisions, and usual forms.
SHORT_STATES = {
    "AA": ("Armed Forces Americas", "Armed Forces the Americas", "Armed Forces Americas (except Canada)"),
    "AE": (
        *("Armed Forces Europe", "Armed Forces Africa", "Armed Forces Canada", "Armed Forces Middle East"),
        "Armed Forces Europe, the Middle East, and Canada",
    ),
    "AP": ("Armed Forces Pacific",),
    "DC": ("D.C.", "Washington DC", "Washington D.C.", "Washington, DC", "Washington, D.C."),
    "FM": ("Federated States of Micronesia", "Micronesia"),
    "MH": ("Marshall Islands",),
    "MP": ("Commonwealth of the Northern Mariana Islands",),
    "PR": ("Porto Rico",),
    "PW": ("Palau",),
    "VI": ("Virgin Islands", "US Virgin Islands", "U.S. Virgin Islands", "Virgin Islands (U.S.)"),
}

# French names as the provinces write them (pycountry's translation lacks hyphens), and usual forms.
SHORT_PROVINCES = {
    "NB": ("Nouveau-Brunswick",),
    "NL": ("Newfoundland", "Newfoundland & Labrador", "Terre-Neuve", "Terre-Neuve et Labrador"),
    "NT": ("Territoires du Nord-Ouest", "NWT"),
    "PE": ("Île-du-Prince-Édouard", "PEI", "P.E.I."),
    "YT": ("Yukon Territory", "Territoire du Yukon"),
}

Names = Iterable[tuple[str, str]]  # a name and its code

FILE = '''"""The tables of values that a source may name: what a sender writes, folded, to the code that we take.

Generated by tests/make_value_tables.py; do not edit. Sources:
countries: pycountry {pycountry} (ISO 3166-1 and its translations), CLDR {cldr} (babel {babel});
states and provinces: pycountry {pycountry} (ISO 3166-2), USPS Publication 28;
and the short forms that the script names. A name that two codes share is left out.

A value is looked up trimmed, casefolded and in NFC: unicodedata.normalize("NFC", value.strip().casefold()).
"""

from typing import Final

# fmt: off

VALUE_TABLES: Final[dict[str, dict[str, str]]] = {{
{tables}
}}
'''


def value_tables() -> str:
    """The whole text of flows/sources/value_tables.py."""
    tables = {
        "country-names": _country_names(),
        "country-alpha3": _country_alpha3(),
        "us-states": _subdivisions("US", "en", SHORT_STATES),
        "ca-provinces": _subdivisions("CA", "fr", SHORT_PROVINCES),
    }
    return FILE.format(
        pycountry=version("pycountry"),
        cldr=get_cldr_version(),
        babel=version("babel"),
        tables="\n".join(_table(name, names) for name, names in tables.items()),
    )


def fold(name: str) -> str:
    """As a cell's value is looked up."""
    return unicodedata.normalize("NFC", name.strip().casefold())


def _country_names() -> Names:
    codes = [c.alpha_2 for c in pycountry.countries]
    for language in LANGUAGES:
        territories = Locale.parse(language).territories
        yield from ((territories[code], code) for code in (*codes, KOSOVO))
        yield from _iso_names(language)
    yield from _listed(SHORT_COUNTRIES)
    yield from ((code, code) for code in (*codes, KOSOVO))


def _iso_names(language: str) -> Names:
    """A country's name, common and official name, in a language; `Korea, Republic of` also the other way round."""
    translate = _translations("iso3166-1", language)
    for country in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            if english := getattr(country, field, ""):
                name = translate(english)
                yield name, country.alpha_2
                if name.count(", ") == 1:
                    yield " ".join(reversed(name.split(", "))), country.alpha_2


def _translations(domain: str, language: str) -> Callable[[str], str]:
    found = gettext.translation(domain, pycountry.LOCALES_DIR, languages=[language], fallback=True)
    return found.gettext


def _country_alpha3() -> Names:
    for country in pycountry.countries:
        yield country.alpha_3, country.alpha_2
        yield country.alpha_2, country.alpha_2
    yield from ((code, KOSOVO) for code in (*KOSOVO_ALPHA3, KOSOVO))


def _subdivisions(country: str, language: str, short: dict[str, tuple[str, ...]]) -> Names:
    translate = _translations("iso3166-2", language)
    for place in pycountry.subdivisions.get(country_code=country):
        code = place.code.removeprefix(f"{country}-")
        yield from ((name, code) for name in (place.name, translate(place.name), code))
    yield from _listed(short)
    yield from ((code, code) for code in short)


def _listed(short: dict[str, tuple[str, ...]]) -> Names:
    return [(name, code) for code, names in short.items() for name in names]


def _table(title: str, names: Names) -> str:
    """One table's text, an entry a name that only one code has, in the order of its letters."""
    codes = defaultdict(set)
    for name, code in names:
        for spelling in _spellings(name):
            codes[fold(spelling)].add(code)
    shared = {fold(spelling) for name in SHARED for spelling in _spellings(name)}
    entries = (
        f'"{name}": "{min(of)}",' for name, of in sorted(codes.items()) if len(of) == 1 and name not in shared
    )
    lines = fill(
        " ".join(entry.replace(" ", UNBROKEN) for entry in entries),
        width=105,
        initial_indent=" " * 8,
        subsequent_indent=" " * 8,
        break_on_hyphens=False,
    )
    return f'    "{title}": {{\n{lines.replace(UNBROKEN, " ")}\n    }},'


def _spellings(name: str) -> Iterator[str]:
    """The name as it stands, and as keyboards and old systems write it: ' for ’, `and` for &, no accents."""
    straight = name.replace("’", "'")
    joined = [straight.replace(" & ", f" {word} ") for word in ("&", "and")]
    for spelling in {name, *joined}:
        yield spelling
        yield _without_accents(spelling)
        yield _without_accents(spelling.translate(UMLAUTS))


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def _without_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


if __name__ == "__main__":
    VALUE_TABLES.write_text(value_tables(), encoding="utf-8")
    print(VALUE_TABLES.name, VALUE_TABLES.stat().st_size, "bytes")
