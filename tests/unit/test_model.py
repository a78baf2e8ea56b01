"""Every member of the order model: a cell of a good order written over, and just the findings that it must give.

The tables here are those of the model once more, not made from validators.order_model, so that a slip there shows.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache

import pytest

from flows.sources import synonym_words
from orders import (
    AMOUNTS,
    CUSTOMS,
    FULL,
    PLAIN,
    SERVICES,
    SIDES,
    Answer,
    Row,
    answers,
    blank,
    checked,
    found,
    frame,
    full,
    lines,
    plain,
)
from validators.checks import Check
from validators.formats import BOOLEAN
from validators.item_rules import ITEM_RULES
from validators.order_model import MEMBERS, METADATA
from validators.order_rules import HEAD_RULES
from validators.value_checks import HEAD_VALUES, ITEM_VALUES

_BOTH = ("fromAddress", "toAddress")

TEXTS = {  # reject, warn (0: none), what it is: prose, an id or code, or neither
    "orderNumber": (50, 0, "code"),
    "orderMessage.type": (30, 0, "code"),
    "orderMessage.message": (1000, 255, "prose"),
    "metadata.season": (255, 0, "prose"),
    "charges.billingStatus": (50, 0, "code"),
    "charges.paymentType": (50, 0, "code"),
    "shippingReference.reference1": (100, 30, ""),
    "shippingReference.reference2": (100, 30, ""),
    "shippingReference.reference3": (100, 30, ""),
    "shippingReference.reference4": (100, 30, ""),
    "shippingReference.shipperReference": (100, 30, ""),
    "shippingReference.transportationReference": (100, 30, ""),
    "shippingReference.shippingNotes": (1000, 255, "prose"),
    "customerInfo.firstName": (100, 40, ""),
    "customerInfo.lastName": (100, 40, ""),
    "customerInfo.email": (254, 50, "code"),
    "customerInfo.customerId": (50, 0, "code"),
    **{f"{at}.name": (100, 40, "prose") for at in _BOTH},
    **{f"{at}.company": (100, 40, "prose") for at in _BOTH},
    **{f"{at}.addressLine1": (200, 40, "prose") for at in _BOTH},
    **{f"{at}.addressLine2": (200, 40, "prose") for at in _BOTH},
    **{f"{at}.addressLine3": (200, 40, "prose") for at in _BOTH},
    **{f"{at}.cityTown": (100, 30, "prose") for at in _BOTH},
    **{f"{at}.stateProvince": (100, 0, "") for at in _BOTH},
    **{f"{at}.postalCode": (25, 10, "code") for at in _BOTH},
    **{f"{at}.phone": (40, 15, "code") for at in _BOTH},
    **{f"{at}.email": (254, 50, "code") for at in _BOTH},
    "shippingPreferences.carrier": (30, 0, "code"),
    "shippingPreferences.service": (30, 0, "code"),
    "shippingPreferences.parcelType": (30, 0, "code"),
    "shippingPreferences.customCarrierCode": (50, 0, "code"),
    "shippingPreferences.parcelId": (50, 0, "code"),
    "items.customProductId": (50, 0, "code"),
    "items.itemId": (50, 30, "code"),
    "items.description": (255, 35, "prose"),
    "items.hSTariffCode": (14, 0, "code"),
    "items.originStateProvince": (100, 0, ""),
}
SETS = {  # its check, codes that are in it, texts that are not
    "items.hSTariffCodeCountry": (
        "is_country",
        "US CA GB DE JP PR AX XK",
        "us USA UK EU XX U.S. China U\u200bS",
    ),
    "items.originCountryCode": ("is_country", "US CA GB DE JP PR AX", "us USA UK EU XX U.S. China U\u200bS"),
    **{
        f"{at}.countryCode": ("is_country", "GB DE JP PR AX", "us USA UK EU XX Deutschland U\tS")
        for at in _BOTH
    },
    "charges.currency": ("is_currency", "USD JPY KWD XAU", "usd US$ $ ABC CNH USDD U\x07D"),
    "items.unitWeight.unitOfMeasurement": ("is_weight_unit", "OZ GM LB KG", "oz kg lbs G"),
    "shippingPreferences.parcel.weightUnit": ("is_weight_unit", "OZ GM LB KG", "oz kg lbs G"),
    "shippingPreferences.parcel.dimUnit": ("is_size_unit", "IN CM", "in MM INCH"),
}
MONEY = (*AMOUNTS, "items.unitPrice")
WEIGHTS = ("items.unitWeight.weight", "shippingPreferences.parcel.weight")
JSON_CELLS = ("metadata", "additionalAddresses", SERVICES, CUSTOMS)
BOOLEANS = tuple(f"{at}.residential" for at in _BOTH)
PERSONAL = {
    *("orderMessage.message", "shippingReference.shippingNotes", "metadata.season", "metadata"),
    *(
        "customerInfo.firstName",
        "customerInfo.lastName",
        "customerInfo.email",
        "additionalAddresses",
        CUSTOMS,
    ),
    *(
        f"{at}.{name}"
        for at in _BOTH
        for name in [
            "name",
            "company",
            "addressLine1",
            "addressLine2",
            "addressLine3",
            "cityTown",
            "phone",
            "email",
            "residential",
        ]
    ),
}

# No code of a currency stands beside these, so that no rule compares them: CLF has four decimals.
LONE = blank(*AMOUNTS, CUSTOMS) | {"charges.currency": "CLF"}

Case = tuple[str, str, str]
"""A column, the value to write there, and the names of the checks that it breaks; `?` marks a warning."""


def order(column: str, value: str) -> list[Row]:
    """A good order with this one cell written over, so that no rule is broken by it besides."""
    if column == "orderNumber":
        return plain({column: value})  # on its only row
    if column == SIDES[0]:
        return full(dict.fromkeys(SIDES, value))  # or the length would not be the longest
    beside = blank(CUSTOMS) if column == "charges.currency" else LONE if column in MONEY else {}
    return full({**beside, column: value})


def expected(case: Case) -> list[str]:
    column, _, checks = case
    row = 3 if column == "items.customProductId" else 2
    columns = SIDES if column == SIDES[0] else (column,)
    told = [f"{row} {c} {check}" for c in columns for check in checks.split()]
    return sorted(line.replace("?", " warning") for line in told)


def last(column: str) -> str:
    return column.rsplit(".", maxsplit=1)[-1]


def filler(column: str, length: int) -> str:
    """A text of this length in the member's form."""
    first, end = {"email": ("a", "@e.org"), "phone": ("2", " x7"), "hSTariffCode": ("8", ".")}.get(
        last(column), ("x", "y")
    )
    return first * (length - len(end)) + end


