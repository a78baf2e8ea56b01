"""Reads the parts of a workbook, which is a ZIP of XML: their sizes, and their elements one after the other.

A part that declares entities is refused, so that none can be expanded.
"""

import posixpath
from collections.abc import Iterator
from xml.parsers import expat
from zipfile import ZipFile

BLOCK = 1 << 18
"""Bytes that are unpacked at a time."""

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

Attributes = dict[str, str]


class DamagedPartError(Exception):
    """A part that is not there, or no XML as workbooks have it."""


class Elements:
    """What is told of the elements of a part, by their names without a prefix."""

    def start(self, tag: str, of: Attributes) -> None:
        """One begins, with these attributes."""

    def end(self, tag: str) -> None:
        """One ends."""

    def text(self, text: str) -> None:
        """Characters stand in one, perhaps not yet all of them."""


class Parts:
    """The parts of a workbook by their names, whose case says nothing."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._entries = {info.filename.lower().lstrip("/"): info for info in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def unpacked(self) -> int:
        """Bytes of them all, as they say themselves; none is read beyond that."""
        return sum(info.file_size for info in self._entries.values())

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part."""
        if name not in self:
            raise DamagedPartError
        with self._archive.open(self._entries[name.lower()]) as part:
            while block := part.read(BLOCK):
                yield block

    def walk(self, name: str, elements: Elements) -> None:
        """Tell of each element of a part."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda tag, of: elements.start(tag.rpartition(":")[2], of)
        parser.EndElementHandler = lambda tag: elements.end(tag.rpartition(":")[2])
        parser.CharacterDataHandler = elements.text
        try:
            for block in self.blocks(name):
                parser.Parse(block)
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise DamagedPartError from None

    def of_sheets(self) -> list[str]:
        """The part of each sheet, in the order of the workbook."""
        sheets, relations = _Listed("sheet"), _Listed("Relationship")
        self.walk(WORKBOOK, sheets)
        self.walk(RELATIONS, relations)
        targets = {of.get("Id"): of.get("Target", "") for of in relations.found}
        places = [next((of[name] for name in of if name.endswith(":id")), None) for of in sheets.found]
        if not set(places) <= targets.keys():
            raise DamagedPartError
        return [posixpath.normpath(posixpath.join("/xl", targets[place])).lstrip("/") for place in places]


class _Listed(Elements):
    """The attributes of all elements of one name."""

    def __init__(self, tag: str) -> None:
        self.found: list[Attributes] = []
        self._tag = tag

    def start(self, tag: str, of: Attributes) -> None:
        if tag == self._tag:
            self.found.append(of)


def _refuse(*_: object) -> None:
    raise DamagedPartError
