"""Says what becomes of each of the sender's columns: which members, and of a numbered one in which group."""

import polars as pl

from flows.sources.column_mapping import ColumnMapping
from validators.group_rows import BECOMES


def members_of_columns(mapping: ColumnMapping) -> pl.DataFrame:
    """What becomes of each column (see BECOMES); several columns may be one member, each a part of it."""
    return pl.DataFrame(list(mapping.becomes()), schema=BECOMES, orient="row")
