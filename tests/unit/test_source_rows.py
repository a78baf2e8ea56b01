"""What a source's rules make of rows: numbers filled down, rows and orders skipped, cells taken from elsewhere, items.

Without files and database; test_source_files.py shows the same through the command.
"""

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st

from flows.readers.ruled_table import apply_rules
from flows.sources.map_rows import MappedRows, map_rows
from flows.sources.orders import mark_skipped
from source_rows import Cells, Rows, column, frame, mapped, mapping_of

NO = 'columns = { "No" = "orderNumber", "SKU" = "items.itemId", "City" = "toAddress.cityTown", "Qty" = "items.quantity" }\n'
HEADER = ["No", "SKU", "City", "Qty", "Kind"]


def kept(found: MappedRows) -> list[int]:
    """The numbers of the rows that are of an order, skipped ones among them."""
    return sorted(set(found.rows["row_number"]))


def items(found: MappedRows, *members: str) -> list[tuple[int | str | None, ...]]:
    return found.rows.select("row_number", *members).rows()


# fill_down

NUMBERS = st.lists(st.sampled_from(["A", "B", None, "", "  "]), max_size=30)


@of_hypothesis(max_examples=200, deadline=None)
@given(
    numbers=NUMBERS,
    blank=st.lists(st.booleans(), min_size=30, max_size=30),
    skipped=st.lists(st.booleans(), min_size=30, max_size=30),
    cuts=st.lists(st.integers(0, 5), max_size=8),
)
def test_fill_down_is_a_loop_over_the_rows(
    numbers: list[str | None], blank: list[bool], skipped: list[bool], cuts: list[int]
) -> None:
    """Wherever the reader cuts the file: rows that are blank altogether or skipped take none, and the former give none."""
    rows: list[Cells] = []
    wanted: list[str | None] = []
    above = None
    for number, is_blank, is_skipped in zip(numbers, blank, skipped, strict=False):
        row = [None, " ", ""] if is_blank else [number, "x", "total" if is_skipped else None]
        own = None if is_blank else (number or "").strip() or None
        rows.append(row)
        wanted.append(own if own or is_blank or is_skipped else above)
        above = own or above
    mapping = mapping_of(
        'fill_down = "no"\nskip_rows = [{ column = "Kind", is = ["total"] }]\ncolumns = { "No" = "orderNumber" }',
        ["No", "SKU", "Kind"],
    )
    found = pl.concat(apply_rules(Rows(mapping.header, rows, cuts), mapping).frames(), how="diagonal")
    assert [(cell or "").strip() or None for cell in found["0"]] == wanted


# Conditions

CONDITIONS = [
    ('{ column = "Kind", is = ["x"] }', "x", True),
    ('{ column = "kind ", is = ["x"] }', "x", True),
    ('{ column = "Kind", is = [" x "] }', " x\u00a0", True),
    ('{ column = "Kind", is = ["x", "y"] }', "y", True),
    ('{ column = "Kind", is = ["x"] }', "X", False),
    ('{ column = "Kind", is = ["x"] }', "xx", False),
    ('{ column = "Kind", is = [""] }', "  ", True),
    ('{ column = "Kind", is = ["x"] }', None, False),
    ('{ column = "Kind", blank = true }', None, True),
    ('{ column = "Kind", blank = true }', " \t", True),
    ('{ column = "Kind", blank = true }', "0", False),
    ('{ column = "Kind", filled = true }', "0", True),
    ('{ column = "Kind", filled = true }', " ", False),
    ('{ column = "None", blank = true }', "x", False),
    ('{ column = "None", filled = true }', "x", False),
    ('{ all = [{ column = "Kind", is = ["x"] }, { column = "SKU", filled = true }] }', "x", True),
    ('{ all = [{ column = "Kind", is = ["x"] }, { column = "SKU", blank = true }] }', "x", False),
    ('{ all = [{ column = "Kind", filled = true }, { all = [{ column = "No", is = ["A"] }] }] }', "x", True),
]


@pytest.mark.parametrize(("condition", "cell", "holds"), CONDITIONS)
def test_a_condition(condition: str, cell: str | None, holds: bool) -> None:
    for key in ("skip_rows", "skip_orders"):
        found = mapped(
            f"{key} = [{condition}]\n{NO}", HEADER, ["A", "S", "C", "1", cell], ["B", "S", "C", "1", ""]
        )
        b_too = (
            "blank" in condition and "SKU" not in condition and "None" not in condition
        ) or '[""]' in condition
        assert (2 not in kept(found)) == holds
        assert (3 not in kept(found)) == b_too
    found = mapped(f"head_only = [{condition}]\n{NO}", HEADER, ["A", "S", "C", "1", cell])
    assert column(found, "items.itemId") == [None if holds else "S"]
    assert column(found, "toAddress.cityTown") == ["C"]


