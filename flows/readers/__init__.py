"""From a batch's bytes to a table of rows: text as delivered, in file order, numbered as a spreadsheet shows them."""

from flows.layouts import plan
from flows.model import Batch, Layout
from flows.read.count import count_records
from flows.read.header import read_header
from flows.read.parquet import ParquetTable
from flows.read.quick import QuickTable
from flows.read.size import look_at_lines
from flows.read.slow import SlowTable
from flows.rows import Table


def read(batch: Batch, layout: Layout) -> Table:
    """The batch as a table; raises BatchError when its bytes are no table.

    The quick reader takes a CSV of which a second, independent count says that every record has as many
    fields as the header; the slow one takes all others, and names the rows.
    """
    if batch.kind == "parquet":
        return ParquetTable(batch.path, layout)
    header = read_header(batch.path, layout.delimiter)
    count = count_records(batch.path, header, plan(header.names, layout).order_number)
    if count is None:  # nobody has seen yet how long the records are, and the slow reader takes whole ones
        look_at_lines(batch.path)
    elif count.is_equal:
        return QuickTable(batch.path, header, count)
    return SlowTable(batch.path, header, count.records if count else None)