# --- Text -----------------------------------------------------------------------------------------------------

FREE = [c for c in TEXTS if last(c) not in ("phone", "email", "hSTariffCode")]
CODES = [c for c, (_, _, what) in TEXTS.items() if what == "code"]
IDS = ("orderNumber", "customerInfo.customerId", "items.itemId", "items.customProductId")
PROSE = [c for c, (_, _, what) in TEXTS.items() if what == "prose"]


def lengths() -> Iterator[Case]:
    for column, (reject, warn, _) in TEXTS.items():
        yield column, filler(column, reject), "fits_label?" if warn else ""
        yield column, filler(column, reject + 1), "fits_length"
        if warn:
            yield column, filler(column, warn), ""
            yield column, filler(column, warn + 1), "fits_label?"


def code_points() -> Iterator[Case]:
    """A length is counted once the text is trimmed and composed."""
    for column in FREE:
        reject, warn, _ = TEXTS[column]
        for letter in ("e\u0301", "🎁", "星"):
            yield column, f" \u00a0{letter * reject}\u3000\n", "fits_label?" if warn else ""
            yield column, letter * (reject + 1), "fits_length"
            if warn:
                yield column, f"\t{letter * warn} ", ""


def control_characters() -> Iterator[Case]:
    """An error anywhere; tab and the ends of lines are text in prose."""
    of_form = {"phone": " is_phone", "hSTariffCode": " is_tariff_code?", "email": " is_email"}
    for column in TEXTS:
        text = filler(column, 9)
        for character in "\0\x07\x1b\x1f\x7f\x80\x9f":
            form = "" if last(column) == "email" else of_form.get(last(column), "")
            yield column, text[:2] + character + text[2:], "has_no_control_characters" + form
        for character in "\t\n\r":
            checks = "has_no_control_characters" + of_form.get(last(column), "")
            yield column, text[:2] + character + text[2:], "" if column in PROSE else checks


def hidden_characters() -> Iterator[Case]:
    for character in "\u200b\u200c\u200d\u200e\u200f\u202e\u2060\u2066\ufeff\u00ad":
        for column in CODES:
            yield column, f"8471{character}30", "has_no_hidden_characters"
        for column in (column for column in FREE if column not in CODES):
            yield column, f"دنیا{character}ی 👩\u200d❤️\u200d👨", ""


