"""Tells what a source's header and settings do not agree on, and prints the header that a source writes."""

import csv
import io

import polars as pl

from flows.fix_file.restore import inert_names
from flows.sources.column_mapping import ColumnMapping
from flows.sources.names import visible
from flows.sources.source import ADDRESSED, Source
from flows.sources.synonyms import near_member
from validators.findings import FINDINGS, shorten
from validators.order_model import MEMBERS

IS_THERE = "is_in_the_file"


def find_header_warnings(mapping: ColumnMapping, header_row: int = 1) -> pl.DataFrame:
    """A warning for each column that is in no order, each name that is set and not there, each that had what nobody sees."""
    told = [
        *(("is_known", shown_name(name), _nearest(name)) for name in mapping.unknown),
        *((IS_THERE, name, _ABSENT) for name in mapping.absent),
        *(("has_plain_name", shown_name(name), _UNSEEN) for name in mapping.header if visible(name) != name),
    ]
    names = {"check_name": pl.String, "column_name": pl.String, "hint": pl.String}
    rows = pl.DataFrame(told, schema=names, orient="row")
    return pl.concat([FINDINGS.to_frame(), rows], how="diagonal").with_columns(
        row_number=pl.lit(header_row, dtype=pl.Int64),
        severity=pl.lit("warning"),
        count=pl.lit(1, dtype=pl.Int32),
    )


_ABSENT = "The source's settings name this column, and the file has none of that name: look at its spelling."
_UNSEEN = "Characters that nobody sees stand in this name; it was read without them."


def shown_name(name: str) -> str:
    """A name of a header as a person may see it; a cell of it may be as long as any other."""
    return shorten(visible(name).strip()) or "(no name)"


def _nearest(name: str) -> str:
    near = near_member(name)
    return "This column is in no order; its values were not used." + (f" Is it {near}?" if near else "")


def header_line(source: Source | None) -> str:
    """The header of a CSV with every column, by the source's names when it has settings."""
    source = source or Source()
    theirs = _their_columns(source)
    named = (
        name
        for path in dict.fromkeys([*MEMBERS, *theirs])
        if path in theirs or path not in source.defaults
        for name in theirs.get(path, (path,))
    )
    # What conditions look at, and what is divided by, is no member, and has to be there too.
    every = dict.fromkeys([*named, *source.named_columns()])
    line = io.StringIO()
    write = csv.writer(line, delimiter=source.delimiter, quotechar=source.quote or '"', lineterminator="")
    write.writerow(inert_names(dict.fromkeys(_of_first_group(name, source) for name in every)))
    # What stands above the header is of no account, but has to be there.
    return "\n" * (source.header_row - 1) + line.getvalue()


def _of_first_group(name: str, source: Source) -> str:
    return name.replace(ADDRESSED, "1") if name in source.repeat else name


def _their_columns(source: Source) -> dict[str, tuple[str, ...]]:
    """The columns of the source's own that each member is made of."""
    return {
        **{member: (name,) for name, members in source.columns.items() for member in members},
        **{member: join.columns for member, join in source.join.items()},
        **{member: (name,) for name, member in source.repeat.items()},
        **{member: (name,) for name, each in source.items.items() for member in each.members.values()},
    }
