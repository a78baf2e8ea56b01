"""Lists and objects that come as JSON in a cell, and metadata in columns: what is found in them, and what is kept."""

import json
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from orders import CUSTOMS, PLAIN, SERVICES, Answer, Row, answers, blank, checked, found, frame, plain
from validators.hints import with_hints

METADATA, OTHERS = "metadata", "additionalAddresses"
KIB64 = 64 * 1024
CELLS = (METADATA, OTHERS, SERVICES, CUSTOMS)

Case = tuple[str, str, str]
"""A column, its cell, and the names of the checks that it breaks; `?` marks a warning."""


def pairs(*entries: tuple[Any, Any]) -> str:
    return json.dumps([{"name": name, "value": value} for name, value in entries])


def service(**members: Any) -> str:
    return json.dumps([{"specialserviceId": "Ins"} | members])


def parameter(**members: Any) -> str:
    return service(inputParameters=[{"name": "n", "value": "v"} | members])


def other(**members: Any) -> str:
    return json.dumps([members])


def info(**members: Any) -> str:
    return json.dumps({"customsInfo": members})


def in_customs(text: str) -> str:
    return f'{{"customsInfo":{text}}}'


def nested(depth: int, column: str) -> str:
    """Lists in lists, in a member that may hold anything."""
    lists = "[" * (depth - 2) + "]" * (depth - 2)
    return in_customs(f'{{"x":{lists}}}') if column == CUSTOMS else f'[{{"x":{lists}}}]'