LOOKS_LIKE_NOTHING = (
    "22E1",
    "1E5",
    "TRUE",
    "f",
    "NA",
    "N/A",
    "null",
    "None",
    "nan",
    "00012",
    "02108",
    "-",
    "=1+1",
)


def kept() -> Iterator[Case]:
    """Texts that must be stored as they are written."""
    yield from ((column, text, "") for column in FREE for text in LOOKS_LIKE_NOTHING)


def sets() -> Iterator[Case]:
    for column, (check, good, bad) in SETS.items():
        yield from ((column, code, "") for code in good.split())
        yield from ((column, code, check) for code in [*bad.split(" "), "x" * 300])


E_GOOD = 'robin+tea@example.com|é@bücher.example|o\'plum@example.co.uk|"a"@b.c|a@b.c.d.museum|r_b%x@e-x.org|mailto@b.c'
E_BAD = "robin.example.com|robin@home@example.com|ship desk@example.com|@example.com|robin@|a@b\u00a0c.de|@"
E_BAD += "|a@b|a@b.|a@.b|a@b..c|a@b.c.|<a@b.c>|Robin <a@b.c>|a@[10.0.0.1]|a(x)@b.c|mailto:a@b.c|MAILTO:a@b.c|a@b.c,d@e.f"
B_GOOD = "a@b|robin+tea@example.com|a@b.|<a@b>|mailto:a@b.c"
B_BAD = "robin.example.com|robin@home@example.com|ship desk@example.com|@example.com|robin@|a@b\u00a0c|@"
P_GOOD = "206-555-0142|+1 206.555.0142|(206) 555-01|617-5550142 x7|5550142 ext. 7|5550142 EXT12|555 #12|555/0142|123"
P_GOOD += "|206\u2013555\u20140142|206\u2011555\u22120142|+33\u00a01\u202f23\u00a045|0228/12 34-0|55 x7|7 extension 12|5550142 Extension12"
P_BAD = "call my sister|+|()|٢٠٦٥٥٥|555-0142 x|x7|555,0142|２０６５５５|CALL-NOW|555 e\u017ft 1|7|12|1-2|5 x1|x123|555;123|n/a"
T_GOOD = "847130|8471.30|8471 30 0000|8471.30.2000|84713000000000|.847130."
T_BAD = "84713|8471|8471.AB|8471-30|٨٤٧١٣٠|n/a"
N_GOOD = "22E1|1E5|1.5|1.23457E17|1.23457E-17|A1.2E+17|+|12E+X|0|#1001|000123|123456789012345678901234567890"
N_BAD = "1.23457E+17|1,23457E+17|1e+17|9E+3|1.2e+05"
FORMS = [  # the last word of a column, its check, texts that have the form, texts that do not
    ("Address.email", "is_email", E_GOOD, E_BAD),
    ("customerInfo.email", "is_email", B_GOOD, B_BAD),
    ("phone", "is_phone", P_GOOD, P_BAD),
    ("hSTariffCode", "is_tariff_code?", T_GOOD, T_BAD),
    *((column, "is_not_exponent", N_GOOD, N_BAD) for column in IDS),
]


def _past(column: str, text: str) -> str:
    """A warning where it is right and long."""
    return "fits_label?" if 0 < TEXTS[column][1] < len(text) else ""


def forms() -> Iterator[Case]:
    for name, check, good, bad in FORMS:
        for column in (column for column in TEXTS if column.endswith(name)):
            yield from ((column, text, _past(column, text)) for text in good.split("|"))
            yield from ((column, text, check) for text in bad.split("|"))


# --- Numbers and booleans -------------------------------------------------------------------------------------

NO_DECIMAL = "$1,234.50|1.234,50|1,5|1e3|١٢|１２|+1|.5|5.|1_000|1 000|free|NaN|inf|0x1F|--1|-|1.2.3|½"
NINES = "9" * 60
DECIMALS = {
    MONEY: {
        "": "0 0.0000 -0 007.50 0.0001 9999999999.9999 1.50000000 12.5 60.0000",
        "is_in_range": f"-1 -0.0001 10000000000 10000000000.0000 {NINES} -{NINES}",
        "fits_decimals": "0.00001 9999999999.99999 1.12345 9.00050001 -1.12345",
    },
    WEIGHTS: {
        "": "0.0001 99999999.9999 1.50000000 12",
        "is_positive": f"0 0.00000 -0.0 -1 100000000 {NINES}",
        "fits_decimals": "0.12345 0.00001",
    },
    SIDES[:1]: {
        "": "0.001 99999.999 1.5000000 12",
        "is_positive": f"0 0.0000 -1 100000 {NINES}",
        "fits_decimals": "1.2345 0.0001",
    },
}
INTEGERS = {
    "": "1 99999 007",
    "is_in_range": f"0 -1 100000 99999999999 {NINES} -{NINES}",
    "is_integer": "1.5 1_000 1,000 ١٢ 12345.0 1e3 +1 2pcs TRUE",
}
TRUE = "true t yes y 1 TRUE True T Yes YES Y yEs"
FALSE = "false f no n 0 FALSE False F No NO N"
NEITHER = "maybe ja 2 1.0 -1 tru yes,no null on ye\u017f fal\u017fe"


