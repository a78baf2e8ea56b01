"""Good orders as rows of text, and what the check finds once some of their cells are written over."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from validators.check_orders import check_orders
from validators.checked import Checked
from validators.hints import with_hints

Row = dict[str, str]

AMOUNTS = ("charges.gmv", "charges.subTotal", "charges.totalPaid")
SIDES = tuple(f"shippingPreferences.parcel.{side}" for side in ("length", "width", "height"))
CUSTOMS = "shippingPreferences.customs"
SERVICES = "shippingPreferences.specialServices"


def under(prefix: str, **cells: str) -> Row:
    return {f"{prefix}.{name}": text for name, text in cells.items()}


def blank(*columns: str) -> Row:
    return dict.fromkeys(columns, "")


PLAIN: Row = {
    "orderNumber": "A-1",
    **under("fromAddress", name="Nettle", addressLine1="27 Kettle Street", cityTown="Boston"),
    **under("fromAddress", stateProvince="MA", postalCode="02108", countryCode="US"),
    **under("toAddress", name="Robin", addressLine1="7 Paper Kite Road", cityTown="Austin"),
    **under("toAddress", stateProvince="TX", postalCode="78701", countryCode="US"),
    **under("items", itemId="TEA-1", quantity="1"),
}
"""Nothing but what every order needs, within the US."""

_GB = under("", name="Imogen", company="Prints", addressLine1="4 Custard Mews", addressLine2="Dock 3")
_GB |= under("", addressLine3="Floor 2", cityTown="Bristol", stateProvince="Avon", postalCode="BS1 4ZZ")
_GB |= under("", countryCode="GB", phone="020 7946 0012", email="post@example.org", residential="no")

FULL: tuple[Row, Row] = (
    {
        "orderNumber": "B-1",
        **under("orderMessage", type="GIFT", message="Happy birthday!\nEnjoy."),
        "metadata": '[{"name":"channel","value":"web"}]',
        **under("charges", currency="GBP", billingStatus="Paid", gmv="60.00", subTotal="50.00"),
        **under("charges", totalPaid="60.00", paymentType="Credit Card"),
        **{f"shippingReference.reference{n}": f"PO {n}" for n in (1, 2, 3, 4)},
        **under("shippingReference", shipperReference="Wave 1", transportationReference="Truck 2"),
        **under("shippingReference", shippingNotes="Ring twice"),
        **under("customerInfo", firstName="Siân", lastName="Treacle", email="s@example.org"),
        **under("customerInfo", customerId="C-00012"),
        **{f"{at}{name}": text for at in ("fromAddress", "toAddress") for name, text in _GB.items()},
        "additionalAddresses": '[{"addressType":"BILLING","name":"Alfie","countryCode":"GB"}]',
        **under("shippingPreferences", carrier="RM", service="TRK24", parcelType="PKG", parcelId="P-1"),
        **under("shippingPreferences", customCarrierCode="RM-7"),
        **under("shippingPreferences.parcel", length="30.5", width="20", height="10", dimUnit="CM"),
        **under("shippingPreferences.parcel", weight="310.25", weightUnit="GM"),
        SERVICES: '[{"specialserviceId":"Ins","inputParameters":[{"name":"INPUT_VALUE","value":"50"}]}]',
        CUSTOMS: '{"customsInfo":{"currencyCode":"GBP","reasonForExport":"GIFT","termsOfSale":"DAP"}}',
        **under("items", itemId="LINO-A4", description="Linocut A4, fox", hSTariffCode="4911.91"),
        **under("items", hSTariffCodeCountry="GB", originCountryCode="GB", originStateProvince="Avon"),
        **under("items", quantity="2", unitPrice="25.00"),
        **under("items.unitWeight", unitOfMeasurement="GM", weight="60.5"),
    },
    {"orderNumber": "B-1", **under("items", customProductId="cp00000922010", quantity="1")},
)
"""Every member, within GB, where neither state nor postal code has a form; the stored product on a row of its own."""


def plain(*edits: Row) -> list[Row]:
    """The plain order with a row for each edit."""
    return [PLAIN | edit for edit in edits]


def full(edit: Row) -> list[Row]:
    """The full order, each cell written over where its column stands."""
    product = {column: text for column, text in edit.items() if column == "items.customProductId"}
    return [FULL[0] | {c: text for c, text in edit.items() if c not in product}, FULL[1] | product]


def frame(rows: Iterable[Row], numbers: Iterable[int] = range(2, 10_000)) -> pl.DataFrame:
    """The rows as a reader gives them, numbered as a spreadsheet would."""
    listed: list[dict[str, str | int | None]] = [
        {"fault": None, "fault_hint": None, **row, "row_number": n}
        for row, n in zip(rows, numbers, strict=False)
    ]
    columns = list(dict.fromkeys(column for row in listed for column in row))
    schema = {c: pl.Int64 if c == "row_number" else pl.String for c in columns}
    return pl.DataFrame([{c: row.get(c) for c in columns} for row in listed], schema=schema)


def checked(rows: pl.DataFrame, *, nested: bool = False) -> Checked:
    """What comes of the rows; each finding must have a hint, a sentence, and each row its order."""
    answer = check_orders(rows, nested=nested)
    unended = [hint for hint in with_hints(answer.findings)["hint"] if not hint.endswith(".")]
    assert not unended, f"These hints are no sentences: {unended}"
    assert sorted(answer.rows["row_number"]) == sorted(rows["row_number"])
    return answer


def lines(findings: pl.DataFrame) -> list[str]:
    """Findings in a line each: row, column, check, and the severity when it is a warning."""
    rows = findings.select("row_number", "column_name", "check_name", "severity").rows()
    return sorted(" ".join(map(str, row)).removesuffix(" error") for row in rows)


def found(*rows: Row, nested: bool = False) -> list[str]:
    """The findings on these rows, the first of which is row 2."""
    return lines(checked(frame(rows), nested=nested).findings)


class Answer(NamedTuple):
    """Of one order: its findings as lines, the values that they tell, and what is kept of it, accepted or not."""

    lines: list[str]
    values: list[str | None]
    head: dict[str, object]
    items: list[dict[str, object]]

    def kept(self, column: str) -> list[object]:
        return [item[column] for item in self.items] if column.startswith("items.") else [self.head[column]]


ROOM = 100  # for the rows of one order


def answers(orders: Sequence[list[Row]]) -> list[Answer]:
    """Each order's answer. All are checked together, which is what makes thousands of cases quick."""
    rows: list[Row] = []
    numbers: list[int] = []
    for at, order in enumerate(orders):
        rows += [row | _own_number(row, at) for row in order]
        numbers += range(at * ROOM + 2, at * ROOM + 2 + len(order))
    answer = checked(frame(rows, numbers))
    findings, heads, items = (_by_order(part) for part in (answer.findings, answer.heads, answer.items))
    return [
        Answer(
            lines=lines(findings[at]) if at in findings else [],
            values=findings[at]["value"].to_list() if at in findings else [],
            head=heads[at].row(0, named=True),
            items=items[at].rows(named=True) if at in items else [],
        )
        for at in range(len(orders))
    ]


def _own_number(row: Row, at: int) -> Row:
    """The number of a good order made one that no other has; those that a case writes stay."""
    return {"orderNumber": f"{row['orderNumber']}-{at}"} if row["orderNumber"] in ("A-1", "B-1") else {}


def _by_order(part: pl.DataFrame) -> dict[int, pl.DataFrame]:
    numbered = part.with_columns(pl.col("row_number") % ROOM, at=pl.col("row_number") // ROOM)
    return {int(str(at)): rows for (at,), rows in numbered.group_by("at", maintain_order=True)}
