"""What a source's settings make of columns: members, joined ones, numbered groups and cells of several items."""

import pytest
from test_source_rows import NO, items

from source_rows import column, mapped, mapping_of, told


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


def test_a_value_is_told_only_where_nobody_is_named_by_it() -> None:
    """Of a column that is part of a member nobody knows whose its cells are."""
    dated = ["Mail", "First", "Last", "SKU"]
    settings = (
        'columns = { "No" = "orderNumber", "Mail" = "customerInfo.email", "SKU" = "items.itemId" }\n'
        'join = { "toAddress.name" = { of = ["First", "Last"] } }\n[cells]\n'
    ) + "".join(f'"{name}" = {{ date = "%Y-%m-%d" }}\n' for name in dated)
    found = mapped(settings, ["No", *dated], ["A", "a@b.de", "Ann", "Lee", "S1"]).findings
    values = dict(found.select("column_name", "value").rows())
    assert values == {"customerInfo.email": None, "First": None, "Last": None, "items.itemId": "S1"}


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
