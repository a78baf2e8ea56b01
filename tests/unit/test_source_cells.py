"""The steps of cells: text in, text out, exact to the last digit; a step that cannot be done leaves the cell as it was."""

import tomllib
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources.cell_steps import SteppedCells, apply_steps
from flows.sources.parse_cells import parse_cell_steps
from flows.sources.source import CellSteps, NumberForm
from flows.sources.toml_table import TomlTable
from source_rows import column, mapped, told

FAILS = "!"
"""Behind a cell: the step cannot be done, and the cell is as it was."""

GERMAN = NumberForm(decimal=",", thousands=".")


def steps(written: str) -> CellSteps:
    return parse_cell_steps(TomlTable(where="s", values=tomllib.loads(f"x = {{ {written} }}")["x"]))


def after(cells: list[str | None], written: str, form: NumberForm | None = None) -> list[str | None]:
    return shown(apply_steps(pl.Series(cells, dtype=pl.String), steps(written), form))


def shown(found: SteppedCells) -> list[str | None]:
    return [
        f"{cell}{FAILS}" if failed else cell
        for cell, failed in zip(found.cells.to_list(), found.failed.to_list(), strict=True)
    ]


CASES = {
    "strip = \"'\"": [("'01", "01"), ("''01", "'01"), ("'", None), (" 'x ", "x"), ("x'", "x'"), ("' 01", "01")],
    "strip = [\"'\", 'DE-']": [("DE-1", "1"), ("'DE-1", "DE-1"), ("DE-'1", "'1"), ("de-1", "de-1")],
    "strip = ['DE', 'DE-']": [("DE-1", "-1")],
    "strip = ''": [("x", "x")],
    "values = { D = 'DE', 'n/a' = '', 'Ö ' = 'AT' }": [
        *(("D", "DE"), (" d ", "DE"), ("X", "X"), ("DE", "DE"), ("N/A", None)),
        *(("ö", "AT"), ("o\u0308", "AT"), ("d d", "d d")),
    ],
    "values = 'country-names'": [("germany", "DE"), ("Allemagne", "DE"), ("gb", "GB"), ("Narnia", "Narnia")],
    "values = 'us-states'": [("new york", "NY"), ("ny", "NY"), ("Bavaria", "Bavaria")],
    "values = 'ca-provinces'": [("Ontario", "ON"), ("on", "ON")],
    "values = 'country-alpha3'": [("DEU", "DE"), ("deu", "DE"), ("de", "DE")],
    "currency = '$', thousands = ',', decimal = '.'": [
        *(("$1,234.50", "1234.50"), ("1,234.50$", "1234.50"), ("1,234.50 $", "1234.50"), ("$ 5", "5")),
        *(("-$5", "-5"), ("$-5", "-5"), ("-5", "-5"), ("5", "5"), ("1234.50", "1234.50")),
        *(("--5", "--5!"), ("-$-5", "-$-5!"), ("$", "$!"), ("$$5", "$$5!"), ("5-", "5-!"), ("(5)", "(5)!")),
        *(("1,23", "1,23!"), ("12,34,567", "12,34,567!"), ("1234,567", "1234,567!"), ("€5", "€5!")),
        *(("1.234,50", "1.234,50!"), (".5", ".5!"), ("5.", "5.!"), ("1e3", "1e3!"), ("١", "١!"), ("+5", "+5!")),
    ],
    "decimal = ','": [("1,5", "1.5"), ("1234,50", "1234.50"), ("1.5", "1.5!"), ("1", "1"), ("1,2,3", "1,2,3!")],
    "decimal = ',', thousands = '.'": [("1.234", "1234"), ("1.234,5", "1234.5"), ("1234,5", "1234.5"), ("1.23", "1.23!")],
    "decimal = ',', thousands = ' '": [("1 234,5", "1234.5"), ("1\u202f234\u00a0567,5", "1234567.5")],
    "thousands = \"'\"": [("1'234.50", "1234.50"), ("1'23", "1'23!")],
    "currency = 'kr.', decimal = ','": [("kr. 1,50", "1.50"), ("1,50 kr.", "1.50"), ("krx 1", "krx 1!")],
    "whole = true": [("10.0", "10"), ("10.00", "10"), ("10.5", "10.5"), ("10.", "10."), ("-1.0", "-1"), ("x", "x")],
    "times = '453.59237'": [
        *(("1", "453.59237"), ("-2.5", "-1133.980925"), ("0.001", "0.45359237"), ("0", "0"), ("-0", "0")),
        *(("x", "x!"), ("1,5", "1,5!"), ("1" * 14, "5039915222222171.82307"), ("1" * 15, "1" * 15 + "!")),
        *(("0.1234567891", "0.1234567891!"), ("0.12345678900", "55.99905751509993"), (" 2 ", "907.18474")),
    ],
    "shift = -2": [("1999", "19.99"), ("5", "0.05"), ("-7", "-0.07"), ("0", "0"), ("1.5", "0.015"), ("1e3", "1e3!")],
    "shift = 3": [("1.5", "1500"), ("0.0005", "0.5")],
    "date = '%m/%d/%y'": [
        *(("05/01/26", "2026-05-01"), ("5/1/26", "2026-05-01"), ("13/01/26", "13/01/26!")),
        *(("05/01/2026", "05/01/2026!"), ("02/30/26", "02/30/26!"), ("05/01/26 x", "05/01/26 x!"), ("x", "x!")),
    ],
    "date = '%d.%m.%Y'": [
        *(("01.05.2026", "2026-05-01"), ("01.05.26", "01.05.26!"), ("1.5.2026", "2026-05-01")),
        *(("01.05.02026", "01.05.02026!"), ("01.05.-2026", "01.05.-2026!"), ("2026-05-01", "2026-05-01!")),
    ],
    "date = '%d.%m.%Y %H:%M'": [("01.05.2026 09:58", "2026-05-01T09:58:00"), ("01.05.2026", "01.05.2026!")],
    "date = '%Y-%m-%d %I:%M %p'": [("2026-05-01 9:58 pm", "2026-05-01T21:58:00")],
    "date = '%Y-%m-%d %H:%M:%S.%f'": [
        ("2026-05-01 09:58:12.5", "2026-05-01T09:58:12.5"),
        ("2026-05-01 09:58:12.123456", "2026-05-01T09:58:12.123456"),
        ("2026-05-01 09:58:12.000", "2026-05-01T09:58:12"),
    ],
    "date = '%Y-%m-%d %H:%M:%S %z'": [
        ("2026-05-01 09:58:12 -0400", "2026-05-01T13:58:12Z"),
        ("2026-05-01 09:58:12 Z", "2026-05-01T09:58:12Z"),
        ("2026-05-01 09:58:12", "2026-05-01 09:58:12!"),
    ],
    "date = '%b %d, %Y'": [("May 1, 2026", "2026-05-01"), ("Mai 1, 2026", "Mai 1, 2026!")],
    "from = 'integer', width = 5": [("2108", "02108"), ("2108.0", "02108"), ("123456", "123456"), ("-1", "-1!"), ("A", "A!")],
    "from = 'integer'": [("12.50", "12.50!"), ("12.0", "12"), ("1e16", "1e16!"), ("007", "007")],
    "from = 'float', decimals = 2": [
        *(("5.1", "5.1"), ("5.10", "5.1"), ("5.123", "5.123!"), ("7.0", "7"), ("1e16", "1e16!"), ("5.120000", "5.12")),
        *(("nan", "nan!"), ("inf", "inf!"), ("-5.10", "-5.1")),
    ],
    "from = 'float', decimals = 0": [("2.0", "2"), ("2.5", "2.5!")],
    "from = 'float'": [("0.123456789", "0.123456789"), ("x", "x!")],
}  # fmt: skip