def numbers() -> Iterator[Case]:
    for columns, table in DECIMALS.items():
        for column in columns:
            yield from ((column, text, "is_decimal") for text in NO_DECIMAL.split("|"))
            yield from ((column, text, check) for check, texts in table.items() for text in texts.split())
    for check, texts in INTEGERS.items():
        yield from (("items.quantity", text, check) for text in texts.split())


def booleans() -> Iterator[Case]:
    for column in BOOLEANS:
        yield from ((column, text, "") for text in f"{TRUE} {FALSE}".split())
        yield from ((column, text, "is_boolean") for text in NEITHER.split())


PROTECTED = (
    *("orderNumber", "customerInfo.customerId", "items.itemId", "items.customProductId", "charges.currency"),
    *("shippingPreferences.parcelId", "shippingPreferences.customCarrierCode", "items.hSTariffCode"),
    *("items.hSTariffCodeCountry", "items.originCountryCode", "items.originStateProvince", "items.quantity"),
    *(f"{at}.{name}" for at in _BOTH for name in ("stateProvince", "postalCode", "countryCode", "phone")),
    *(*MONEY, *WEIGHTS, *SIDES[:1]),
)


def protected() -> Iterator[Case]:
    """R24: told there, and the form is not."""
    for column in PROTECTED:
        yield from (
            (column, text, "is_not_protected") for text in ("'00012", '="00012"', '="1.2E+17"', "'", '=""')
        )
    for column in FREE:
        if column not in PROTECTED:
            yield from ((column, text, "") for text in ("'00012", '="00012"'))
    yield from (
        (column, text, "") for column in IDS for text in ("0'12", '0"12"', '="0012', "=12", 'x="00"', "a b")
    )


# --- All of them ----------------------------------------------------------------------------------------------

TOPICS: tuple[Callable[[], Iterator[Case]], ...] = (
    *(
        lengths,
        code_points,
        control_characters,
        hidden_characters,
        kept,
        sets,
        forms,
        numbers,
        booleans,
        protected,
    ),
)


@cache
def answered(topic: Callable[[], Iterator[Case]]) -> list[tuple[Case, Answer]]:
    cases = list(topic())
    return list(zip(cases, answers([order(column, value) for column, value, _ in cases]), strict=True))


BY_COLUMN = [(topic, column) for topic in TOPICS for column in dict.fromkeys(case[0] for case in topic())]


@pytest.mark.parametrize(("topic", "column"), BY_COLUMN, ids=lambda part: getattr(part, "__name__", part))
def test_value(topic: Callable[[], Iterator[Case]], column: str) -> None:
    cases = [(case, answer) for case, answer in answered(topic) if case[0] == column]
    assert {case[1]: answer.lines for case, answer in cases} == {case[1]: expected(case) for case, _ in cases}


def test_a_boolean_is_written_in_one_form() -> None:
    other = [
        path for path, member in MEMBERS.items() if member.kind == "boolean" and member.form is not BOOLEAN
    ]
    assert not other, (
        f"Give {other} form=formats.BOOLEAN in validators/order_model.py, for the docs to say so"
    )


def test_the_words_of_shops_are_for_members() -> None:
    tables = {
        "toAddress.": synonym_words.ADDRESS,
        "items.": synonym_words.ITEM_MEMBERS,
        "": synonym_words.HEAD,
    }
    other = [f"{at}{name}" for at, table in tables.items() for name in table if f"{at}{name}" not in MEMBERS]
    assert not other, f"flows/sources/synonym_words.py has words for {other}, which no order has"


def test_the_tables_are_of_all_members() -> None:
    tables = [*TEXTS, *SETS, *MONEY, *WEIGHTS, *SIDES, *JSON_CELLS, *BOOLEANS, "items.quantity"]
    assert len(tables) == len(set(tables))
    other = set(MEMBERS) ^ (set(tables) - {"metadata.season"})
    assert not other, (
        f"In the order model and in no table of this file, or the other way round: {sorted(other)}"
    )


