"""dlt, an object an order, as its guides show it: `python -m bench.others.dlt_rows FILE URL REFUSED`.

Orders are checked by Pydantic, dlt makes the tables `orders` and `orders__items` of them.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.others.model import read_orders
from flows.database.tables import column_name
from validators.order_model import HEAD, ITEM, Member

TOGETHER = 1000  # orders that are handed over at a time
SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "NORMALIZE__WORKERS": str(os.cpu_count()),  # a process a core instead of one
    "DATA_WRITER__FILE_MAX_ITEMS": "20000",  # so that there are files to share out among them
}
KINDS = {"text": "text", "integer": "bigint", "decimal": "decimal", "boolean": "bool", "json": "json"}


def main(file: str, url: str, refused: str) -> None:
    """Import the good orders."""
    pipeline = make_pipeline(url, Path(refused).parent)
    import dlt

    @dlt.resource(name="orders", columns=hints(HEAD), nested_hints={"items": {"columns": hints(ITEM)}})
    def orders() -> Iterator[list[dict[str, Any]]]:
        together = []
        for order in read_orders(Path(file), Path(refused)):
            together.append(order.model_dump(exclude_none=True))
            if len(together) == TOGETHER:
                yield together
                together = []
        yield together

    pipeline.run(
        orders(), loader_file_format="parquet"
    )  # by ADBC, quicker than INSERT, and than CSV and COPY


def make_pipeline(url: str, folder: Path) -> Any:
    """A pipeline into the schema `public`, whose own files lie in this folder."""
    os.environ.update(SETTINGS)
    import dlt

    return dlt.pipeline(
        "orders",
        pipelines_dir=str(folder / "dlt"),
        # dlt insists on a host and a password; the socket's folder in the address goes before, and asks for none.
        destination=dlt.destinations.postgres(url.replace("@/", ":none@localhost/")),
        dataset_name="public",
    )


def hints(members: tuple[Member, ...]) -> dict[str, Any]:
    """dlt's words for the columns' types, so that it need not guess."""
    return {column_name(member.path): _hint(member) for member in members}


def _hint(member: Member) -> dict[str, Any]:
    hint: dict[str, Any] = {"name": column_name(member.path), "data_type": KINDS[member.kind]}
    if member.kind == "decimal":
        hint["precision"], hint["scale"] = member.digits
    if member.path == "orderNumber":
        hint |= {"unique": True, "nullable": False}
    return hint


if __name__ == "__main__":
    main(*sys.argv[1:])