NOT_JSON = (
    *(
        "no such",
        "{",
        "[1,]",
        "{'a': 1}",
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[1] [2]",
        "[01]",
        "[1.]",
        '["a\tb"]',
    ),
    *('{"a":1,"a":1}', '[{"name":"a","name":"b","value":"c"}]', '[{"a":"\\ud800"}]', "<xml/>"),
    *('[{"a":1},{"\\udfff":1}]', '[{"a":1},', '[{"a":1}', '[{"a":1}}', '[{"a":1} {"a":1}]', "[,]", "[]]"),
    *("[1e99999999999999999999]", "[" + "9" * 5000 + "]", "[" * 100_000, "[" * 2000 + "]" * 2000),
)
ANY: list[Case] = [
    *((column, cell, "is_json") for column in CELLS for cell in NOT_JSON),
    *((column, nested(500, column), "is_json") for column in CELLS[1:] if column != SERVICES),
    *(
        (column, cell, "is_list")
        for column in CELLS[:3]
        for cell in ("{}", "1", '"a"', "[1]", "[[]]", "[1, 2]")
    ),
    *((column, "[null, 1]", "holds_no_blank_entry? is_list") for column in CELLS[:3]),
    *((column, "[]", "") for column in CELLS[:3]),
    *(
        (column, cell, "holds_no_blank_entry?")  # R25
        for column in CELLS[:3]
        for cell in (
            "[null]",
            "[{}]",
            '[""]',
            "[null,{},null]",
            '[{"name":null,"value":" "}]',
            '[{"name":"\u200b"}]',
        )
    ),
    *((CUSTOMS, cell, "is_object") for cell in ("[]", "1", '"a"', '{"customsInfo": []}')),
    *((column, "\tnull ", "") for column in CELLS),
    *((column, f"\n {nested(100, column)}\t", "") for column in (OTHERS, CUSTOMS)),
    *((column, nested(102, column), "is_json") for column in (OTHERS, CUSTOMS)),
]
NUMBERS: list[Case] = [
    *(
        (CUSTOMS, in_customs(f'{{"n":{number}}}'), "")
        for number in ("1.10", "1e300", "0." + "1" * 300, "9" * 300, "-0.0")
    ),
    *(
        (CUSTOMS, in_customs(f'{{"n":{number}}}'), "is_json")
        for number in ("1e301", "1E-5000", "0." + "1" * 301, "9" * 302)
    ),
]
CHARACTERS: list[Case] = [
    *((METADATA, pairs(("a", f"x{c}y")), "has_no_control_characters") for c in "\0\x07\x7f\x9f"),
    *((METADATA, pairs(("a", f"x{c}y")), "") for c in "\t\n\r"),  # R23
    *((METADATA, pairs((f"a{c}b", "x")), "has_no_control_characters") for c in "\0\t\n\r"),
    (METADATA, pairs((" a\n", "\tx\x85\u3000 ")), ""),  # trimmed
    *(
        (METADATA, pairs(("a", text)), "has_no_control_characters")
        for c in "\x1c\x1d\x1e\x1f"
        for text in (c, f"x{c}", f"{c}x")
    ),
    *((METADATA, pairs((f"a{c}", "x")), "has_no_control_characters") for c in "\x1c\x1f"),
    *((SERVICES, parameter(value=f"x{c}"), "has_no_control_characters") for c in "\x1c\x1f"),
    (METADATA, pairs(("a", "x\u200dy")), ""),
    *((SERVICES, parameter(value=f"x{c}y"), "has_no_control_characters") for c in "\0\x07\t\n"),
    *(
        (SERVICES, service(specialserviceId=f"I{c}s"), "has_no_hidden_characters")
        for c in "\u200b\u202e\ufeff"
    ),
    *((OTHERS, other(addressLine1=f"x{c}y"), "has_no_control_characters") for c in "\0\x07"),
    *((OTHERS, other(addressLine1=f"x{c}y"), "") for c in "\t\n\r\u200d"),
    *(
        (CUSTOMS, in_customs(f'{{"a":"x\\u00{c}y"}}'), "has_no_control_characters")
        for c in ("00", "07", "7f")
    ),
    (CUSTOMS, in_customs('{"a\\u0000":1}'), "has_no_control_characters"),
    (CUSTOMS, in_customs('{"a":"x\\ny"}'), ""),
]
IN_METADATA: list[Case] = [
    (METADATA, pairs(*((f"key{n}", "x") for n in range(50))), ""),
    (METADATA, pairs(*((f"key{n}", "x") for n in range(51))), "fits_entries"),
    (METADATA, pairs(("n" * 50, "v" * 255)), ""),
    (METADATA, pairs(("n" * 51, "v")), "fits_length"),
    (METADATA, pairs(("n", "v" * 256)), "fits_length"),
    (METADATA, pairs(("e\u0301" * 50, "🎁" * 255)), ""),
    (METADATA, pairs((" ", "v")), "is_present"),
    (METADATA, pairs(("n", "")), "is_present"),
    (METADATA, pairs((None, "v"), (None, "w")), "is_present"),
    (METADATA, '[null,{"name":"n","value":"v"},{}]', "holds_no_blank_entry?"),
    (METADATA, '[{"value":"v"}]', "is_present"),
    (METADATA, '[{"name":"n"}]', "is_present"),
    (METADATA, pairs(("n", 1)), "is_text"),
    (METADATA, pairs((1, "v"), (1, "w")), "is_text is_once_in_order"),
    (METADATA, pairs(("n", True)), "is_text"),
    (METADATA, pairs(("n", "a"), ("N", "b")), ""),
    (METADATA, pairs(("n", "a"), ("n", "b")), "is_once_in_order"),
    (METADATA, pairs(("é", "a"), (" e\u0301 ", "b")), "is_once_in_order"),
    (METADATA, '[{"name":"n","value":"v","colour":"blue"}]', "is_known?"),  # R25
    (METADATA, '[{"Name":"n","value":"v"}]', "is_present is_known?"),
    (METADATA, '[{"name":"n","value":"v","colour":null}]', ""),
]
IN_SERVICES: list[Case] = [
    (SERVICES, json.dumps([{"specialserviceId": f"S{n}"} for n in range(20)]), ""),
    (SERVICES, json.dumps([{"specialserviceId": f"S{n}"} for n in range(21)]), "fits_entries"),
    (SERVICES, service(specialserviceId="I" * 30), ""),
    (SERVICES, service(specialserviceId="I" * 31), "fits_length"),
    (SERVICES, service(specialserviceId=" ", inputParameters=[]), "is_present"),
    (SERVICES, service(specialserviceId=" "), "holds_no_blank_entry?"),
    (SERVICES, service(specialserviceId=7), "is_text"),
    (SERVICES, service(specialserviceId=None, inputParameters=[{"name": "n"}]), "is_present"),
    *((SERVICES, service(specialserviceId=text), "is_not_protected") for text in ("'7", '="7"')),
    (SERVICES, '[{"specialServiceId":"Ins"}]', "is_present is_known?"),  # large S, R25
    (SERVICES, service(colour="blue"), "is_known?"),
    (SERVICES, service(inputParameters=[]), ""),
    (SERVICES, service(inputParameters=None), ""),
    (SERVICES, service(inputParameters={}), "is_list"),
    (SERVICES, service(inputParameters=["a"]), "is_list"),
    (SERVICES, service(inputParameters=[None]), "holds_no_blank_entry?"),
    (SERVICES, service(inputParameters=[{}, {"name": "n", "value": "v"}]), "holds_no_blank_entry?"),
    (SERVICES, parameter(name="n" * 50, value="v" * 255), ""),
    (SERVICES, parameter(name="n" * 51), "fits_length"),
    (SERVICES, parameter(value="v" * 256), "fits_length"),
    (SERVICES, parameter(value=100), "is_text"),
    (SERVICES, parameter(value=True), "is_text"),
    (SERVICES, parameter(value=""), ""),
    (SERVICES, parameter(name=" ", value=None), "holds_no_blank_entry?"),
    (SERVICES, parameter(colour="blue"), "is_known?"),
]
IN_CUSTOMS: list[Case] = [
    (CUSTOMS, "{}", ""),
    (CUSTOMS, '{"anything": {"at": [1, true, null]}, "customsInfo": {"also": "here"}}', "is_known?"),  # R25
    (CUSTOMS, '{"anything": null, "customsInfo": {"also": "here"}}', ""),
    *((CUSTOMS, info(currencyCode=code), "") for code in ("USD", "XAU", "", " ", None)),
    *((CUSTOMS, info(currencyCode=code), "is_current_currency?") for code in ("HRK", "DEM")),
    *((CUSTOMS, info(currencyCode=code), "is_currency") for code in ("usd", "DOLLAR", 840, ["USD"], True, 0)),
    *(
        (CUSTOMS, info(reasonForExport=why), "")
        for why in ("GIFT", "COMMERCIAL_SAMPLE", "MERCHANDISE", "DOCUMENTS", "SOLD", "NOT_SOLD")
    ),
    *((CUSTOMS, info(reasonForExport=why), "") for why in ("RETURNED_GOODS", "OTHER", None, "")),
    *(
        (CUSTOMS, info(reasonForExport=why), "is_reason_for_export?")
        for why in ("gift", "PRESENT", 1, ["GIFT"])
    ),
    *(
        (CUSTOMS, info(termsOfSale=terms), "")
        for terms in ("DAP", "ddp", "DAT", "DPU", "DAF", "DEQ", None, "")
    ),
    *(
        (CUSTOMS, info(termsOfSale=terms), "is_terms_of_sale")
        for terms in ("DA", "DAPS", "D1P", "DÄP", "ABC", 123)
    ),
    (CUSTOMS, info(currencyCode="x", termsOfSale="x"), "is_currency is_terms_of_sale"),
    (CUSTOMS, in_customs('{"a": "' + "a" * (KIB64 - 24) + '"}'), ""),
    (CUSTOMS, in_customs('{"a": "' + "a" * (KIB64 - 23) + '"}'), "fits_length"),
    (CUSTOMS, in_customs('{"a": "' + "星" * 21_837 + '"}'), ""),  # three bytes each, and as many as fit
    (CUSTOMS, in_customs('{"a": "' + "星" * 21_838 + '"}'), "fits_length"),
]
LENGTHS = {  # reject, warn
    "addressType": (30, 0),
    **dict.fromkeys(("name", "company"), (100, 40)),
    **dict.fromkeys(("addressLine1", "addressLine2", "addressLine3"), (200, 40)),
    "cityTown": (100, 30),
    "stateProvince": (100, 0),
    "postalCode": (25, 10),
    "phone": (40, 15),
    "email": (254, 50),
}
IN_ADDRESSES: list[Case] = [
    *((OTHERS, other(**{name: "x" * n}), "fits_label?" * (w > 0)) for name, (n, w) in LENGTHS.items()),
    *((OTHERS, other(**{name: "x" * (n + 1)}), "fits_length") for name, (n, _) in LENGTHS.items()),
    *((OTHERS, other(**{name: "x" * w}), "") for name, (_, w) in LENGTHS.items() if w),
    *((OTHERS, other(**{name: "x" * (w + 1)}), "fits_label?") for name, (_, w) in LENGTHS.items() if w),
    *((OTHERS, other(countryCode=code), "") for code in ("US", "DE", "XK")),
    *((OTHERS, other(countryCode=code), "holds_no_blank_entry?") for code in ("", None)),
    *(
        (OTHERS, other(countryCode=code), "is_country")
        for code in ("us", "USA", "Canada", "XX", " US", 1, ["US"])
    ),
    (OTHERS, other(name=7), "is_text"),
    (OTHERS, other(anything={"at": ["all", 1.50, None]}, postalCode="no form", residential=True), ""),
    (OTHERS, json.dumps([{"name": f"W{n}", "countryCode": "US"} for n in range(10)]), ""),
    (OTHERS, json.dumps([{"name": f"W{n}", "countryCode": "US"} for n in range(11)]), "fits_entries"),
]
CASES = [*ANY, *NUMBERS, *CHARACTERS, *IN_METADATA, *IN_SERVICES, *IN_CUSTOMS, *IN_ADDRESSES]