def test_a_good_order_with_every_member_gives_no_finding() -> None:
    other = set(MEMBERS) ^ {column for row in FULL for column, text in row.items() if text}
    assert not other, f"Give {sorted(other)} a value in FULL of tests/orders.py, or take it out there"
    answer = checked(frame(FULL))
    assert (answer.findings.height, answer.heads["rejected"].to_list()) == (0, [False])
    assert answer.items["item"].to_list() == [1, 2]
    assert found(PLAIN) == []


# --- What is kept ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", [column for column in FREE if column in MEMBERS])
def test_text_stays_as_it_is_written(column: str) -> None:
    for topic in (kept, hidden_characters):
        cases = [(text, answer) for (of, text, _), answer in answered(topic) if of == column]
        assert [text for text, answer in cases if text not in answer.kept(column)] == []


@pytest.mark.parametrize("column", [column for column in FREE if column in MEMBERS])
def test_text_is_trimmed_and_composed_and_nothing_else(column: str) -> None:
    (answer,) = answers([order(column, " \u2003\tE\u0301 ﬁ  Ⅷ\u00a0²\r\n")])
    assert (answer.lines, "É ﬁ  Ⅷ\u00a0²" in answer.kept(column)) == ([], True)


def test_blank_is_absent() -> None:
    optional = "customerInfo.email toAddress.residential metadata items.unitPrice items.originCountryCode"
    cases = [(column, text) for column in optional.split() for text in ("", "  ", "\t\n", "\u00a0\u3000")]
    for (column, _), answer in zip(cases, answers([order(*case) for case in cases]), strict=True):
        assert (answer.lines, answer.kept(column)[0]) == ([], None)


def test_decimals_and_integers_are_exact() -> None:
    for (column, text, checks), answer in answered(numbers):
        assert checks or answer.kept(column)[0] == Decimal(text)


def test_booleans_are_what_they_say() -> None:
    for (column, text, checks), answer in answered(booleans):
        assert checks or answer.kept(column)[0] is (text in TRUE.split())


# --- What is told ---------------------------------------------------------------------------------------------

BAD = {
    **dict.fromkeys(TEXTS, "x\x07y"),
    **dict.fromkeys((*SETS, *MONEY, *WEIGHTS, *SIDES, *BOOLEANS, *JSON_CELLS, "items.quantity"), "no such"),
}


def test_a_value_is_told_as_it_is_written_and_a_personal_one_nowhere() -> None:
    told = answers([order(column, f" {text} ") for column, text in BAD.items()])
    for (column, text), answer in zip(BAD.items(), told, strict=True):
        assert (column, set(answer.values)) == (column, {None if column in PERSONAL else text})


def test_a_value_is_told_on_every_row_where_it_stands() -> None:
    bad = {"customerInfo.email": "x", "metadata": "x", "metadata.season": "x" * 256}
    rows = [FULL[0] | bad, FULL[0] | bad | {"items.itemId": "b"}, FULL[1]]
    checks = ("customerInfo.email is_email", "metadata is_json", "metadata.season fits_length")
    assert found(*rows) == [f"{row} {check}" for row in (2, 3) for check in checks]


def test_of_a_nested_order_a_value_is_told_once() -> None:
    """Its items are rows of one number."""
    rows = [PLAIN | {"customerInfo.email": "x", "items.itemId": sku} for sku in ("a", "b")]
    answer = checked(frame(rows, numbers=(1, 1)), nested=True)
    assert lines(answer.findings) == ["1 customerInfo.email is_email"]


def test_personal_columns_are_those_of_the_model() -> None:
    personal = {path for path, member in MEMBERS.items() if member.personal}
    other = personal ^ (PERSONAL - {f"{METADATA}season"})
    assert not other, (
        f"Personal in the order model and not in PERSONAL of this file, or the other way round: {sorted(other)}"
    )


ALL_CHECKS = [*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES]


def test_a_check_is_known_by_its_column_and_name() -> None:
    names = [(check.column, check.name) for check in ALL_CHECKS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: f"{check.column}-{check.name}")
def test_a_check_says_how_to_mend(check: Check) -> None:
    assert check.hint[:1].isupper(), f"The hint of {check.name} is no sentence: it says how to mend the value"
    assert check.hint.endswith("."), f"The hint of {check.name} has no full stop"
