"""A report's page, parsed: what a person finds on it."""

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

REPORT = Path(__file__).parent.parent / "flows" / "report"

VOID = {"meta", "input", "wbr", "br", "rect"}


@dataclass
class Element:
    """An element, its attributes, and what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, white space made one."""
        return " ".join("".join(part if isinstance(part, str) else part.raw for part in self.inside).split())

    @property
    def raw(self) -> str:
        return "".join(part if isinstance(part, str) else part.raw for part in self.inside)

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Elements in it, in their order; `cls` is one of their classes."""
        cls = attributes.pop("cls", None)
        found = []
        for part in self.inside:
            if isinstance(part, Element):
                fits = tag in ("", part.tag) and attributes.items() <= part.attributes.items()
                if fits and (cls is None or cls in part.attributes.get("class", "").split()):
                    found.append(part)
                found += part.all(tag, **attributes, **({"cls": cls} if cls else {}))
        return found

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """The only one."""
        (found,) = self.all(tag, **attributes)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().tag == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def read_page(report: str | Path) -> Element:
    """The page of the report in this folder."""
    parser = _Parser()
    parser.feed((Path(report) / "report.html").read_text(encoding="utf-8"))
    assert [element.tag for element in parser._open] == [""], "each element is closed"
    return parser.root


Cause = tuple[str, str, str, list[tuple[str, str, str]]]
"""Its severity, its column and check, how many orders and findings, and its examples: order, where, value."""


def causes(page: Element) -> list[Cause]:
    """The causes as they stand on the page."""
    return [
        (
            cause.one(cls="severity").text,
            " ".join(cause.one("h3").text.split()[1:]),
            cause.one("header").one("p").text.partition(" ")[2],
            [tuple(cell.text for cell in line.all("td")) for line in cause.all("tr")[1:]],
        )
        for cause in page.all("article")
    ]  # type: ignore[return-value]


def assert_inert(page: Element) -> None:
    """No script and no style but our own acts on it, whatever a browser makes of the rest."""
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    for tag, name in (("style", "report.css"), ("script", "report.js")):
        text = (REPORT / name).read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
        assert {element.raw for element in page.all(tag)} <= {text}
    assert not [name for element in page.all() for name in element.attributes if name.startswith("on")]
