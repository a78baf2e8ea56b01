"""From a CSV's lines to how many records they are, and whether each has as many fields as the header.

This reads the bytes a second way, line by line and by the parity of quotes, independent of the reader that
will be trusted with the cells.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.read.header import Header, not_utf8
from flows.read.size import Room

BATCH_LINES = 50_000

# Outside quotes the two readers take these for different things: a CR alone ends a row or is text, a byte
# order mark is taken off where reading begins, which is not the file's first byte.
_STRAY = r"\r\ufeff"


@dataclass(frozen=True, kw_only=True)
class Count:
    """`long_records`: `record` (from 0) of those that take several lines, `extra` lines that they and all before add."""

    records: int
    long_records: pl.DataFrame


def count_records(path: Path, header: Header) -> Count | None:
    """Count them; None where a quote is stray or not closed, or a record is longer or shorter than the header.

    Raises BatchError when the bytes are not UTF-8, or records are too long.
    """
    tally = _Tally(header=header)
    try:
        lines = pl.scan_lines(path, name="line", glob=False).slice(header.lines)
        for batch in lines.collect_batches(chunk_size=BATCH_LINES, maintain_order=True):
            if not tally.add(batch):
                return None
    except pl.exceptions.ComputeError:
        raise not_utf8() from None
    return tally.count()


@dataclass(kw_only=True)
class _Tally:
    """Lines in order; of a record that the last line left open, its delimiters, lines and bytes so far."""

    header: Header
    records: int = 0
    extra: int = 0
    is_open: bool = False
    left: dict[str, int] = field(default_factory=lambda: {"delimiters": 0, "lines": 0, "bytes": 0})
    long: list[pl.DataFrame] = field(default_factory=list)
    room: Room = field(default_factory=Room)

    def add(self, lines: pl.DataFrame) -> bool:
        """Whether all is well up to here."""
        told = self._quotes(lines)
        delimiters = self._delimiters(told)
        if delimiters is None:
            return False
        sums = told.with_columns(delimiters=delimiters).select(
            "inside_after", **{name: pl.col(name).cum_sum() + left for name, left in self.left.items()}
        )
        return self._close(sums)

    def count(self) -> Count | None:
        """The whole count; None when the last record's quote is not closed."""
        empty = pl.DataFrame(schema={"record": pl.Int64, "extra": pl.Int64})
        return (
            None if self.is_open else Count(records=self.records, long_records=pl.concat([empty, *self.long]))
        )

    def _quotes(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Add how many quotes a line has, and whether it begins and ends inside some."""
        told = lines.with_columns(quotes=pl.col("line").str.count_matches('"', literal=True).cast(pl.Int64))
        told = told.with_columns(inside_after=(pl.col("quotes").cum_sum() + int(self.is_open)) % 2 == 1)
        return told.with_columns(
            inside_before=pl.col("inside_after").shift(1, fill_value=self.is_open),
            lines=pl.lit(1, dtype=pl.Int64),
            bytes=pl.col("line").str.len_bytes().cast(pl.Int64),
        )

    def _delimiters(self, told: pl.DataFrame) -> pl.Series | None:
        """How many delimiters stand outside quotes, a line; None where a quote or a CR stands where none may."""
        mark = re.escape(self.header.delimiter)
        cell = rf'(?:[^"{mark}{_STRAY}]*|"(?:[^"]|"")*")'
        sound = rf'(?s)^(?:{cell}{mark})*(?:{cell}|"(?:[^"]|"")*)$'
        # A line that begins inside quotes is one that begins with the quote.
        line = pl.when("inside_before").then(pl.lit('"') + pl.col("line")).otherwise("line")
        special = (told["quotes"] > 0) | told["inside_before"] | told["line"].str.contains(f"[{_STRAY}]")
        careful = (
            told.filter(special)
            .select(line.alias("line"))
            .select(
                sound=pl.col("line").str.contains(sound),
                outside=pl.col("line")
                .str.replace_all(r'"[^"]*("|$)', "")
                .str.count_matches(mark)
                .cast(pl.Int64),
            )
        )
        if not careful["sound"].all():
            return None
        plain = told["line"].str.count_matches(mark).cast(pl.Int64)
        return plain.scatter(special.arg_true(), careful["outside"])

    def _close(self, sums: pl.DataFrame) -> bool:
        """Take the records that end here; whether each has the header's fields or is a blank line."""
        names = list(self.left)
        ends = sums.filter(~pl.col("inside_after")).select(names)
        each = ends.select(pl.all() - pl.all().shift(1, fill_value=0))
        self.room.take_all(each["bytes"])
        blank = (pl.col("lines") == 1) & (pl.col("bytes") == 0)
        if each.filter((pl.col("delimiters") != len(self.header.names) - 1) & ~blank).height:
            return False
        longer = each.with_row_index("record", offset=self.records).filter(pl.col("lines") > 1)
        self.long.append(
            longer.select(pl.col("record").cast(pl.Int64), extra=(pl.col("lines") - 1).cum_sum() + self.extra)
        )
        self.extra += int((each["lines"] - 1).sum())
        self.records += each.height
        last = ends.row(-1, named=True) if ends.height else dict.fromkeys(names, 0)
        self.left = {name: sums[name][-1] - last[name] for name in names}
        self.is_open = bool(sums["inside_after"][-1])
        return True