@pytest.mark.parametrize("written", CASES)
def test_a_step(written: str) -> None:
    cells, wanted = zip(*CASES[written], strict=True)
    assert after([*cells, None, "", "  "], written) == [*wanted, None, None, None]


def test_the_sources_form_is_of_numbers_and_a_columns_own_goes_before_it() -> None:
    assert after(["1.234,50", "1234,50", "1,234.50"], "", GERMAN) == ["1234.50", "1234.50", "1,234.50!"]
    assert after(["1.5", "1"], "decimal = '.'", GERMAN) == ["1.5", "1"]
    assert after(["1.000"], "whole = true", GERMAN) == ["1000"]


ORDER = [
    ("from, then strip", "from = 'integer', width = 3, strip = '0'", "7", "07"),
    ("strip, then values", "strip = '#', values = { D = 'DE' }", "#D", "DE"),
    ("values, then the form", "values = { free = '0,00' }, decimal = ','", "free", "0.00"),
    ("the form, then whole", "decimal = ',', whole = true", "10,0", "10"),
    ("whole, then times", "whole = true, times = '0.5'", "3.0", "1.5"),
    ("times, then shift", "times = '0.123456789', shift = 9", "0.1", "12345678.9"),
    ("shift, then divide_by", "shift = 4, divide_by = 'B'", "0.00001", "0.05"),
    ("values, then date", "values = { today = '01.05.2026' }, date = '%d.%m.%Y'", "today", "2026-05-01"),
]


