"""From the code to the README's tables; run it after a change: `python tests/print_readme.py`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from validators.checks import HEAD_VALUES, ITEM_VALUES, Check
from validators.hints import OTHER_HINTS
from validators.item_rules import ITEM_RULES
from validators.order_model import HEAD, ITEM, Member
from validators.order_rules import HEAD_RULES

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

WARNINGS = ("has_postal_space", "holds_no_blank_entry", "names_an_item")  # of OTHER_HINTS; all others reject

# What runs at the top, then the way of a batch from its file to its report.
PACKAGES = (
    "flows/*.py",
    "flows/cli/*.py",
    "flows/orchestration/*.py",
    "flows/pipeline/*.py",
    "flows/intake/*.py",
    "flows/readers/*.py",
    "flows/sources/*.py",
    "flows/sources/draft/*.py",
    "flows/database/*.py",
    "flows/report/*.py",
    "flows/fix_file/*.py",
    "validators/*.py",
)


def printed(readme: str) -> str:
    """The README with each table as the code has it now."""
    tables = {"members": _members(), "checks": _checks(), "modules": _modules()}
    for name, lines in tables.items():
        begin, end = f"<!-- printed from the code: {name} -->", "<!-- end -->"
        pattern = re.compile(rf"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
        text = "".join(f"{line}\n" for line in lines)
        readme = pattern.sub(lambda found, text=text: found[1] + text + found[2], readme)
    return readme


def _members() -> Iterator[str]:
    yield "| column | type | required | longest (warned past) | form | personal | from |"
    yield "|---|---|---|---|---|---|---|"
    for member in (*HEAD, *ITEM):
        longest = f"{member.reject}" if member.reject else ""
        warned = f" ({member.warn})" if member.warn else ""
        cells = (
            _type(member),
            member.required,
            longest + warned,
            _form(member),
            "yes" if member.personal else "",
            member.origin,
        )
        yield f"| `{member.path}` | {' | '.join(cells)} |"


def _type(member: Member) -> str:
    return f"decimal{member.digits}".replace(" ", "") if member.kind == "decimal" else member.kind


def _form(member: Member) -> str:
    if member.kind == "integer":
        return "{} … {}".format(*member.bounds)
    if member.kind == "decimal":
        return "above 0" if member.positive else "0 or more"
    if member.kind == "json":
        return "an object" if member.path.endswith("customs") else "a list"
    return f"`{member.form.name}`" if member.form else ""


def _checks() -> Iterator[str]:
    yield "| check | severity | on | how to mend it |"
    yield "|---|---|---|---|"
    by_name: dict[tuple[str, str], list[Check]] = {}
    for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES):
        by_name.setdefault((check.name, check.severity), []).append(check)
    for (name, severity), checks in sorted(by_name.items()):
        columns = [f"`{check.column}`" for check in checks]
        more = f" and {len(columns) - 2} more" if len(columns) > 2 else ""
        yield f"| `{name}` | {severity} | {', '.join(columns[:2])}{more} | {_hint(checks)} |"
    for name, hint in OTHER_HINTS.items():
        if not any(name == known for known, _ in by_name):
            severity = "warning" if name in WARNINGS else "error"
            yield f"| `{name}` | {severity} | the order or a row | {hint} |"


def _hint(checks: list[Check]) -> str:
    """The hint that most of them give; a number that is another for each column is left open."""
    hints = [check.hint for check in checks]
    open_hints = [re.sub(r"[0-9]+", "…", hint) for hint in hints] if len(set(hints)) > 1 else hints
    return max(open_hints, key=open_hints.count)


def _modules() -> Iterator[str]:
    yield "| module | does |"
    yield "|---|---|"
    for module in (path for pattern in PACKAGES for path in sorted(ROOT.glob(pattern))):
        first = (ast.get_docstring(ast.parse(module.read_text())) or "").split("\n")[0]
        yield f"| `{module.relative_to(ROOT)}` | {first} |"


if __name__ == "__main__":
    README.write_text(printed(README.read_text()))