@cache
def answered() -> list[Answer]:
    return answers([plain({column: cell}) for column, cell, _ in CASES])


@pytest.mark.parametrize("at", range(len(CASES)), ids=lambda at: ascii(f"{CASES[at][0]} {CASES[at][1][:60]}"))
def test_cell(at: int) -> None:
    column, _, checks = CASES[at]
    expected = [f"2 {column} {check}".replace("?", " warning") for check in checks.split()]
    assert answered()[at].lines == sorted(expected)
    is_bad = any(not check.endswith("?") for check in checks.split())
    assert (answered()[at].kept(column) == [None]) == (is_bad or says_nothing(CASES[at][1]))


def says_nothing(cell: str) -> bool:
    """Whether it is a list of nothing but blank entries, or JSON's null."""
    value = json.loads(cell)
    entries = value if isinstance(value, list) else [value]
    parts = [part for e in entries for part in (e.values() if isinstance(e, dict) else [e])]
    is_list = value is None or isinstance(value, list)
    return is_list and all(part is None or part in ("", " ", "\u200b") for part in parts)


def kept(cells: Row) -> object:
    """What is stored of the one column that has anything stored."""
    (stored,) = filter(None, (checked(frame([PLAIN | cells])).heads[column][0] for column in CELLS))
    return stored


