"""Cuts a JSON file into records, an order's text each: the lines of a JSON Lines file, the entries of a JSON list.

A list is cut by its brackets and commas outside of texts, a block at a time, whatever its entries are worth: so one that
is no JSON is known by its place, and the others are read. No more than a block and a record is in memory.
"""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from flows.errors import BatchError
from flows.readers.record_limits import MAX_RECORD

BLOCK = 1 << 20
"""Bytes of a list that are cut at a time: what is made of them stays near the processor's cache."""

LOOK = 1 << 16
"""Bytes of a file's beginning that say what it is."""

SPACE = b" \t\r\n"
LIST, OBJECT = b"[", b"{"

NOTHING = b","
"""The text of an entry in which nothing stands: it is no JSON, as a blank line of a JSON Lines file is no order."""

Places = NDArray[np.int64]


def read_lines(path: Path) -> Iterator[bytes]:
    """Each line of a JSON Lines file; raises BatchError where one is too long, or the file is of another kind."""
    with path.open("rb") as read:
        start = _begin(read)
        if start.startswith(LIST) or start.split(b"\n", 1)[0].strip() == OBJECT:
            raise BatchError(
                "is_json_lines",
                "Each line of this file must be an order; here one takes several lines, or all stand in a list."
                " Name a list, or a single order, .json; write of several orders each on one line.",
            )
        while line := read.readline(MAX_RECORD + 2):
            if len(line.rstrip(b"\r\n")) > MAX_RECORD:
                raise _too_long()
            yield line.removesuffix(b"\n")


def read_entries(path: Path) -> Iterator[bytes]:
    """Each entry of a JSON list, or the one order that the file is; raises BatchError where it has no end."""
    with path.open("rb") as read:
        start = _begin(read)
        if not start.startswith((LIST, OBJECT)):
            raise BatchError("is_json", "The file is no JSON of orders: it must begin with { or [.")
        entries = _cut(read, is_list=start.startswith(LIST))
        first = next(entries, NOTHING)
        second = next(entries, None)
        if second is not None or first != NOTHING:  # an empty list has none
            yield first
        if second is not None:
            yield second
        yield from entries


def _begin(read: BinaryIO) -> bytes:
    """What the file begins with behind spaces, a byte order mark left behind; raises BatchError when it is not UTF-8."""
    start = read.read(LOOK)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:4]:
        raise BatchError("is_utf8", "The file is UTF-16, or binary. Save it as UTF-8.")
    mark = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    read.seek(mark)
    return start[mark:].lstrip(SPACE)


def _cut(read: BinaryIO, *, is_list: bool) -> Iterator[bytes]:
    """What stands between the commas of the list; of one order the whole of it."""
    nesting, held, has_begun = Nesting(), b"", False
    for block in _blocks(read):
        places, depths = nesting.find(block)
        ends = (depths == 0) | ((depths == 1) & _is(block, places, b",")) if is_list else depths == 0
        at = 0
        if not has_begun:
            at, has_begun = int(places[0]) + is_list if places.size else len(block), bool(places.size)
        for place, depth in zip(places[ends].tolist(), depths[ends].tolist(), strict=True):
            entry = held + block[at : place + (not is_list)]
            yield entry if entry.strip(SPACE) else NOTHING
            held, at = b"", place + 1
            if not depth:
                return _refuse_more(block[at:], read, is_list=is_list)
        held += block[at:]
        if len(held) > MAX_RECORD:
            raise _too_long()
    raise BatchError(
        "is_whole_json", "The file is cut short: its last bracket is missing. Send the whole file."
    )


def _refuse_more(rest: bytes, read: BinaryIO, *, is_list: bool) -> None:
    while not rest.strip(SPACE):
        rest = read.read(BLOCK)
        if not rest:
            return
    where = "the list" if is_list else "the first order"
    raise BatchError(
        "is_one_json",
        f"Something stands behind the end of {where}. Name the file .jsonl where each line is an order; otherwise put"
        " all orders into one list, in [ ] with commas between them.",
    )


def _blocks(read: BinaryIO) -> Iterator[bytes]:
    """The file in blocks, none of which ends within an escape."""
    for block in iter(partial(read.read, BLOCK), b""):
        backslashes = len(block) - len(block.rstrip(b"\\"))
        yield block + read.read(backslashes % 2)


def _too_long() -> BatchError:
    return BatchError("fits_record", "An order takes more than 16 MiB.")


def _is(block: bytes, places: Places, character: bytes) -> NDArray[np.bool_]:
    marks: NDArray[np.bool_] = np.frombuffer(block, np.uint8)[places] == ord(character)
    return marks


_STEPS = np.zeros(256, np.int8)
_STEPS[[ord("["), ord("{")]], _STEPS[[ord("]"), ord("}")]] = 1, -1
_TELLS = _STEPS != 0
_TELLS[ord(",")] = True
_ESCAPE = re.compile(rb"\\.", re.DOTALL)


class Nesting:
    """Follows a text's brackets from block to block."""

    def __init__(self) -> None:
        self._depth, self._in_text = 0, False

    def find(self, block: bytes) -> tuple[Places, Places]:
        """The places of brackets and commas outside of texts, and how deep it is behind each."""
        plain = _ESCAPE.sub(b"__", block) if b"\\" in block else block
        text = np.frombuffer(plain, np.uint8)
        # How many quotes there were: of a number modulo 256 it is still seen whether it is odd.
        is_in_text = (np.cumsum(text == ord('"'), dtype=np.uint8) & 1).astype(bool) ^ self._in_text
        places = np.flatnonzero(_TELLS[text] & ~is_in_text)
        depths = self._depth + np.cumsum(_STEPS[text[places]], dtype=np.int64)
        self._in_text = bool(is_in_text[-1]) if len(text) else self._in_text
        self._depth = int(depths[-1]) if depths.size else self._depth
        return places, depths


def deepest(text: bytes) -> int:
    """How deep a text is nested."""
    depths = Nesting().find(text)[1]
    return int(depths.max()) if depths.size else 0
