"""Takes out columns that cannot be the member that their names say: other values within an order, or longer than it may be."""

import polars as pl

from flows.sources.draft.slots import Draft, Slot
from validators.order_model import MEMBERS

_NEEDED = (
    "orderNumber",
    "toAddress.name",
    "toAddress.addressLine1",
    "toAddress.cityTown",
    "toAddress.countryCode",
)


def check_heads(draft: Draft) -> None:
    """Of an order a head's column has one value; what has several is of its lines, and no member then."""
    number = draft.slot("orderNumber")
    if number is None or len(number.places) > 1:
        return
    order = pl.col(str(number.places[0])).forward_fill()
    for slot in [*draft.slots]:
        if slot.member.startswith("items.") or slot.member in _NEEDED or not slot.is_told:
            continue
        told = _differs(draft, slot, order) or _is_too_long(draft, slot)
        if not told:
            continue
        if slot.member in ("charges.gmv", "charges.subTotal") and not draft.gives("items.unitPrice"):
            slot.member, slot.remark = "items.unitPrice", told
        else:
            draft.slots.remove(slot)
            draft.unused.append(slot.name)
            draft.columns.append(f"# Not {slot.member}: {slot.name.splitlines()[0]}, {told}")


def _differs(draft: Draft, slot: Slot, order: pl.Expr) -> str:
    cell = pl.col(str(slot.places[0]))
    of_orders = (
        draft.sample.rows.select("row_number", order=order, cell=cell)
        .drop_nulls()
        .group_by("order", maintain_order=True)
        .agg(values=pl.col("cell").n_unique(), rows=pl.col("row_number"), cells=pl.col("cell"))
        .filter(pl.col("values") > 1)
        .head(1)
    )
    if of_orders.is_empty():
        return ""
    rows, cells = of_orders["rows"][0], of_orders["cells"][0]
    other = next(row for row, value in zip(rows, cells, strict=True) if value != cells[0])
    return f"rows {rows[0]} and {other} of one order differ"


def _is_too_long(draft: Draft, slot: Slot) -> str:
    most = MEMBERS[slot.member].reject if slot.member in MEMBERS else None
    cells = slot.cells(draft.sample)
    if not most or cells.is_empty() or MEMBERS[slot.member].personal:
        return ""
    longest = cells.filter(pl.col("cell").str.len_chars() > most).head(1)
    return f"row {longest['row_number'][0]} has more than {most} characters" if longest.height else ""
