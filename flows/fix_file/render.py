"""Writes the lines of the fix file: every row of every rejected order as it came, with the reasons behind it."""

import polars as pl

from flows.fix_file import HELD_BACK
from flows.fix_file.form import FixFile
from flows.fix_file.formulas import escape_formula, escape_formulas
from flows.fix_file.sent_cells import decode_cells, own_cells
from validators.normalize import is_blank
from validators.order_model import ITEM

# Rows whose cells are columns at a time: some copies of each are in memory meanwhile, and fewer rows are no slower.
FEW = 5_000

_LINES_OF_ITEMS = pl.Schema({"row_number": pl.Int64(), "item": pl.Int32(), "line of item": pl.Int32()})
_ITEM_NAMES = frozenset(member.path.lower() for member in ITEM)


def fix_header(file: FixFile) -> str:
    """The first line of the fix file: the header's kept names, then what the fix file adds."""
    names = pl.DataFrame({"name": [*(file.header[at] for at in file.kept), *file.added]})
    inert = names.select(_quoted(escape_formula(pl.col("name")), file.delimiter))
    return file.delimiter.join(inert.to_series()) + "\n"


def fix_lines(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> str:
    """Lines of the fix file: the cells as they came, too few or too many among them, then the row and its reasons."""
    lines, odd = with_reasons(rows, findings, file)
    own = own_cells(odd, file.kept, len(file.header))
    write = _odd_lines if odd.len() else _whole_lines
    return "".join(write(decode_cells(part).with_columns(cells=own), file) for part in lines.iter_slices(FEW))


def with_reasons(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> tuple[pl.DataFrame, pl.Series]:
    """The rows, `row_number, cells, reasons`; and the numbers of those with too few cells or too many."""
    why = pl.format("{} {}: {}", pl.col("column_name").fill_null("row"), "check_name", "hint").sort_by(
        "column_name"
    )
    if findings.height:
        placed = findings.join(_lines_of_items(rows, file), on=["row_number", "item"], how="left")
        at = pl.col("line of item").fill_null(0)  # what is of no item is told on its order's first line
        reasons = placed.group_by("row_number", at.alias("item")).agg(reasons=why.str.join(" | "))
    else:
        reasons = rows.select("row_number", "item", reasons=pl.lit(None, dtype=pl.String)).clear()
    odd = findings.filter(check_name="has_every_cell")["row_number"]
    lines = rows.join(reasons, on=["row_number", "item"], how="left", maintain_order="left").select(
        "row_number", "cells", reasons=pl.col("reasons").fill_null(HELD_BACK)
    )
    return lines, odd


def _lines_of_items(rows: pl.DataFrame, file: FixFile) -> pl.DataFrame:
    """The line of each item of nested orders, whose rows are several lines; blank entries of a list are no items.

    Other rows have one line, whichever items are on it. Of an order that is longer than a part of the stream, what is
    said of items in other parts stands on its first line too.
    """
    lines = rows.filter(pl.col("row_number").is_duplicated() | (pl.col("item") > 0))
    places = [at for at, name in enumerate(file.header) if name.strip().lower() in _ITEM_NAMES]
    if lines.is_empty() or not places:
        return _LINES_OF_ITEMS.to_frame()
    cells = lines["cells"].str.json_decode(pl.List(pl.String)).list.gather(places, null_on_oob=True)
    is_item = cells.list.eval(~is_blank(pl.element())).list.any()
    return (
        lines.select("row_number", pl.col("item").alias("line of item"), is_item=is_item)
        .with_columns(before=pl.col("line of item").first().over("row_number"))
        .with_columns(item=pl.col("before") + pl.col("is_item").cast(pl.Int32).cum_sum().over("row_number"))
        .filter("is_item")
        .select(_LINES_OF_ITEMS.names())
        .cast(dict(_LINES_OF_ITEMS))  # type: ignore[arg-type]
    )


def _whole_lines(rows: pl.DataFrame, file: FixFile) -> str:
    """Lines of rows that all have every cell: a column at a time, which takes a third of the time."""
    columns = rows["cells"].list.to_struct(fields=[str(at) for at in file.kept]).struct.unnest()
    lines = columns.with_columns(
        batch=pl.lit(file.batch), row=rows["row_number"].cast(pl.String), reasons=rows["reasons"]
    )
    inert = lines.select(escape_formulas(column) for column in lines)
    # A blank cell is null here, for else it would be written as "".
    return inert.select(pl.when(pl.all() != "").then(pl.all())).write_csv(
        include_header=False, separator=file.delimiter
    )


def _odd_lines(rows: pl.DataFrame, file: FixFile) -> str:
    """Lines of rows some of which have too few cells or too many."""
    added = (pl.lit(file.batch), pl.col("row_number").cast(pl.String), "reasons")
    lines = rows.select(cells=pl.concat_list("cells", *added))
    quoted = _quoted(escape_formula(pl.element().fill_null("")), file.delimiter)
    text = lines.select(pl.col("cells").list.eval(quoted).list.join(file.delimiter))
    return "".join(f"{line}\n" for line in text.to_series())


def _quoted(cell: pl.Expr, delimiter: str) -> pl.Expr:
    special = cell.str.contains(r'["\r\n]') | cell.str.contains(delimiter, literal=True)
    return (
        pl.when(special)
        .then(pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"'))
        .otherwise(cell)
    )
