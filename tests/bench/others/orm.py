"""csv, Pydantic and the ORM of SQLAlchemy, an object a row: `python -m bench.others.orm FILE URL REFUSED`."""

import sys
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, registry, relationship

from bench.others import tables
from bench.others.model import read_orders

TOGETHER = 1000
"""Orders of a transaction; each a commit of its own takes several times as long."""


class Order:
    """A row of `orders`."""


class Item:
    """A row of `order_items`."""


def main(file: str, url: str, refused: str) -> None:
    """Import the good orders."""
    mapper = registry()
    mapper.map_imperatively(Order, tables.orders, properties={"items": relationship(Item)})
    mapper.map_imperatively(Item, tables.order_items)
    with Session(tables.engine_of(url)) as session:
        for number, order in enumerate(read_orders(Path(file), Path(refused)), start=1):
            session.add(_row(order))
            if number % TOGETHER == 0:
                session.commit()
                session.expunge_all()
        session.commit()


def _row(order: Any) -> Order:
    members = dict(order)
    row = Order()
    for name, value in members.items():
        if name != "items":
            setattr(row, name, value)
    for number, item in enumerate(order.items, start=1):
        row.items.append(_item(number, item))
    return row


def _item(number: int, item: Any) -> Item:
    row = Item()
    row.item_no = number
    for name, value in item:
        setattr(row, name, value)
    return row


if __name__ == "__main__":
    main(*sys.argv[1:])
