"""Polars and its `write_database` over ADBC: `python -m bench.others.polars_adbc FILE URL REFUSED`."""

import sys
from pathlib import Path

import adbc_driver_postgresql.dbapi

from bench.others.frames import read_frames


def main(file: str, url: str, refused: str) -> None:
    """Import the good orders, all in one transaction."""
    orders, items = read_frames(Path(file), Path(refused))
    with adbc_driver_postgresql.dbapi.connect(url) as connection:
        for table, frame in (("orders", orders), ("order_items", items)):
            frame.write_database(table, connection, if_table_exists="append")
        connection.commit()


if __name__ == "__main__":
    main(*sys.argv[1:])