def test_conditions_see_cells_as_they_came() -> None:
    settings = NO + 'cells = { "Kind" = { values = { x = "y" } }, "No" = { strip = "#" } }\n'
    rows = ["#A", "S", "C", "1", "x"], ["#B", "S", "C", "1", "y"]
    for key in ("skip_rows", "skip_orders", "head_only"):
        first = mapped(
            f'{key} = [{{ column = "Kind", is = ["x"] }}, {{ column = "No", is = ["B"] }}]\n' + settings,
            HEADER,
            *rows,
        )
        assert column(first, "items.itemId") == ([None, "S"] if key == "head_only" else ["S"])


# skip_rows and skip_orders

SKIP = 'skip_rows = [{ column = "Kind", is = ["gift"] }, { column = "Kind", is = ["total", "gift"] }]\n' + NO


def test_a_skipped_row_gives_its_head_and_no_item_and_is_counted_by_its_rule() -> None:
    found = mapped(
        SKIP,
        HEADER,
        ["A", "S1", "Bonn", "1", "gift"],
        ["A", "S2", "", "1", ""],
        ["B", "S3", "Ulm", "1", "total"],
        ["B", "S4", "Ulm", "1", "gift"],
        ["", "", "Total", "9", "total"],
        ["A", "S5", "", "2", ""],
    )
    assert items(found, "orderNumber", "items.itemId", "toAddress.cityTown") == [
        (2, "A", None, "Bonn"),
        (3, "A", "S2", ""),
        (7, "A", "S5", ""),
    ]
    assert found.skipped.rows == {"Kind is gift": 2, "Kind is total or gift": 2}
    assert sorted(found.skipped.whole) == [4, 5, 6]
    assert sorted(found.kept["row_number"]) == [2, 3, 7]


def test_a_row_of_a_nested_file_is_skipped_when_all_its_lines_are() -> None:
    """Its lines, an item each, have one row number."""
    mapping = mapping_of(SKIP, HEADER)
    lines = frame(
        5, [["A", "S1", "", "1", "gift"], ["A", "S2", "", "1", ""], *[["B", "S3", "", "1", "gift"]] * 2]
    )
    rows = lines.with_columns(row_number=pl.Series([2, 2, 3, 3], dtype=pl.Int64))
    found = map_rows(mark_skipped(rows, mapping), mapping)
    assert items(found, "items.itemId") == [(2, None), (2, "S2")]
    assert (found.skipped.rows, found.skipped.whole.to_list()) == ({"Kind is gift": 1}, [3])


def test_a_skipped_order_goes_whole_whichever_of_its_rows_says_so() -> None:
    for said in (2, 4, 6):
        rows = [
            [n, "S", "C", "1", "gone" if at == said else ""]
            for at, n in enumerate(["A", "B", "A", "C", "A"], start=2)
        ]
        found = mapped('skip_orders = [{ column = "Kind", filled = true }]\n' + NO, HEADER, *rows)
        assert kept(found) == [3, 5]
        assert found.skipped.rows == {"Kind is filled": 3}


def test_a_row_that_its_own_rule_skips_is_counted_there_and_the_rest_by_the_orders() -> None:
    settings = 'skip_orders = [{ column = "City", is = ["X"] }]\n' + SKIP
    found = mapped(settings, HEADER, ["A", "S", "X", "1", "gift"], ["A", "S", "", "1", ""])
    assert found.skipped.rows == {"City is X": 1, "Kind is gift": 1}
    assert found.rows.is_empty()


def test_skip_orders_knows_an_order_by_its_number_after_its_steps_and_filled_down() -> None:
    settings = (
        'fill_down = "No"\nskip_orders = [{ column = "Kind", filled = true }]\ncells = { "No" = { strip = "#" } }\n'
        + NO
    )
    found = mapped(
        settings,
        HEADER,
        ["#A", "S", "C", "1", ""],
        ["", "S", "C", "1", ""],
        ["B", "S", "", "1", ""],
        ["A", "", "", "", "x"],
    )
    assert kept(found) == [4]


# fallback, if_blank, defaults

