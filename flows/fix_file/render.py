"""Writes the lines of the fix file: every row of every rejected order as it came, with the reasons behind it."""

import re

import polars as pl

from flows.fix_file import FIX_COLUMNS, HELD_BACK, NO_CELL
from flows.fix_file.form import FixFile
from flows.fix_file.formulas import escape_formula, is_risky
from validators.normalize import is_blank
from validators.order_model import ITEM, MEMBERS

# Rows whose cells are columns at a time: some copies of each are in memory meanwhile, and fewer rows are no slower.
FEW = 5_000

# How to tell an earlier fix file's cells from the sender's: a batch's id; a row's number; a column, a check and what
# it hints at.
_BATCH = "^[0-9a-f]{20}$"
_ROW = "^[0-9]+$"
_COLUMNS = "|".join(map(re.escape, MEMBERS))
_REASONS = rf"(?s)^{HELD_BACK}$|^(?:row|{_COLUMNS}|metadata\..+) [a-z]+(?:_[a-z]+)+: "


_LINES_OF_ITEMS = pl.Schema({"row_number": pl.Int64(), "item": pl.Int32(), "line of item": pl.Int32()})
_ITEM_NAMES = frozenset(member.path.lower() for member in ITEM)


def fix_header(file: FixFile) -> str:
    """The first line of the fix file: the header's kept names, then what the fix file adds."""
    names = pl.DataFrame({"name": [*(file.header[at] for at in file.kept), *FIX_COLUMNS]})
    inert = names.select(_quoted(escape_formula(pl.col("name")), file.delimiter))
    return file.delimiter.join(inert.to_series()) + "\n"


def fix_lines(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> str:
    """Lines of the fix file: the cells as they came, too few or too many among them, then the row and its reasons."""
    lines, odd = _with_reasons(rows, findings, file)
    if odd.len():
        return _odd_lines(lines, odd, file)
    return "".join(_whole_lines(part, file) for part in lines.iter_slices(FEW))


def fix_cells(rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile) -> pl.DataFrame:
    """The same as a frame: `row_number`, `reasons` and the sender's own `cells`, a list, all of them inert."""
    lines, odd = _with_reasons(rows, findings, file)
    cells = lines.select("row_number", "reasons", cells=_own_cells(odd, file.kept, len(file.header)))
    inert = escape_formula(pl.element().fill_null(""))
    return cells.select("row_number", escape_formula(pl.col("reasons")), pl.col("cells").list.eval(inert))


def _with_reasons(
    rows: pl.DataFrame, findings: pl.DataFrame, file: FixFile
) -> tuple[pl.DataFrame, pl.Series]:
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
    cells = rows.select(_if_read(pl.col("cells").str.json_decode(pl.List(pl.String)), file.kept)).to_series()
    columns = cells.list.to_struct(fields=[str(at) for at in file.kept]).struct.unnest()
    lines = columns.with_columns(
        batch=pl.lit(file.batch), row=rows["row_number"].cast(pl.String), reasons=rows["reasons"]
    )
    acts = lines.select(is_risky(pl.all()).any()).row(0, named=True)
    inert = {name: escape_formula(pl.col(name)) if acts[name] else pl.col(name) for name in lines.columns}
    # A blank cell is null here, for else it would be written as "".
    blank = (pl.when(pl.col(name) != "").then(cell).alias(name) for name, cell in inert.items())
    return lines.select(blank).write_csv(include_header=False, separator=file.delimiter)


def _odd_lines(rows: pl.DataFrame, odd: pl.Series, file: FixFile) -> str:
    """Lines of rows some of which have too few cells or too many."""
    own = _own_cells(odd, file.kept, len(file.header))
    added = (pl.lit(file.batch), pl.col("row_number").cast(pl.String), "reasons")
    lines = rows.select(cells=pl.concat_list(own, *added))
    quoted = _quoted(escape_formula(pl.element().fill_null("")), file.delimiter)
    text = lines.select(pl.col("cells").list.eval(quoted).list.join(file.delimiter))
    return "".join(f"{line}\n" for line in text.to_series())


def _own_cells(odd: pl.Series, kept: list[int], width: int) -> pl.Expr:
    """A row's cells at the kept places; of `odd` rows, with too few or too many, all that are there.

    What is missing shows, and is a finding again when it comes back as it is.
    """
    cells = pl.col("cells").str.json_decode(pl.List(pl.String))
    there = cells.list.drop_nulls()  # of an odd row: blank cells are text, a null is no cell
    own = _sent_cells(there, kept, width)
    filled = pl.concat_list(own, pl.lit([NO_CELL] * len(kept)))
    whole = filled.list.head(pl.max_horizontal(own.list.len(), len(kept)))
    is_odd = pl.col("row_number").is_in(odd.implode())
    return pl.when(is_odd).then(whole).otherwise(_if_read(cells, kept))


def _if_read(cells: pl.Expr, kept: list[int]) -> pl.Expr:
    """The cells at the kept places; of a record that could not be read there is none at all, for a blank row is never kept."""
    is_unread = cells.list.drop_nulls().list.len() == 0
    return pl.when(is_unread).then(pl.lit([NO_CELL] * len(kept))).otherwise(cells.list.gather(kept))


def _sent_cells(there: pl.Expr, kept: list[int], width: int) -> pl.Expr:
    """An odd row's cells without those of an earlier fix file; what does not look like them is kept."""
    added = width - len(kept)
    if added > 1 and kept == list(range(len(kept))):  # they stand behind all that was sent
        length = there.list.len().cast(pl.Int64)
        return there.list.head(length - _earlier_cells(there, length == width - 1, added))
    places = (there.list.get(at, null_on_oob=True) for at in range(width) if at not in kept)
    strays = (pl.when(~cell.str.contains(f"^$|{_BATCH}|{_ROW}|{_REASONS}")).then(cell) for cell in places)
    at_places = there.list.gather(kept, null_on_oob=True)
    return pl.concat_list(at_places, there.list.slice(width), *strays).list.drop_nulls()


def _earlier_cells(there: pl.Expr, lacks_one: pl.Expr, added: int) -> pl.Expr:
    """How many cells at a row's end are an earlier fix file's, which `added` so many; one without batches added two."""

    def at(place: int, form: str) -> pl.Expr:
        return there.list.get(place, null_on_oob=True).str.contains(form).fill_null(value=False)

    has_batch = added == len(FIX_COLUMNS)
    both = at(-2, _ROW) & at(-1, _REASONS)
    row_alone = lacks_one & at(-1, _ROW)  # somebody has taken the reasons away
    if not has_batch:
        return pl.when(both).then(2).when(row_alone).then(1).otherwise(0)
    whole, headless = both & at(-3, _BATCH), row_alone & at(-2, _BATCH)
    return pl.when(whole).then(3).when(both | headless).then(2).otherwise(0)


def _quoted(cell: pl.Expr, delimiter: str) -> pl.Expr:
    special = cell.str.contains(r'["\r\n]') | cell.str.contains(delimiter, literal=True)
    return (
        pl.when(special)
        .then(pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"'))
        .otherwise(cell)
    )
