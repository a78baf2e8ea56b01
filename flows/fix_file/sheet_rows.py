"""Writes the rows of a sheet as XML, all cells at once: telling a library of each cell takes ten times as long."""

from typing import IO, cast

import polars as pl
from xlsxwriter.utility import xl_col_to_name

from flows.fix_file.xml_text import SPACES, escape_xml, has_spaces

# A cell has its text in itself, so that no table of all texts grows in memory.
_BLANK, _FILLED, _SPACED = '"/>', '" t="inlineStr"><is><t>', f'" t="inlineStr"><is><t{SPACES}>'
_END = "</t></is></c>"


def write_rows(cells: pl.DataFrame, file: IO[bytes]) -> None:
    """Write cells, `row, column, text, look`, that are in the order of the sheet; rows and columns are counted from 0."""
    row, text, none = pl.col("row") + 1, pl.col("text"), pl.lit("")
    is_first, is_last = row != row.shift(1, fill_value=0), row != row.shift(-1, fill_value=0)
    filled = pl.when(has_spaces(text)).then(pl.lit(_SPACED)).otherwise(pl.lit(_FILLED))
    written = pl.concat_str(
        pl.when(is_first).then(pl.format('<row r="{}">', row)).otherwise(none),
        pl.format('<c r="{}{}" s="{}', name_columns(cells["column"]), row, "look"),
        pl.when(text == "").then(pl.lit(_BLANK)).otherwise(filled),
        text,
        pl.when(text == "").then(none).otherwise(pl.lit(_END)),
        pl.when(is_last).then(pl.lit("</row>")).otherwise(none),
    )
    each = cells.with_columns(text=escape_xml(cells["text"])).select(written)
    each.write_csv(file, include_header=False, quote_style="never", line_terminator="")


def name_columns(columns: pl.Series) -> pl.Series:
    """A, B, … for 0, 1, …"""
    names = [xl_col_to_name(at) for at in range(cast(int, columns.max()) + 1)]
    return pl.Series(names, dtype=pl.String).gather(columns)
