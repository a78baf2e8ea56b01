"""From a batch's result and the causes of its findings to a page that a browser shows."""

from functools import cache

from jinja2 import Environment, PackageLoader, Template, select_autoescape

from flows.model import Result
from flows.report.causes import MOST_FINDINGS, Causes


def page(result: Result, causes: Causes) -> str:
    """The page as HTML; every value is escaped, none is personal."""
    return _template().render(
        result=result.as_json(), causes=causes.ranked(), findings=causes.first.to_dicts(), most=MOST_FINDINGS
    )


@cache
def _template() -> Template:
    loader = PackageLoader("flows.report", package_path=".")
    return Environment(
        loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    ).get_template("report.html")