KEPT = [  # a column, its cell, what is stored
    (CUSTOMS, '{ "a": 1.10, "b": 123456789012345678901234567890.123 }', '{"a":1.10,"b":123456789012345678901234567890.123}'),
    (CUSTOMS, '{"a": [0.1, 1e3, 100, -0.50, true]}', '{"a":[0.1,1E+3,100,-0.50,true]}'),
    (CUSTOMS, '{"a": null, "b": {"c": null, "d": [{"e": null}]}}', '{"b":{"d":[{}]}}'),
    (CUSTOMS, '{"a": " kept\\n as it came "}', '{"a":" kept\\n as it came "}'),
    (OTHERS, '[{"name": " Alfie ", "phone": null, "x": [1.50]}]', '[{"name":" Alfie ","x":[1.50]}]'),
    (METADATA, '[{"name": " e\\u0301 ", "value": "\\tx "}]', '[{"name":"é","value":"x"}]'),
    (METADATA, '[{"name": "n", "value": "v", "colour": 1.10}]', '[{"name":"n","value":"v","colour":1.10}]'),
    (SERVICES, '[{"specialserviceId": " Ins ", "inputParameters": null}]', '[{"specialserviceId":"Ins"}]'),
]  # fmt: skip


@pytest.mark.parametrize(("column", "cell", "stored"), KEPT)
def test_what_is_kept(column: str, cell: str, stored: str) -> None:
    assert kept({column: cell}) == stored


UNSEEN = [  # a text, and what is stored of it: nothing where nobody sees anything
    ("\u200b\u3164 \ufe0f", None),
    ("\xad\U000e0020\u2800\n", None),
    ("\ufff9\ufffb", None),
    ("\u0600", "\u0600"),  # a format character, and seen
    ("\u200bJo\u200d", "\u200bJo\u200d"),
]


@pytest.mark.parametrize(("text", "stored"), UNSEEN, ids=ascii)
def test_what_nobody_sees_is_blank(text: str, stored: str | None) -> None:
    assert checked(frame([PLAIN | {"toAddress.company": text}])).heads["toAddress.company"][0] == stored
    checks = [] if stored else ["is_present"]
    assert [check for check in found(PLAIN | {METADATA: pairs(("a", text))}) if "is_present" in check] == [
        f"2 {METADATA} {check}" for check in checks
    ]


def test_an_empty_list_says_no_more_than_none() -> None:
    heads = checked(frame([PLAIN | dict.fromkeys(CELLS[:3], "[]")])).heads
    assert [heads[column][0] for column in CELLS[:3]] == [None, None, None]


