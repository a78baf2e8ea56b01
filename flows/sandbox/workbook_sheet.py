"""Chooses the sheet of a workbook that is read: its source's, or the first; of a fix file always the first."""

import unicodedata

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from flows.errors import BatchError
from flows.fix_file import ROW


def choose_sheet(workbook: CalamineWorkbook, wanted: str) -> tuple[int, CalamineSheet, bool]:
    """The place of the sheet, the sheet, and whether it is a fix file's: to these their source's settings do not apply."""
    names = [_key(name) for name in workbook.sheet_names]
    if len(set(names)) < len(names):
        raise BatchError(
            "has_each_sheet_once", "Two sheets of the workbook have one name: rename one of them."
        )
    kinds = [each.typ for each in workbook.sheets_metadata]
    if SheetTypeEnum.WorkSheet not in kinds:
        raise BatchError("has_sheet", "The workbook has no sheet with cells.")
    at = kinds.index(SheetTypeEnum.WorkSheet)
    first = workbook.get_sheet_by_index(at)
    is_fix_file = ROW in {str(cell).strip().lower() for cell in next(first.iter_rows(), [])}
    if is_fix_file or not wanted or names[at] == _key(wanted):
        return at, first, is_fix_file
    if _key(wanted) not in names:
        raise BatchError(
            "has_sheet",
            f"The workbook has no sheet {wanted}, which its source's settings name, but {_listed(workbook)}.",
        )
    at = names.index(_key(wanted))
    return at, workbook.get_sheet_by_index(at), False


def _listed(workbook: CalamineWorkbook) -> str:
    return ", ".join(workbook.sheet_names)


def _key(name: str) -> str:
    """As column names are compared (see sources.names, which loads more than there is room for here)."""
    seen = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) != "Cf")
    return seen.strip().lower()