BACK = """
[columns]
"No" = "orderNumber"
"S1" = "toAddress.addressLine1"
"SC" = "toAddress.cityTown"
"SKU" = "items.itemId"
"Code" = "items.description"
[[fallback]]
where = ["S1", "SC"]
take = ["B1", "BC"]
[[fallback]]
where = ["SKU"]
take = ["Code"]
[cells]
"SC" = { strip = "~" }
"""
BACK_HEADER = ["No", "S1", "SC", "B1", "BC", "SKU", "Code"]


def address(*rows: Cells) -> list[tuple[int | str | None, ...]]:
    return items(mapped(BACK, BACK_HEADER, *rows), "toAddress.addressLine1", "toAddress.cityTown")


def test_a_fallback_takes_all_or_nothing() -> None:
    assert address(["A", "", " ", "b", "~c", "", ""]) == [(2, "b", "c")]
    assert address(["A", "", "x", "b", "~c", "", ""]) == [(2, "", "x")]
    assert address(["A", "", "", "b", "", "", ""]) == [(2, "b", None)]


def test_a_fallback_of_a_head_only_where_no_row_of_the_order_has_a_value() -> None:
    assert address(["A", "", "", "b", "c", "", ""], ["A", "s", "", "b", "c", "", ""]) == [
        (2, "", None),
        (3, "s", None),
    ]
    assert address(["A", "", "", "b", "c", "", ""], ["B", "s", "", "", "", "", ""]) == [
        (2, "b", "c"),
        (3, "s", None),
    ]


def test_a_fallback_of_an_items_column_is_of_the_row() -> None:
    found = mapped(BACK, BACK_HEADER, ["A", "", "", "", "", "", "C1"], ["A", "", "", "", "", "S2", "C2"])
    assert column(found, "items.itemId") == ["C1", "S2"]


FILL = """
[columns]
"No" = "orderNumber"
"SKU" = "items.itemId"
"P" = "items.customProductId"
"Cur" = "charges.currency"
"W" = "items.unitWeight.weight"
"U" = "items.unitWeight.unitOfMeasurement"
"""
FILL_HEADER = ["No", "SKU", "P", "Cur", "W", "U"]
ROWS: tuple[Cells, ...] = (
    ["A", "S1", "", "", "", ""],
    ["A", "", "", "EUR", "", ""],
    ["A", "", "P1", "", "", ""],
    ["B", "S2", "", " ", "5", ""],
    ["B", "S3", "", "", "6", "OZ"],
)
FILLS = [
    ("if_blank", "charges.currency", "USD", ["", "EUR", "", "USD", "USD"]),
    ("if_blank", "items.quantity", "1", ["1", None, None, "1", "1"]),
    ("defaults", "items.quantity", "1,5", ["1,5", None, None, "1,5", "1,5"]),
    ("defaults", "charges.currency", "USD", ["", "EUR", "", " ", ""]),
    ("if_blank", "items.unitWeight.unitOfMeasurement", "KG", [None, None, None, "KG", "OZ"]),
    ("defaults", "charges.billingStatus", "Paid", ["Paid"] * 5),
    ("if_blank", "charges.billingStatus", "Paid", ["Paid"] * 5),
    ("defaults", "shippingPreferences.parcel.weightUnit", "OZ", [None] * 5),
    ("defaults", "metadata.shop", "x", ["x"] * 5),
]


@pytest.mark.parametrize(("key", "member", "value", "wanted"), FILLS)
def test_what_is_filled_in_never_makes_a_fault(
    key: str, member: str, value: str, wanted: list[str | None]
) -> None:
    found = mapped(f'decimal = ","\n{key} = {{ "{member}" = "{value}" }}\n{FILL}', FILL_HEADER, *ROWS)
    assert [cell or None for cell in column(found, member)] == [cell or None for cell in wanted]


def test_if_blank_goes_before_a_default_where_the_column_is_there_and_not_where_it_is_absent() -> None:
    both = 'if_blank = { "charges.currency" = "USD" }\ndefaults = { "charges.currency" = "CAD" }\n'
    assert column(mapped(both + FILL, FILL_HEADER, ROWS[3]), "charges.currency") == ["USD"]
    assert column(mapped(both + FILL, FILL_HEADER[:3], ROWS[3][:3]), "charges.currency") == ["CAD"]


