"""The one registry of file formats: what each is called, how its files end and begin, and how long a row of one is.

Discovery, snapshots, readers and estimates ask here; the opener of each stands in `readers`.
"""

import re
import zlib
from contextlib import suppress
from dataclasses import dataclass

GZIP = b"\x1f\x8b"
PACKED = ".gz"
"""Behind any of the suffixes."""

BLOCK = 1 << 16
"""Bytes of a file's beginning that an estimate looks at."""

_ORDER = b'"orderNumber"'
"""Stands once in each order of a JSON, however its lines are broken."""

_MOST_UNPACKED = BLOCK << 8


@dataclass(frozen=True, kw_only=True)
class Format:
    """`magic` is what every file of it begins with; `row_bytes` what a row of orders takes, None where a line is a row.

    `unlike` is what is told of a file that begins otherwise, code and sentence, and `odd` what is of some beginnings.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: bytes = b""
    row_bytes: int | None = None
    odd: tuple[tuple[bytes, tuple[str, str]], ...] = ()
    unlike: tuple[str, str] = ("is_known_kind", "This is another kind of file than its name says.")


CSV = Format(name="csv", suffixes=(".csv",))
# Its footer, which knows the rows, is only read in a process of its own.
PARQUET = Format(
    name="parquet",
    suffixes=(".parquet", ".pq"),
    magic=b"PAR1",
    row_bytes=40,
    odd=(
        (
            b"PARE",
            ("is_not_encrypted", "The file is encrypted (Parquet modular encryption); send it unencrypted."),
        ),
    ),
    unlike=("is_parquet", "This is not a Parquet file, or only a part of one."),
)
# One with macros is known by its content too, and told so.
WORKBOOK = Format(
    name="workbook",
    suffixes=(".xlsx", ".xlsm"),
    magic=b"PK\x03\x04",
    row_bytes=150,
    odd=(
        (
            b"\xd0\xcf\x11\xe0",
            (
                "is_not_encrypted",
                "This workbook has a password, or is an old one (.xls). Save it as .xlsx, without a password.",
            ),
        ),
    ),
    unlike=("is_workbook", "This is not a workbook (.xlsx), or only a part of one."),
)
JSON = Format(name="json", suffixes=(".json",))
JSON_LINES = Format(name="json lines", suffixes=(".jsonl", ".ndjson"))

FORMATS = (CSV, PARQUET, WORKBOOK, JSON, JSON_LINES)

HAS_OUR_NAMES = (JSON, JSON_LINES)
"""Formats of whose files the members are our own: of a source's settings only `defaults` and `if_blank` apply to them."""


_REPLAYS = re.compile(r"(?: \(replay [0-9]+\))+$")
"""Behind the name of the file whose rejected rows are imported again, and again."""


def kept_format_of(file: str) -> Format | None:
    """The format of the file that a batch of the ledger is called after; a replay is called after its first batch's."""
    return format_of(_REPLAYS.sub("", file))


def suffixes() -> tuple[str, ...]:
    """How a file to import ends, packed or not."""
    return tuple(end + packed for known in FORMATS for end in known.suffixes for packed in ("", PACKED))


def format_of(name: str) -> Format | None:
    """The format of a file of this name; None where no suffix is known."""
    plain = name.lower().removesuffix(PACKED)
    return next((known for known in FORMATS if plain.endswith(known.suffixes)), None)


def estimate_rows(block: bytes, size: int) -> int:
    """About how many rows a file has that begins with this block; for a plan, nothing that is relied on."""
    text = block
    if block.startswith(GZIP):
        with suppress(zlib.error):
            text = zlib.decompressobj(wbits=31).decompress(block, _MOST_UNPACKED)
    for known in FORMATS:
        if known.row_bytes and known.magic and block.startswith(known.magic):
            return size // known.row_bytes
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return max(1, text.count(_ORDER) * size // len(block))
    return max(0, text.count(b"\n") * size // len(block) - 1) if block else 0
