"""Opens a batch's bytes as a table of rows: text as delivered, in file order, numbered as a spreadsheet shows them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flows import formats
from flows.batch import Batch
from flows.errors import MachineError
from flows.formats import Format
from flows.readers.csv_count import count_records
from flows.readers.csv_dialect import rewrite
from flows.readers.csv_fast import FastCsv
from flows.readers.csv_header import read_header
from flows.readers.csv_strict import StrictCsv
from flows.readers.fix_file_header import source_of
from flows.readers.json_table import open_lines, open_list
from flows.readers.parquet import ParquetTable
from flows.readers.record_limits import check_line_lengths
from flows.readers.table import Table
from flows.readers.workbook import WorkbookTable
from flows.sources.fit_header import map_columns
from flows.sources.source import Source


def open_table(batch: Batch, source: Source) -> Table:
    """The batch as a table; raises BatchError when its bytes are no table of its format."""
    opener = OPENERS.get(batch.format) if batch.format else None
    if opener is None:
        name = batch.format.name if batch.format else "unknown"
        raise MachineError(f"No reader opens the format {name}; this is a fault of ours, please report it.")
    return opener(batch.path, source)


def open_csv(path: Path, source: Source) -> Table:
    """A CSV as a table.

    The fast reader takes one of which a second, independent count says that every record has as many fields as the
    header; the strict one takes all others, and names the rows.
    """
    own_delimiter = source.delimiter
    source = source_of(path, source)
    path = rewrite(path, source)
    header = replace(read_header(path, source.delimiter, source.header_row), source_delimiter=own_delimiter)
    count = count_records(path, header, map_columns(header.names, source).order_number)
    if count is None:  # nobody has seen yet how long the records are, and the strict reader takes whole ones
        check_line_lengths(path)
    elif count.is_equal:
        return FastCsv(path, header, count)
    return StrictCsv(path, header, count.records if count else None)


OPENERS: dict[Format, Callable[[Path, Source], Table]] = {
    formats.CSV: open_csv,
    formats.PARQUET: ParquetTable,
    formats.JSON: open_list,
    formats.JSON_LINES: open_lines,
    formats.WORKBOOK: WorkbookTable,
}
"""A reader for each format of the registry."""
