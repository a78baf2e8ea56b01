"""dlt, fed with whole tables of Arrow: `python -m bench.others.dlt_arrow FILE URL REFUSED`.

The quickest way through dlt: Polars reads, checks and assembles, dlt makes the tables and loads them.
"""

import sys
from pathlib import Path

from bench.others.dlt_rows import hints, make_pipeline
from bench.others.frames import read_frames
from validators.order_model import HEAD

TOLD = ("orderNumber", "metadata")  # unique, and JSON; all else the frames say themselves


def main(file: str, url: str, refused: str) -> None:
    """Import the good orders."""
    pipeline = make_pipeline(url, Path(refused).parent)
    import dlt

    orders, items = read_frames(Path(file), Path(refused))
    told = tuple(member for member in HEAD if member.path in TOLD)
    tables = [
        dlt.resource(orders.to_arrow(), name="orders", columns=hints(told)),
        dlt.resource(items.to_arrow(), name="order_items"),
    ]
    pipeline.run(tables, loader_file_format="parquet")  # by ADBC, quicker than CSV and COPY


if __name__ == "__main__":
    main(*sys.argv[1:])
