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
from flows.sources.map_rows import MappedRows
from source_rows import Cells, Rows, column, mapped, mapping_of, told

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


# join, columns, repeat, items


def test_a_join_leaves_blank_cells_out_and_joins_cells_after_their_steps() -> None:
    settings = (
        'join = { "toAddress.name" = { of = ["First", "None", "Last"], with = ", " } }\ncells = { "Last" = { strip = "#" } }\n'
        + NO
    )
    header = ["No", "First", "Last"]
    found = mapped(
        settings, header, ["A", " Ann ", "#Lee"], ["B", "", "#Lee"], ["C", " ", "#"], ["D", "Ann", None]
    )
    assert column(found, "toAddress.name") == ["Ann, Lee", "Lee", None, "Ann"]


def test_a_joined_number_makes_one_order() -> None:
    settings = 'join = { "orderNumber" = { of = ["Shop", "No"], with = "-" } }\nskip_orders = [{ column = "SKU", is = ["X"] }]\ncolumns = { "SKU" = "items.itemId" }'
    found = mapped(
        settings, ["Shop", "No", "SKU"], ["A", "1", "S"], ["A", "2", "S"], ["A", "1", "X"], ["", "", ""]
    )
    assert items(found, "orderNumber") == [(3, "A-2")]
    assert found.blank == 1


def test_one_column_to_several_members_and_the_second_of_one_name() -> None:
    settings = 'columns = { "Mail" = ["customerInfo.email", "toAddress.email"], "City#2" = "toAddress.cityTown", "City" = "metadata.city" }'
    found = mapped(settings, ["mail", "City", "CITY "], ["a@b.de", "one", "two"])
    members = ("customerInfo.email", "toAddress.email", "toAddress.cityTown", "metadata.city")
    assert items(found, *members) == [(2, "a@b.de", "a@b.de", "two", "one")]


@pytest.mark.parametrize("written", ["E\u0301tat\u200b ", "ÉTAT", "\ufeffétat"])
def test_names_are_compared_without_what_nobody_sees(written: str) -> None:
    assert column(
        mapped('columns = { "État" = "toAddress.stateProvince" }', [written], ["NY"]),
        "toAddress.stateProvince",
    ) == ["NY"]


REPEAT = """
decimal = ","
columns = { "No" = "orderNumber", "Origin" = "items.originCountryCode" }
repeat = { "Item # SKU" = "items.itemId", "Item # Qty" = "items.quantity", "Item # Total" = "items.unitPrice" }
cells = { "Item # Total" = { divide_by = "Item # Qty" }, "Item 3 SKU" = { strip = "#" } }
"""


def test_each_group_in_which_anything_stands_is_an_item() -> None:
    header = [
        "No",
        "Item 1 SKU",
        "item 1 qty",
        "Item 1 Total",
        "Item 3 SKU",
        "Item 3 Qty",
        "Item 3 Total",
        "Item 3 Note",
        "Item 200 SKU",
        "Item 201 SKU",
        "Origin",
    ]
    found = mapped(
        REPEAT,
        header,
        ["A", "S1", "2", "5,50", "#S3", "3", "10", "n", "S200", "S201", "DE"],
        ["B", " ", "", "", "", "", "", "only a note", "", "", "AT"],
        ["C", "", "", "", "", "4", "", "", "", "", ""],
    )
    members = ("orderNumber", "items.itemId", "items.quantity", "items.unitPrice", "items.originCountryCode")
    assert items(found, *members) == [
        (2, "A", "S1", "2", "2.75", "DE"),
        (2, "A", "#S3"[1:], "3", "10", "DE"),
        (2, "A", "S200", None, None, "DE"),
        (3, "B", None, None, None, "AT"),
        (4, "C", None, "4", None, ""),
    ]
    assert told(found) == [(2, "Item 3 Total", "has_declared_form")]
    assert mapping_of(REPEAT, header).unknown == ("Item 3 Note", "Item 201 SKU")


ITEMS = """
decimal = ","
columns = { "No" = "orderNumber" }
[items."Details"]
between = "|"
pattern = 'SKU: (?P<itemId>[^,]*), Qty: (?P<quantity>[0-9]+)(, Weight: (?P<unitWeight_weight>[^ ]+))?'
[items."More"]
pattern = '(?P<itemId>\\w+)'
"""


def test_each_part_of_a_cell_that_matches_whole_is_an_item() -> None:
    found = mapped(
        ITEMS,
        ["No", "More", "Details"],
        ["A", "M1", "SKU: S1, Qty: 2| SKU: S2, Qty: 3, Weight: 1,5 ||"],
        ["B", "", "SKU: S1, Qty: 2|xSKU: S2, Qty: 3|SKU: S3|SKU: , Qty: 1"],
        ["C", "a b", ""],
        ["D", "", "SKU: S1, Qty: 1, Weight: 1.5"],
    )
    assert items(found, "items.itemId", "items.quantity", "items.unitWeight.weight") == [
        *((2, "M1", None, None), (2, "S1", "2", None), (2, "S2", "3", "1.5")),
        *((3, "S1", "2", None), (3, None, "1", None), (4, None, None, None), (5, None, None, None)),
    ]
    assert told(found) == [
        (n, c, "has_declared_form") for n, c in ((3, "Details"), (4, "More"), (5, "Details"))
    ]
    assert found.findings.filter(row_number=3)["count"].to_list() == [2]


def test_several_cells_of_items_keep_their_order() -> None:
    both = ITEMS.replace('[items."More"]', "[items.\"More\"]\nbetween = ';'")
    found = mapped(
        both, ["No", "Details", "More"], ["A", "SKU: S1, Qty: 1|SKU: S2, Qty: 1|SKU: S3, Qty: 1", "M1;M2;M3"]
    )
    wanted = ["S1", "S2", "S3", "M1", "M2", "M3"]
    assert column(found, "items.itemId") in (wanted, wanted[3:] + wanted[:3])


def test_a_pattern_against_a_cell_of_ten_megabytes() -> None:
    bomb = "columns = { 'No' = 'orderNumber' }\n[items.'D']\nbetween = '|'\npattern = '(?P<itemId>(a+)+)b'"
    for cell in ("a" * 10_000_000, "a|" * 5_000_000, "|" * 10_000_000):
        found = mapped(bomb, ["No", "D"], ["A", cell])
        assert told(found) == [(2, "D", "has_declared_form")]
        assert column(found, "items.itemId") == [None]


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


# What is told of a header


def test_of_columns_that_are_unused_only_new_ones_are_told() -> None:
    header = ["No", "SKU", "City", "Qty", "Kind", " old\u200b", "New", "Both", "Both"]
    assert mapping_of(NO, header).unknown == ("Kind", " old\u200b", "New", "Both", "Both")
    assert mapping_of(NO + 'unused = ["KIND", "Old", "both"]', header).unknown == ("New", "Both")
    assert mapping_of(NO + 'unused = ["*"]', header).unknown == ()


def test_names_that_the_sources_own_table_has_and_the_file_has_not() -> None:
    own = 'layout = "shopify"\nfill_down = "A"\nskip_rows = [{ column = "B", filled = true }]\ncolumns = { "C" = "metadata.c" }\njoin = { "toAddress.company" = { of = ["D", "Name"] } }\n'
    assert set(mapping_of(own, ["Name", "c"]).absent) == {"A", "B", "D"}
    assert mapping_of('repeat = { "I # S" = "items.itemId" }', ["i 1 s"]).absent == ()
    assert mapping_of('repeat = { "I # S" = "items.itemId" }', ["i x s"]).absent == ("I # S",)
