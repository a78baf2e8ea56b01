"""Refuses a file of UTF-8 whose source declares a codec of one byte a letter, which reads any bytes: ü as Ã¼."""

import codecs
from pathlib import Path

from flows.errors import BatchError

BLOCK = 1 << 20

_BEYOND_ASCII = bytes(range(0x80, 0x100))


def refuse_utf8(path: Path, encoding: str) -> None:
    """Raise BatchError where all of the file is UTF-8, and has letters of several bytes: what it says would be altered.

    Text that was written in such a codec is hardly ever UTF-8 too: each of its letters beyond ASCII had to be followed by
    just the right signs.
    """
    if encoding.startswith("utf") or not _has_one_byte_a_letter(encoding):
        return
    line = _first_line_of_several_bytes(path)
    if line:
        raise BatchError(
            "has_declared_encoding",
            f"The file is UTF-8, on line {line} first, and not {encoding}, the source's encoding: its letters would be"
            f" taken for others. Write the file in {encoding}, or take encoding out of the source's settings.",
        )


def _has_one_byte_a_letter(encoding: str) -> bool:
    return len(_BEYOND_ASCII.decode(encoding, "replace")) == len(_BEYOND_ASCII)


def _first_line_of_several_bytes(path: Path) -> int:
    """The line of the first letter that is not ASCII; 0 where there is none, or the file is not UTF-8."""
    decoder, lines, found = codecs.getincrementaldecoder("utf-8")(), 1, 0
    with path.open("rb") as read:
        try:
            while block := read.read(BLOCK):
                text = decoder.decode(block)
                if not found and not text.isascii():
                    at = next(at for at, letter in enumerate(text) if not letter.isascii())
                    found = lines + text.count("\n", 0, at)
                lines += text.count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return 0
    return found
