"""Workbooks for tests: rows of text and values as a spreadsheet program stores them, and sheets written by hand."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from order_files import write

Cells = Mapping[str, Any]


def table(rows: Iterable[Cells]) -> list[list[Any]]:
    """The header and the rows, with the columns of all of them."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for cells in rows for name in cells))
    return [columns, *([cells.get(name, "") for name in columns] for cells in rows)]


def workbook(
    *sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), hide: Iterable[int] = (), merge: str = ""
) -> bytes:
    """A workbook of these sheets, each value stored as what it is; rows to hide (from 1) and cells to merge are the first's."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd hh:mm:ss",
        },
    ) as book:
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[number] if names else None)
            for at, cells in enumerate(rows):
                sheet.write_row(at, 0, cells)
            for row in hide if not number else ():
                sheet.set_row(row - 1, None, None, {"hidden": True})
            if merge and not number:
                sheet.merge_range(merge, "")
    return made.getvalue()


def send_rows(path: Path, rows: Iterable[Cells], **how: Any) -> Path:
    """Write these rows as a workbook."""
    return write(path, workbook(table(rows), **how))


CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def by_hand(
    rows: str,
    *,
    names: Sequence[str] = ("Sheet1",),
    before: str = "",
    dimension: str = "A1",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook whose first sheet has these elements as its rows; `before` stands at the beginning of the sheet's part."""
    sheet = f'{before}<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'
    numbers = range(1, len(names) + 1)
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, start=1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="{CONTENT}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{relations}</Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": sheet for n in numbers},
        **(more or {}),
    }
    return packed(parts)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def rows_by_hand(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as elements: texts in their cells, a text that begins with < as the cell's own elements."""
    return "".join(f"<row>{''.join(map(_cell, cells))}</row>" for cells in rows)


def _cell(value: Any) -> str:
    if str(value).startswith("<"):
        return str(value)
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def read(content: bytes, sheet: int = 0) -> list[list[Any]]:
    """The cells of a sheet."""
    return (
        CalamineWorkbook.from_filelike(io.BytesIO(content))
        .get_sheet_by_index(sheet)
        .to_python(skip_empty_area=False)
    )