@pytest.mark.parametrize(
    ("written", "cell", "wanted"), [case[1:] for case in ORDER], ids=[c[0] for c in ORDER]
)
def test_the_order_of_several_steps_in_one_cell(written: str, cell: str, wanted: str) -> None:
    found = mapped(
        f'columns = {{ "A" = "metadata.a" }}\ncells = {{ "A" = {{ {written} }} }}', ["A", "B"], [cell, "2"]
    )
    assert column(found, "metadata.a") == [wanted]
    assert told(found) == []


def test_a_step_that_fails_ends_the_steps_and_leaves_the_cell_as_it_was() -> None:
    written = "strip = '#', values = { D = '1' }, decimal = ',', times = '2'"
    assert after(["#D", " #x", "#1.5"], written) == ["2", " #x!", "#1.5!"]


DIVISIONS = [
    *(("10", "4", "2.5"), ("-10", "4", "-2.5"), ("10", "-4", "-2.5"), ("1", "3", None), ("0", "3", "0")),
    *(("1", "16", "0.0625"), ("1", "32", None), ("5", "0", None), ("5", None, None), ("5", "x", None)),
    *(
        ("9.99", "3.0", "3.33"),
        ("99999999999999", "1", "99999999999999"),
        ("x", "2", None),
        (None, "2", None),
    ),
]


@pytest.mark.parametrize(("cell", "by", "wanted"), DIVISIONS)
def test_a_quotient_is_exact_in_four_decimals_or_a_finding(
    cell: str | None, by: str | None, wanted: str | None
) -> None:
    found = mapped(
        'columns = { "Total" = "items.unitPrice" }\ncells = { "Total" = { divide_by = "Qty" } }',
        ["Total", "Qty"],
        [cell, by],
    )
    assert column(found, "items.unitPrice") == [cell if wanted is None else wanted]
    assert told(found) == ([(2, "items.unitPrice", "has_declared_form")] if cell and wanted is None else [])


def test_a_divisor_is_taken_after_its_own_steps_up_to_whole() -> None:
    settings = """
    decimal = ","
    columns = { "Total" = "items.unitPrice", "Qty" = "items.quantity" }
    [cells]
    "Total" = { divide_by = "Qty" }
    "Qty" = { strip = "x", values = { pair = "2,0" }, whole = true, times = "100" }
    """
    found = mapped(settings, ["Qty", "Total"], ["pair", "5,50"], ["x4", "10"], ["4", ""])
    assert column(found, "items.unitPrice") == ["2.75", "2.5", None]
    assert column(found, "items.quantity") == ["200", "400", "400"]
    assert told(found) == []


def test_a_divisor_that_is_not_in_the_file_is_a_finding_on_each_cell() -> None:
    found = mapped(
        'columns = { "T" = "items.unitPrice" }\ncells = { "T" = { divide_by = "Q" } }', ["T"], ["5"], [""]
    )
    assert told(found) == [(2, "items.unitPrice", "has_declared_form")]


def test_steps_of_a_column_that_nobody_uses_reject_no_order() -> None:
    settings = 'layout = "shopify"\ncolumns = { "Shipping Zip" = "" }\ncells = { "Shipping Zip" = { date = "%d.%m.%Y" } }'
    found = mapped(settings, ["Name", "Shipping Zip"], ["#1", "02108"])
    assert told(found) == []
    assert "toAddress.postalCode" not in found.rows.columns


