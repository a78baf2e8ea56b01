"""Renders the page of a report."""

from functools import cache

import polars as pl
from jinja2 import Environment, PackageLoader, Template, select_autoescape

from flows.frames import ReportInput
from flows.report.causes import MOST_FINDINGS

# What no page should hold, shown as what it is: control characters but for tabs and line ends, and direction marks.
_UNSEEN = [
    *(c for c in range(32) if chr(c) not in "\t\r\n"),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
_SEEN = dict.fromkeys(_UNSEEN, "\N{REPLACEMENT CHARACTER}")


def render_page(inputs: ReportInput, causes: list[dict[str, object]], first: pl.DataFrame) -> str:
    """The page as HTML, with the ranked causes and the first findings; every value is escaped, none is personal."""
    text = _template().render(
        result=inputs.result.as_json(),
        mapping=[(line.status, *line.cells()) for line in inputs.mapping if not line.is_plain],
        skipped=sorted(inputs.skipped.items()),
        causes=causes,
        findings=first.to_dicts(),
        most=MOST_FINDINGS,
    )
    return show_unseen(text)


def show_unseen(text: str) -> str:
    """The text with what cannot be seen in it shown as something that can."""
    return text.translate(_SEEN)


@cache
def _template() -> Template:
    loader = PackageLoader("flows.report", package_path=".")
    return Environment(
        loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
