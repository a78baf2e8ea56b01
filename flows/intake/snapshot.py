"""Takes a snapshot of a delivered file: our own copy of its bytes, hashed, unpacked, its format known.

What is imported later are the bytes that were hashed, whatever happens to the file meanwhile.
"""

import gzip
import hashlib
import os
import stat
import zlib
from io import BufferedReader
from pathlib import Path

from flows.batch import Batch, Delivery, file_identity
from flows.errors import BatchError, UnfinishedError, printable
from flows.formats import CSV, FORMATS, GZIP, PARQUET, Format, format_of
from flows.intake.copy_hashed import BLOCK, copy_hashed
from flows.intake.handles import open_parent

# Unpacking stops at 1000:1 once past 1 GiB: a batch of orders shrinks to a tenth, a bomb to a thousandth.
MAX_UNPACKED = 1 << 30
MAX_RATIO = 1000

# What other files begin with, and what the sender is told.
_PACKED = "This file is packed with {}. Unpack it, or pack it with gzip."
_FOREIGN = {
    b"\xff\xfe": ("is_utf8", "The file is UTF-16. Save it as CSV UTF-8."),
    b"\xfe\xff": ("is_utf8", "The file is UTF-16. Save it as CSV UTF-8."),
    b"PK\x03\x04": (
        "is_csv",
        "This is a ZIP or an Excel workbook, not a CSV. Name a workbook .xlsx, or export it as CSV UTF-8.",
    ),
    b"\xd0\xcf\x11\xe0": ("is_csv", "This is an old Excel workbook, not a CSV. Export it as CSV UTF-8."),
    PARQUET.magic: ("is_csv", "This is a Parquet file with the name of a CSV. Name it .parquet."),
    b"%PDF": ("is_csv", "This is a PDF, not a CSV."),
    GZIP: ("is_csv", "This file is packed twice. Unpack it once."),
    b"\x28\xb5\x2f\xfd": ("is_csv", _PACKED.format("zstd")),
    b"BZh": ("is_csv", _PACKED.format("bzip2")),
    b"\xfd7zXZ": ("is_csv", _PACKED.format("xz")),
    b"7z\xbc\xaf": ("is_csv", _PACKED.format("7-Zip")),
    b"Rar!": ("is_csv", _PACKED.format("RAR")),
    b"-----BEG": ("is_csv", "This file is encrypted or signed (PGP, S/MIME). Send the CSV itself."),
    b"{\\rtf": ("is_csv", "This is a text document (RTF), not a CSV. Export it as CSV UTF-8."),
    b"SQLite f": ("is_csv", "This is a database (SQLite), not a CSV. Export its table as CSV UTF-8."),
    b"ARROW1": ("is_csv", "This is an Arrow file, not a CSV. Write it as .parquet or as CSV UTF-8."),
    b"Obj\x01": ("is_csv", "This is an Avro file, not a CSV. Write it as .parquet or as CSV UTF-8."),
}


def take_snapshot(delivery: Delivery, folder: Path) -> Batch:
    """The batch, its bytes copied into `folder`; what is hashed is that copy.

    Raises BatchError for what is no regular file, UnfinishedError for one that is gone or still written to.
    """
    copy = folder / "batch"
    with open_regular(delivery) as read:
        identity = file_identity(os.fstat(read.fileno()))
        sha256 = copy_hashed(read, copy)
        if file_identity(os.fstat(read.fileno())) != identity:
            raise UnfinishedError("The file was written to while it was read. Send it when it is complete.")
    return Batch(
        batch_id=batch_id_of(delivery.source, sha256),
        source=delivery.source,
        sha256=sha256,
        file=printable(delivery.path.name),
        path=copy,
        identity=identity,
        format=format_of(delivery.path.name),
    )


def batch_id_of(source: str, sha256: str) -> str:
    """A batch is known by who sent it and by its bytes."""
    return hashlib.sha256(f"{source}\0{sha256}".encode()).hexdigest()[:20]


def unpack(batch: Batch, encoding: str = "utf-8") -> Batch:
    """The batch with its copy unpacked when it was gzip, and looked at; `encoding` is that of its source.

    Raises BatchError for what is empty, packed to hurt, or another kind of file than its name says.
    """
    if batch.format is None:
        names = ", ".join(end for known in FORMATS for end in known.suffixes)
        raise BatchError("is_known_kind", f"Only files that end in {names}, or these with .gz, are imported.")
    with batch.path.open("rb") as stream:
        start = stream.read(8)
    if start.startswith(GZIP):
        _unpack(batch.path)
        with batch.path.open("rb") as stream:
            start = stream.read(8)
    if not start:
        raise BatchError("is_not_empty", "The file is empty: no order is in it.")
    if batch.format is not CSV or not encoding.startswith(_WIDE):
        _refuse_other(start, batch.format)
    return batch


_WIDE = ("utf-16", "utf-32")
"""Encodings in which a text begins with what no text of others has; who declares them means them."""


def _refuse_other(start: bytes, file_format: Format) -> None:
    """Raise BatchError for another kind of file than its name says."""
    if file_format is CSV:
        _refuse_foreign(start)
    elif not start.startswith(file_format.magic):
        told = (told for magic, told in file_format.odd if start.startswith(magic))
        raise BatchError(*next(told, file_format.unlike))


def open_regular(delivery: Delivery) -> BufferedReader:
    """Open a file without following a link or waiting for a pipe's other end."""
    try:
        with open_parent(delivery) as (folder, name):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        raise UnfinishedError("The file is not there any more.") from None
    except OSError:
        raise BatchError(
            "is_readable_file", "This cannot be opened: it is a link, or there is no right to read it."
        ) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise BatchError("is_readable_file", "This is a folder, a pipe or a device, not a file.")
    return os.fdopen(handle, "rb")


def _unpack(path: Path) -> None:
    packed_size = path.stat().st_size
    size = 0
    plain = path.with_name("unpacked")
    try:
        with gzip.open(path) as read, plain.open("xb") as write:
            while block := read.read(BLOCK):
                size += len(block)
                if size > MAX_UNPACKED and size > MAX_RATIO * packed_size:
                    raise BatchError("is_no_bomb", "The file unpacks to more than a thousand times its size.")
                write.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BatchError(
            "is_whole_gzip", "The gzip is cut short or damaged. Send the whole file again."
        ) from None
    plain.replace(path)


def _refuse_foreign(start: bytes) -> None:
    for magic, (code, sentence) in _FOREIGN.items():
        if start.startswith(magic):
            raise BatchError(code, sentence)
    text = start.translate(None, b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        raise BatchError("is_csv", "This is a web page or XML, not a CSV. Export it as CSV UTF-8.")
    if text.startswith((b"{", b"[{")):
        raise BatchError(
            "is_csv", "This is JSON, not a CSV. Name it .json; or .jsonl, where each line of it is an order."
        )
    if b"\0" in start:
        raise BatchError("is_utf8", "The file is binary, or UTF-16 without a mark. Save it as CSV UTF-8.")
