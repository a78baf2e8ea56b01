"""Renders what Prefect's page shows of a batch: a summary in Markdown, the first findings.

Nothing of it is personal: what is taken is in the report's summary.json and results.csv, which hold no such value.
No value acts: each stands in a span of code, which it cannot leave.
"""

import json
import re
import string
from collections.abc import Iterator
from typing import Any

import polars as pl

from flows.report.causes import read_causes
from flows.report.html import show_unseen
from flows.results import NOTHING_IMPORTED, Result

MOST_CAUSES_SHOWN = 50  # what a person looks through; report.html has more of them
MOST_FINDINGS = 300  # what a person scrolls through; all of them are in results.csv

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in string.punctuation})
# What would end a span of code, or a cell of a table.
_INERT = str.maketrans({"`": "'", "|": "\N{BROKEN BAR}", "\n": " ", "\r": " "})
_IN_LINK = str.maketrans({"(": "%28", ")": "%29", "<": "%3C", ">": "%3E", " ": "%20"})
_PLAIN = re.compile(r"(?!www\.)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
_SHOWN = {
    "row": "row",
    "item": "item",
    "column": "column",
    "check": "check",
    "hint": "how to mend it",
    "value": "value",
}


def render_markdown(result: Result, reports_url: str | None = None) -> str:
    """What came of the batch, where its report lies, and what to mend, ranked by the orders that it holds back."""
    parts = (_outcome(result), _places(result, reports_url), _causes(read_causes(result.report)))
    return "\n".join(line for part in parts for line in part)


def first_findings(result: Result) -> list[dict[str, str]]:
    """Findings on the first rows, cells as text; a value that is personal is not in it."""
    path = result.report / "results.csv" if result.report else None
    if path is None or not path.exists():
        return []
    cells = pl.scan_csv(path, infer_schema=False).select("findings").filter(pl.col("findings") != "[]")
    told = [found for cell in cells.head(MOST_FINDINGS).collect()["findings"] for found in json.loads(cell)]
    return [
        {title: _cell(found.get(name)) if name != "hint" else found[name] for name, title in _SHOWN.items()}
        for found in told[:MOST_FINDINGS]
    ]


def code(value: object) -> str:
    """A value of somebody else's as a span of code."""
    return f"`{show_unseen(str(value)).translate(_INERT).strip() or ' '}`"


def _outcome(result: Result) -> Iterator[str]:
    if result.dry_run:
        yield f"## Dry run, {result.status}: {code(result.file)}\n"
        yield f"**{NOTHING_IMPORTED}**\n"
    else:
        yield f"## {result.status.capitalize()}: {code(result.file)}\n"
    yield f"Source {code(result.source)}, batch {code(result.batch_id or 'unread')}\n"
    if result.reason:
        yield f"{code(result.reason)}\n"
    if result.first:
        yield f"{result.first.sentence()}\n"
    of = result.counts
    rows = (
        of.rows_read,
        of.rows_created,
        of.rows_unchanged,
        of.rows_rejected,
        of.rows_held_back,
        of.rows_blank,
        of.rows_skipped,
    )
    if of.rows_read:
        would = "would be " if result.dry_run else ""
        yield from _table(
            [f"orders {would}created", "unchanged", "rejected", "with a warning", "items"],
            [[of.orders_created, of.orders_unchanged, of.orders_rejected, of.orders_warned, of.items]],
        )
        yield from _table(
            ["rows read", f"{would}created", "unchanged", "rejected", "held back", "blank", "skipped"],
            [list(rows)],
        )


def _causes(causes: list[dict[str, Any]]) -> Iterator[str]:
    if causes:
        yield "### What to mend, by the orders that it touches\n"
        yield from _table(
            ["orders", "", "column", "check", "how to mend it"],
            [
                [
                    cause["orders"],
                    cause["severity"],
                    code(cause["column_name"] or "the row"),
                    code(cause["check_name"]),
                    cause["hint"].translate(_ESCAPED),
                ]
                for cause in causes[:MOST_CAUSES_SHOWN]
            ],
        )


def _places(result: Result, reports_url: str | None) -> Iterator[str]:
    """The folder, to be read; and an address, which a browser follows over the web, or on the report's own machine."""
    if result.report:
        page = result.report / "report.html"
        address = (
            f"{reports_url.rstrip('/')}/{result.report.name}/{page.name}" if reports_url else page.as_uri()
        )
        yield f"The report: [{page.name}]({address.translate(_IN_LINK)}) in {code(result.report)}\n"
        if result.counts.orders_rejected:
            yield f"The rows of every rejected order, with the reasons, are in `rejected.csv` beside it: {_how_to_mend(result)}\n"


def _how_to_mend(result: Result) -> str:
    return (
        "mend the file itself by them; the fix file of a dry run holds none of the other orders."
        if result.dry_run
        else "mend them there and drop that file again."
    )


def _table(names: list[str], rows: list[list[object]]) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"
    for row in rows:
        yield f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else str(cell) for cell in row)} |"
    yield ""


def _cell(cell: object) -> str:
    """A page may take a table's cells for Markdown too: plain words stay, all else is a span of code."""
    text = "" if cell is None else str(cell)
    return text if not text or _PLAIN.fullmatch(text) else code(text)