def test_a_unit_goes_beside_a_measure_that_is_a_default_itself() -> None:
    both = 'defaults = { "items.unitWeight.unitOfMeasurement" = "KG", "items.unitWeight.weight" = "2" }\n'
    found = mapped(both + FILL, FILL_HEADER[:4], ROWS[0][:4], ROWS[1][:4])
    assert items(found, "items.unitWeight.weight", "items.unitWeight.unitOfMeasurement") == [
        (2, "2", "KG"),
        (3, None, None),
    ]


def test_the_parcels_units_stand_beside_their_measures_on_whichever_row() -> None:
    parcel = "shippingPreferences.parcel"
    settings = f'''
    defaults = {{ "{parcel}.weightUnit" = "OZ", "{parcel}.dimUnit" = "CM" }}
    columns = {{ "No" = "orderNumber", "W" = "{parcel}.weight", "L" = "{parcel}.length" }}
    '''
    found = mapped(settings, ["No", "W", "L"], ["A", "", ""], ["A", "5", ""], ["B", "", "3"], ["C", "", ""])
    assert column(found, f"{parcel}.weightUnit") == ["OZ", "OZ", None, None]
    assert column(found, f"{parcel}.dimUnit") == [None, None, "CM", None]


# What stands before what, of neighbours that test_source_cells.py does not show

ORDER: list[tuple[str, str, Sequence[Cells], str, list[str | None]]] = [
    (
        "fill_down before skip_rows: the total's rule sees no filled number",
        'fill_down = "No"\nskip_rows = [{ column = "No", blank = true }]\n',
        [["A", "S", "C", "1", ""], ["", "T", "", "9", ""]],
        "items.itemId",
        ["S"],
    ),
    (
        "skip_rows before skip_orders: a skipped row speaks for its order all the same",
        'skip_rows = [{ column = "Kind", is = ["x"] }]\nskip_orders = [{ column = "Kind", is = ["x"] }]\n',
        [["A", "S", "C", "1", "x"], ["A", "S", "C", "1", ""], ["B", "T", "C", "1", ""]],
        "items.itemId",
        ["T"],
    ),
    (
        "skip_orders before fallback: its rule sees the cell that was blank",
        'skip_orders = [{ column = "City", is = ["x"] }]\nfallback = [{ where = ["City"], take = ["Kind"] }]\n',
        [["A", "S", "", "1", "x"]],
        "toAddress.cityTown",
        ["x"],
    ),
    (
        "fallback before cells: the steps of the column are those of what it takes",
        'fallback = [{ where = ["City"], take = ["Kind"] }]\ncells = { "City" = { strip = "#" }, "Kind" = { strip = "##" } }\n',
        [["A", "S", "", "1", "##x"]],
        "toAddress.cityTown",
        ["#x"],
    ),
    (
        "cells before fallback would make a cell blank too late",
        'fallback = [{ where = ["City"], take = ["Kind"] }]\ncells = { "City" = { values = { none = "" } } }\n',
        [["A", "S", "none", "1", "x"]],
        "toAddress.cityTown",
        [None],
    ),
    (
        "cells before join",
        'join = { "toAddress.name" = { of = ["City", "Kind"], with = "" } }\ncells = { "Kind" = { strip = "#" } }\n',
        [["A", "S", "#C", "1", "#K"]],
        "toAddress.name",
        ["#CK"],
    ),
    (
        "items before head_only: the parts of a summary row are not read",
        'head_only = [{ column = "City", is = ["sum"] }]\nitems = { "Kind" = { pattern = "(?P<description>.*)" } }\n',
        [["A", "", "sum", "", "x"]],
        "items.description",
        [None],
    ),
    (
        "head_only before if_blank: a row whose items are not read names none",
        'head_only = [{ column = "Kind", filled = true }]\nif_blank = { "items.unitPrice" = "1" }\n',
        [["A", "S", "C", "1", "x"], ["A", "S", "C", "1", ""]],
        "items.unitPrice",
        [None, "1"],
    ),
    (
        "cells before if_blank: what a step has made blank is filled",
        'cells = { "City" = { strip = "-" } }\nif_blank = { "toAddress.cityTown" = "-x" }\n',
        [["A", "S", "-", "1", ""]],
        "toAddress.cityTown",
        ["-x"],
    ),
]


@pytest.mark.parametrize(
    ("settings", "rows", "member", "wanted"), [case[1:] for case in ORDER], ids=[case[0] for case in ORDER]
)
def test_the_order_of_it_all(
    settings: str, rows: Sequence[Cells], member: str, wanted: list[str | None]
) -> None:
    assert column(mapped(settings + NO.replace("columns =", "columns ="), HEADER, *rows), member) == wanted
