"""Renders the page of a report: one file, which needs nothing else, and in which nothing of a batch can act.

It has a bound, whatever the batch: so many causes, three examples each, every value cut. The rest is in results.csv.
"""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, Template, select_autoescape
from markupsafe import Markup

from flows.frames import ReportInput
from flows.report.causes import Causes
from flows.report.drawing import bars, outcome_bar
from flows.report.headline import headline, took
from validators.findings import shorten
from validators.order_model import is_personal

MOST_SHOWN = 100
"""Causes on the page: whoever has more of them mends the first, and looks again."""

# What no page should hold, shown as what it is: control characters but for tabs and line ends, and direction marks.
_UNSEEN = [
    *(c for c in range(32) if chr(c) not in "\t\r\n"),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
_SEEN = dict.fromkeys(_UNSEEN, "\N{REPLACEMENT CHARACTER}")


def render_page(inputs: ReportInput, causes: Causes, *, has_workbook: bool = False) -> Iterator[str]:
    """The page as HTML, piece by piece; every value is escaped, none is personal."""
    of_most = causes.with_examples(MOST_SHOWN)
    page = _template().generate(
        result=inputs.result.as_json(),
        has_workbook=has_workbook,
        counts=inputs.result.counts,
        origin=inputs.origin,
        story=inputs.story,
        headline=headline(inputs.result),
        outcomes=outcome_bar(inputs.result),
        bars=bars(of_most, inputs.result),
        causes=of_most,
        left_out=causes.count() - len(of_most),
        mapping=[(line.status, *line.cells()) for line in inputs.mapping if not line.is_plain],
        skipped=sorted(inputs.skipped.items()),
    )
    return map(show_unseen, page)


def show_unseen(text: str) -> str:
    """The text with what cannot be seen in it shown as something that can."""
    return text.translate(_SEEN)


def _breakable(name: str) -> Markup:
    """A column's name, cut where it is too long, which a line may break behind a dot of."""
    return Markup(".<wbr>").join(shorten(name).split("."))


def _own_file(name: str) -> tuple[Markup, str]:
    """A file of ours that the page holds, and the hash by which a browser knows it from what is not ours."""
    text = files("flows.report").joinpath(name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"  # noqa: S704 - it is ours


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("flows.report", package_path="."),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=_breakable, cut=shorten, n="{:,}".format)
    environment.tests["personal"] = is_personal
    style, style_hash = _own_file("report.css")
    script, script_hash = _own_file("report.js")
    environment.globals.update(
        style=style, script=script, style_hash=style_hash, script_hash=script_hash, took=took
    )
    return environment.get_template("report.html")
