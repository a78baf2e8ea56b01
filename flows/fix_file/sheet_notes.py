"""Writes the notes on a sheet's cells as XML, all at once: their texts in one part, and how they are drawn in another."""

import polars as pl

from flows.fix_file.sheet_rows import name_columns
from flows.fix_file.xml_text import SPACES, escape_xml, has_spaces

BESIDE = 3
"""Columns behind its cell's over which a note is drawn; wherever it is, they are of one width."""

BLOCK = 1024
"""Drawings have numbers in blocks of so many; the first block is for others."""

_TEXTS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<authors><author></author></authors><commentList>{}</commentList></comments>"
)
_TEXT = (
    '<comment ref="{}{}" authorId="0"><text><r><rPr><sz val="8"/><color indexed="81"/><rFont val="Tahoma"/>'
    '<family val="2"/></rPr><t{}>{}</t></r></text></comment>'
)
_DRAWINGS = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
    '<o:idmap v:ext="edit" data="{}"/></o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600"'
    ' o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{}</xml>'
)
# Its anchor says where it is drawn: from 15 pixels into the next column and 10 into the row above, 256 wide and 74 high.
_DRAWING = (
    '<v:shape id="_x0000_s{}" type="#_x0000_t202" style="position:absolute;margin-left:80pt;margin-top:5pt;'
    'width:192pt;height:55.5pt;z-index:{};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{}, 15, {}, 10, {}, 37, {}, 4</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{}</x:Row><x:Column>{}</x:Column></x:ClientData></v:shape>"
)


def write_texts(notes: pl.DataFrame) -> str:
    """The part with the texts of notes, `row, column, text`, none of them on the first row; counted from 0."""
    text = pl.col("text")
    spaces = pl.when(has_spaces(text)).then(pl.lit(SPACES)).otherwise(pl.lit(""))
    each = pl.format(_TEXT, name_columns(notes["column"]), pl.col("row") + 1, spaces, text)
    return _TEXTS.format(notes.with_columns(text=escape_xml(notes["text"])).select(each.str.join()).item())


def write_drawings(notes: pl.DataFrame) -> str:
    """The part with their drawings."""
    row, column, number = pl.col("row"), pl.col("column"), pl.int_range(1, pl.len() + 1)
    corners = column + 1, row - 1, column + BESIDE, row + 3
    each = pl.format(_DRAWING, number + BLOCK, number, *corners, row, column)
    blocks = ",".join(map(str, range(1, 2 + notes.height // BLOCK)))
    return _DRAWINGS.format(blocks, notes.select(each.str.join()).item())
