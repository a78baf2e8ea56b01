"""Turns a sheet of a workbook into an Arrow file: its cells as text, what each was, and what is to be told of the sheet.

Run as a program: the workbook, the file to write, the sheet's name (blank: the first), and how many columns may be.
"""

import json
import sys
import zipfile
from collections.abc import Iterator
from itertools import chain, count, islice, repeat
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from flows.errors import BatchError
from flows.sandbox import Verdict, limit_memory, most_unpacked
from flows.sandbox.workbook_cells import TEXT, UNSOUND, Column, read_cells
from flows.sandbox.workbook_facts import Facts, find_facts
from flows.sandbox.workbook_parts import WORKBOOK, DamagedPartError, Parts
from flows.sandbox.workbook_sheet import choose_sheet

ROWS, CELLS = 10_000, 2_000_000
"""Rows that are written at a time, and cells where rows are wide."""

MACROS = "xl/vbaproject.bin"


def convert(path: Path, target: Path, sheet: str, most_columns: int) -> Verdict:
    """Write the Arrow file, or the code and the sentence of a refusal, as JSON."""
    with zipfile.ZipFile(path) as archive:
        parts = Parts(archive)
        verdict = _refuse_other(parts, path)
        if verdict is not Verdict.WHOLE:
            return verdict
        try:
            _convert(path, parts, target, (sheet, most_columns))
        except BatchError as error:
            target.write_text(json.dumps([error.code, str(error).rpartition(" (")[0]]))
            return Verdict.TOLD
    return verdict


def _refuse_other(parts: Parts, path: Path) -> Verdict:
    if MACROS in parts:
        return Verdict.MACROS
    if WORKBOOK not in parts:
        return Verdict.FOREIGN
    return Verdict.BOMB if parts.unpacked() > most_unpacked(path.stat().st_size) else Verdict.WHOLE


def _convert(path: Path, parts: Parts, target: Path, asked: tuple[str, int]) -> None:
    workbook = CalamineWorkbook.from_path(path)
    at, sheet, is_fix_file = choose_sheet(workbook, asked[0])
    places = parts.of_sheets()
    if len(places) != len(workbook.sheet_names):
        raise DamagedPartError
    facts = find_facts(parts, places[at])
    width = max(sheet.end[1] + 1 if sheet.end else 0, facts.width)
    if width > asked[1]:
        raise BatchError("fits_columns", f"The sheet has {width:,} columns; at most {asked[1]:,} are read.")
    told = _tell(workbook, at, sheet, facts) | {"fix file": is_fix_file, "width": width}
    told["rows"] = max(sheet.end[0] + 1 if sheet.end else 0, facts.rows)
    _write(target, sheet, facts, told)


def _tell(workbook: CalamineWorkbook, at: int, sheet: CalamineSheet, facts: Facts) -> dict[str, Any]:
    """What is true of the sheet beside its cells; rows are numbered as it shows them."""
    return {
        "sheet": sheet.name,
        "hidden sheet": workbook.sheets_metadata[at].visible is not SheetVisibleEnum.Visible,
        "sheets": len(workbook.sheet_names),
        "hidden_rows": facts.hidden,
        "merged": [[place + 1 for place in (*start, *end)] for start, end in sheet.merged_cell_ranges or ()],
    }


def _write(target: Path, sheet: CalamineSheet, facts: Facts, told: dict[str, Any]) -> None:
    """Text columns "0", "1", …, and "0 is", "1 is", …, what each cell was; the rest in the schema's metadata."""
    fields = [(str(at), pa.large_string()) for at in range(told["width"])]
    kinds = [(f"{at} is", pa.uint8()) for at in range(told["width"])]
    schema = pa.schema(fields + kinds, {"told": json.dumps(told)})
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, schema) as write:
        for columns in _columns(sheet, facts):
            arrays = [pa.array(column.texts, pa.large_string()) for column in columns]
            arrays += [pa.array(column.kinds, pa.uint8()) for column in columns]
            write.write_batch(pa.record_batch(arrays, schema))


def _columns(sheet: CalamineSheet, facts: Facts) -> Iterator[list[Column]]:
    """The cells of some rows, a column each, from the sheet's first row on."""
    before = sheet.start[1] if sheet.start else 0  # blank columns, which are not handed over
    width = max(before + sheet.width, facts.width)
    some = max(1, min(ROWS, CELLS // max(1, width)))
    unsound: dict[int, list[tuple[int, int, str]]] = {}
    for (row, column), shown in facts.unsound.items():
        unsound.setdefault(row // some, []).append((row % some, column, shown))
    blank = [""] * sheet.width
    below = repeat(blank, max(0, facts.rows - (sheet.end[0] + 1 if sheet.end else 0)))
    rows = chain(sheet.iter_rows(), below)
    for number in count():
        part = list(islice(rows, some))
        if not part:
            return
        columns = [read_cells(cells) for cells in zip(*part, strict=True)]
        missing = width - before - len(columns)
        columns = [*_blank(before, len(part)), *columns, *_blank(missing, len(part))]
        for row, column, shown in unsound.get(number, ()):
            columns[column].put(row, shown, UNSOUND)
        yield columns


def _blank(columns: int, rows: int) -> list[Column]:
    return [Column([""] * rows, [TEXT] * rows) for _ in range(columns)]


def _run(arguments: list[str]) -> Verdict:
    limit_memory()
    path, target, sheet, most_columns = arguments
    try:
        return convert(Path(path), Path(target), sheet, int(most_columns))
    except MemoryError:
        return Verdict.LARGE
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        CalamineError,
        DamagedPartError,
        OSError,
        ValueError,
        KeyError,
    ):
        return Verdict.DAMAGED
    except RuntimeError:  # a part of the archive asks for a password
        return Verdict.ENCRYPTED
    except BaseException:  # noqa: BLE001 - a panic of the library is no Exception
        return Verdict.DAMAGED


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