def test_numbers_beyond_an_orders_do_not_blind_the_rules() -> None:
    """Polars reads the currency out of what is stored, whatever stands beside it."""
    for cell in (*(cell for _, cell, checks in NUMBERS if not checks), nested(100, CUSTOMS)):
        beside = cell.replace('{"customsInfo":{', '{"customsInfo":{"currencyCode":"EUR",')
        assert found(PLAIN | {"charges.currency": "USD", CUSTOMS: beside}) == [
            f"2 {CUSTOMS} agrees_with_currency warning"
        ]


# --- Metadata in columns ----------------------------------------------------------------------------------------

COLUMNS: list[tuple[Row, str]] = [  # cells of metadata, and what is found
    ({"metadata.a": "x", "metadata.b": ""}, ""),
    ({"metadata.a": "v" * 255}, ""),
    ({"metadata.a": "v" * 256}, "metadata.a fits_length"),
    ({f"metadata.{'n' * 50}": "x"}, ""),
    ({f"metadata.{'n' * 51}": "x"}, f"metadata.{'n' * 51} fits_length"),
    ({f"metadata.{'n' * 51}": ""}, ""),
    *(({"metadata.a": text}, "metadata.a has_no_control_characters") for text in ("x\x1f", "\x1c")),
    ({"metadata.a": "x\ty\nz"}, ""),  # R23
    ({"metadata.a\0": "x"}, "metadata.a\0 has_no_control_characters"),
    ({METADATA: pairs(("a", "x")), "metadata.b": "y"}, ""),
    ({METADATA: pairs(("a", "x")), "metadata.A": "y"}, ""),
    ({METADATA: pairs(("a", "x")), "metadata.a": ""}, ""),
    ({METADATA: pairs(("a", "x")), "metadata.a": "y"}, "metadata.a is_once_in_order"),
    ({METADATA: pairs((" a ", "x")), "metadata.a": "x"}, "metadata.a is_once_in_order"),
    ({METADATA: '[{"value":"x","name":"a"}]', "metadata.a": "y"}, "metadata.a is_once_in_order"),
    ({METADATA: pairs(('q"\\\u2028z', "x")), 'metadata.q"\\\u2028z': "y"}, 'metadata.q"\\\u2028z is_once_in_order'),
    ({METADATA: pairs(("b", '{"name":"a",')), "metadata.a": "y"}, ""),
    ({METADATA: pairs(*((f"k{n}", "x") for n in range(49))), "metadata.a": "x"}, ""),
    ({METADATA: pairs(*((f"k{n}", "x") for n in range(50))), "metadata.a": "x"}, "metadata fits_entries"),
    ({METADATA: pairs(*((f"k{n}", "x") for n in range(50))), "metadata.a": ""}, ""),
    ({f"metadata.k{n}": "x" for n in range(50)}, ""),
    ({f"metadata.k{n}": "x" for n in range(51)}, "metadata fits_entries"),
    (
        {METADATA: json.dumps([{"value": "x", "name": f"k{n}"} for n in range(50)]), "metadata.a": "x"},
        "metadata fits_entries",
    ),
    ({METADATA: "no such", "metadata.a": "x"}, "metadata is_json"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected"), COLUMNS, ids=[ascii(f"{cells}"[:80]) for cells, _ in COLUMNS])
@pytest.mark.parametrize("few", [0, 50], ids=["wide", "few"])
def test_metadata_in_columns(cells: Row, expected: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("validators.wide_metadata.FEW", few)
    assert found(PLAIN | cells) == ([f"2 {expected}"] if expected else [])


VALUES = st.sampled_from(
    ["", "x", "y", " x", "é", "e\u0301", '"', "v" * 256, "a\x01", "\u200b", "b\x02" + "v" * 300]
)
NAMED = {f"metadata.{name}": VALUES for name in ("a", "b", "n" * 51, "c\0", "d" * 90)}
ORDERS = st.fixed_dictionaries({"orderNumber": st.sampled_from(["A-1", "A-2", "A-3"])} | NAMED)


@settings(
    max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate]
)  # smaller ones take minutes
@given(
    rows=st.lists(ORDERS, min_size=1, max_size=8),
    most=st.sampled_from([2, 5, 1000]),
    at_once=st.sampled_from([1, 7, 1000]),
)
@example(  # a name and its values break one check, on more rows than are told one by one
    rows=[
        {"orderNumber": "A-1", "metadata.c\0": value}
        for value in ("a\x01", "a\x01", "a\x01", "b\x02" + "v" * 300)
    ],
    most=2,
    at_once=7,
)
def test_many_columns_are_read_as_few(rows: list[Row], most: int, at_once: int) -> None:
    """Cells of orders whose rows disagree, too; however many findings an order may have, or cells are looked at at a time."""
    seen = []
    for few in (50, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("validators.wide_metadata.FEW", few)
            patch.setattr("validators.wide_metadata.AT_ONCE", at_once)
            for module in ("findings", "wide_findings"):
                patch.setattr(f"validators.{module}.MOST_FINDINGS", most)
            out = checked(frame([PLAIN | cells for cells in rows]))
            stored = out.heads.filter(~pl.col("rejected")).select("orderNumber", METADATA)
            told = with_hints(out.findings)
            if (
                most < 1000
            ):  # of checks and columns that are more than that, which are told as one is nobody's concern
                told = told.group_by("order", "check_name").agg(pl.col("count").sum()).sort(pl.all())
            seen.append((told.rows(), sorted(out.wrong_rows), stored.rows()))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("few", [0, 50], ids=["wide", "few"])
def test_metadata_of_cell_and_columns_is_joined(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cell's entries come first, those of the columns by name, in whatever order the columns stand."""
    monkeypatch.setattr("validators.wide_metadata.FEW", few)
    joined = {METADATA: pairs(("a", "x")), "metadata.d": "1.10", "metadata.c": "", "metadata.B": '"é"'}
    assert json.loads(str(kept(joined))) == [
        {"name": "a", "value": "x"},
        {"name": "B", "value": '"é"'},
        {"name": "d", "value": "1.10"},
    ]
    assert kept(dict(reversed(joined.items()))) == kept(joined)
    assert json.loads(str(kept({METADATA: "[]", "metadata.a": "x"}))) == [{"name": "a", "value": "x"}]
    assert checked(frame(plain({"metadata.a": ""}))).heads[METADATA].to_list() == [None]


def test_a_hint_names_the_place() -> None:
    cells = {
        METADATA: pairs(("a", "x"), ("", "y")),
        SERVICES: parameter(value=1),
        CUSTOMS: info(currencyCode="x"),
    }
    hints = with_hints(checked(frame([PLAIN | cells])).findings)["hint"]
    assert [hint.split(":")[0] for hint in hints] == [
        "entry 2, name",
        "customsInfo.currencyCode",
        "entry 1, inputParameters, entry 1, value",
    ]


def test_the_cell_is_told_as_it_is_written_where_it_is_not_personal() -> None:
    eur = '{ "customsInfo": { "currencyCode": "EUR" } }'
    cells = {"charges.currency": "USD", CUSTOMS: eur, SERVICES: "[1]", METADATA: "[1]", OTHERS: "[1]"}
    findings = checked(frame([PLAIN | cells])).findings
    assert dict(findings.select("column_name", "value").rows()) == {
        CUSTOMS: None,
        SERVICES: "[1]",
        METADATA: None,
        OTHERS: None,
    }


def test_an_unknown_member_is_told_with_those_that_are_known() -> None:
    (hint,) = with_hints(checked(frame([PLAIN | {SERVICES: service(colour="blue")}])).findings)["hint"]
    known = "specialserviceId and inputParameters"
    assert hint == f"entry 1, colour: Only {known} are known here; it is kept as written."


def test_no_name_out_of_a_personal_cell_is_told() -> None:
    secret = {"SECRET@example.com": "1", "SECRET TOO": 2}
    cells = {METADATA: json.dumps([{"name": "n", "value": "x"} | secret]), OTHERS: other(name=1, **secret)}
    hints = with_hints(checked(frame([PLAIN | cells])).findings)["hint"].to_list()
    assert hints == [
        "entry 1, name: Write it as text, in quotes.",
        "entry 1: Only name and value are known here; it is kept as written.",
    ]


def test_cells_of_any_row_and_each_order_its_own() -> None:
    """The same text is read once, and told of each order that has it."""
    bad = {METADATA: "no such"}
    rows = [
        PLAIN | blank(METADATA),
        PLAIN | {"items.itemId": "b"} | bad,
        PLAIN | {"orderNumber": "A-2"} | bad,
    ]
    assert found(*rows) == ["3 metadata is_json", "4 metadata is_json"]
