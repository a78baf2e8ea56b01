"""The Pandera schemas of the whole model: on any frame, and that the import finds exactly what they find."""

import warnings
from collections.abc import Sequence

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaError, SchemaErrors, SchemaWarning

from orders import CUSTOMS, FULL, PLAIN, SERVICES, Row, frame
from validators.check_orders import check_orders
from validators.checked import Checked
from validators.group_rows import group_rows, number_orders
from validators.item_rules import ITEM_RULES
from validators.order_model import HEAD, ITEM
from validators.order_rules import HEAD_RULES
from validators.schemas import (
    FACTS,
    HEAD_CHECKS,
    HEADS,
    ITEM_CHECKS,
    ITEMS,
    HeadSchema,
    ItemSchema,
    ModelSchema,
    make_columns,
)

OF_ROWS = {"agrees_in_order", "names_an_item", "has_postal_space"}
"""What is found before there are heads and items."""

CELLS = [
    *("", " ", "0", "-1", "2", "1.5", "9.005", "1e3", "1.2E+17", "99999999999999999999", "0.00001", "12.50"),
    *("US", "CA", "DE", "FR", "GB", "XX", "us", "MA", "ON", "Quebec", "02108", "2108", "M5V3L9", "M5V 3L9"),
    *("USD", "JPY", "KWD", "HRK", "usd", "OZ", "KG", "IN", "yes", "maybe", "a@b", "a@b.example", "x" * 41, "x" * 300),
    *("'02108", '="1"', "a\x07b", "a\u200bb", "a\tb", "\u200b", "e\u0301", "12 34", "4911.91", "(020) 7946-0012"),
    *("[]", "{}", "[{}]", "[null]", "{", '[{"name":"a","value":""}]', '[{"name":"a","value":1,"b":2}]'),
    *('[{"name":"a","value":"b"},{"name":"a","value":"c"}]', '[{"countryCode":"XX","name":"' + "n" * 41 + '"}]'),
    *('[{"specialserviceId":"\'1"}]', '[{"inputParameters":[{"value":1}]}]', '{"customsInfo":{"currencyCode":"EUR"}}'),
    *('{"customsInfo":{"reasonForExport":"FUN","termsOfSale":"X","currencyCode":"HRK"},"a":1}', '{"customsInfo":[]}'),
]  # fmt: skip

Found = set[tuple[int, int | None, str, str]]
"""Order, item, column and check."""


def edits(columns: Sequence[str]) -> st.SearchStrategy[Row]:
    return st.dictionaries(st.sampled_from(columns), st.sampled_from(CELLS), max_size=6)


HEAD_COLUMNS = [
    *(member.path for member in HEAD if member.path != "orderNumber"),
    "metadata.note",
    SERVICES,
    CUSTOMS,
]
ORDERS = st.lists(
    st.tuples(
        st.sampled_from([PLAIN, FULL[0]]),
        edits(HEAD_COLUMNS),
        st.lists(edits([member.path for member in ITEM]), min_size=1, max_size=3),
    ),
    min_size=8,
    max_size=24,
)


@given(ORDERS)
@settings(deadline=None, max_examples=15)  # of a second each: Pandera asks for every check by itself
def test_the_import_finds_just_what_the_schemas_find(orders: list[tuple[Row, Row, list[Row]]]) -> None:
    rows = [
        base | {"orderNumber": f"A-{at}"} | head | item
        for at, (base, head, items) in enumerate(orders)
        for item in items
    ]
    assert of_schemas(frame(rows)) == of_import(check_orders(frame(rows)))


def of_import(checked: Checked) -> Found:
    found = checked.findings.with_columns(
        column_name=pl.col("column_name").str.replace(r"^metadata\..*", "metadata")
    ).filter(~pl.col("check_name").is_in(OF_ROWS))
    return {*found.select("order", "item", "column_name", "check_name").iter_rows()}


def of_schemas(rows: pl.DataFrame) -> Found:
    facts = check_orders(rows).heads.select("order", *FACTS)
    parts = group_rows(number_orders(rows))
    countries = parts.heads.select("order", *(f"{at}.countryCode" for at in ("fromAddress", "toAddress")))
    heads, items = parts.heads.join(facts, on="order"), parts.items.join(countries, on="order")
    of_heads = {(at, None, column, check) for at, column, check in failures(STRICT_HEADS, heads)}
    place = items.select("order", "item").rows()
    return of_heads | {(*place[at], column, check) for at, column, check in failures(STRICT_ITEMS, items)}


STRICT_HEADS = HeadSchema(make_columns(HEAD_CHECKS, raise_warning=False))
STRICT_ITEMS = ItemSchema(make_columns(ITEM_CHECKS, raise_warning=False))


def failures(schema: ModelSchema, rows: pl.DataFrame) -> set[tuple[int, str, str]]:
    """Row, column and check of all that fails; of what only warns too."""
    try:
        schema.validate(rows, lazy=True)
    except SchemaErrors as errors:
        return {*errors.failure_cases.select("index", "column", "check").iter_rows()}
    return set()


# On any frame, as in a notebook


def test_a_good_frame_is_answered_typed() -> None:
    read = ITEMS.validate(pl.DataFrame({"items.itemId": ["  00012 "], "items.quantity": [" 2"], "items.unitPrice": ["12.50"]}))  # fmt: skip
    assert read.select("items.itemId", "items.quantity").rows() == [("00012", 2)]
    assert read["items.unitPrice"].to_list() == [pl.Series(["12.50"]).str.to_decimal(scale=4)[0]]
    assert HEADS.validate(pl.DataFrame([PLAIN]).lazy())["toAddress.postalCode"].to_list() == ["78701"]


@pytest.mark.parametrize("quantity", ["0", 0, "1.5"])
def test_a_bad_one_raises(quantity: object) -> None:
    items = pl.DataFrame({"items.itemId": ["A", "B"], "items.quantity": [quantity, quantity]})
    with pytest.raises(SchemaError):
        ITEMS.validate(items)
    with pytest.raises(SchemaErrors) as raised:
        ITEMS.validate(items, lazy=True)
    found = raised.value.failure_cases
    assert {*found["column"]} == {"items.quantity"}
    assert {*found["index"]} == {0, 1}


def test_what_only_warns_only_warns() -> None:
    long = [PLAIN | {"toAddress.cityTown": "x" * 31}]
    with pytest.warns(SchemaWarning, match="fits_label"):
        HEADS.validate(pl.DataFrame(long), lazy=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        HEADS.validate(pl.DataFrame([PLAIN]), lazy=True)


def test_every_member_and_rule_is_in_them() -> None:
    told = {
        (name, check.name)
        for schema in (HEADS, ITEMS)
        for name, column in schema.columns.items()
        for check in column.checks
    }
    assert {*HEADS.columns, *ITEMS.columns} == {member.path for member in (*HEAD, *ITEM)}
    assert {(rule.column, rule.name) for rule in (*HEAD_RULES, *ITEM_RULES)} <= told
    assert isinstance(HEADS, pa.DataFrameSchema)
    assert "toAddress.postalCode" in str(HEADS)