def test_ten_megabytes_in_a_cell_and_a_hundred_thousand_values() -> None:
    """Any step takes time in proportion to the cell: none of these ends the worker or the minute."""
    for long in ("1" * 10_000_000, "1," * 5_000_000):
        for written in list(CASES)[::4]:
            found = after([long], written)[0] or ""
            assert found.removesuffix(FAILS) in (long, long[1:])
    many = {f"v{n}": f"w{n}" for n in range(100_000)}
    found = apply_steps(pl.Series([f"V{n}" for n in range(50_000)] + ["x"]), CellSteps(values=many), None)
    assert found.cells[-2:].to_list() == ["w49999", "x"]


NUMBERS = st.decimals(-(10**14) + 1, 10**14 - 1, places=9, allow_nan=False) | st.integers(
    -(10**14) + 1, 10**14 - 1
).map(Decimal)
FACTORS = st.tuples(st.integers(1, 10**12 - 1), st.integers(0, 11)).map(
    lambda pair: Decimal(pair[0]).scaleb(-pair[1])
)


def plain(number: Decimal) -> str:
    """In plain digits, without zeros at a fraction's end or a minus before nothing."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


@settings(max_examples=200, deadline=None)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=20), factor=FACTORS, places=st.integers(-9, 9))
def test_products_and_shifts_are_those_of_python(
    numbers: list[Decimal], factor: Decimal, places: int
) -> None:
    from decimal import localcontext

    cells = pl.Series([f"{number:f}" for number in numbers])
    with localcontext() as context:
        context.prec = 100
        products = [plain(number * factor) for number in numbers]
        moved = [plain(number.scaleb(places)) for number in numbers]
    written = CellSteps(times=plain(factor))
    assert shown(apply_steps(cells, written, None)) == products
    if places:
        assert shown(apply_steps(cells, CellSteps(shift=places), None)) == moved


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS | st.integers(1, 50).map(Decimal)), min_size=1, max_size=20))
def test_quotients_are_those_of_python_or_findings(pairs: list[tuple[Decimal, Decimal]]) -> None:
    from decimal import localcontext

    cells, by = (pl.Series([f"{pair[at]:f}" for pair in pairs]) for at in (0, 1))
    found = apply_steps(cells, CellSteps(divide_by="B"), None, by)
    with localcontext() as context:
        context.prec = 100
        for (number, divisor), cell, failed in zip(pairs, found.cells, found.failed, strict=True):
            quotient = (number / divisor).quantize(Decimal("0.0001")) if divisor else None
            exact = quotient is not None and quotient * divisor == number
            assert failed != exact
            assert cell == (plain(quotient) if exact and quotient is not None else f"{number:f}")


FORMS = st.sampled_from(
    [(",", "."), (".", ","), (",", ""), (".", ""), (",", " "), (".", "'"), (";", ","), (",", "x")]
)


@settings(max_examples=200, deadline=None)
@given(
    numbers=st.lists(NUMBERS, min_size=1, max_size=20),
    signs=FORMS,
    places=st.integers(0, 4),
    currency=st.sampled_from(["", "$", "€", "CHF", "kr."]),
)
def test_a_number_in_any_form_is_itself(
    numbers: list[Decimal], signs: tuple[str, str], places: int, currency: str
) -> None:
    decimal, thousands = signs
    form = NumberForm(decimal=decimal, thousands=thousands, currency=currency)
    wanted = [f"{number:.{places}f}" for number in numbers]
    for grouped in (True, False):
        written = [
            in_form(text, form if grouped else NumberForm(decimal=decimal, currency=currency))
            for text in wanted
        ]
        found = apply_steps(pl.Series(written), CellSteps(), form)
        assert shown(found) == wanted


def in_form(text: str, form: NumberForm) -> str:
    whole, _, decimals = text.removeprefix("-").partition(".")
    ends = [*range(len(whole) % 3 or 3, len(whole), 3), len(whole)]
    grouped = form.thousands.join([whole[: ends[0]], *(whole[one:other] for one, other in pairwise(ends))])
    minus = "-" if text.startswith("-") else ""
    return f"{minus}{form.currency}{grouped}{form.decimal + decimals if decimals else ''}"
