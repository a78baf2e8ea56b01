"""From the code to the tables of docs/checks.md: every check that can fire, and every reason why a batch is refused."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from validators.checks import Check
from validators.hints import OTHER_CHECKS
from validators.item_rules import ITEM_RULES
from validators.order_model import MEMBERS
from validators.order_rules import HEAD_RULES
from validators.value_checks import HEAD_VALUES, ITEM_VALUES

ROOT = Path(__file__).parent.parent
NAME = re.compile(r"(is|has|fits|agrees|holds|names|ends)_[a-z0-9_]+")
"""How a check, or the reason of a refused batch, is called: as a fact that holds no more."""

NO_CHECKS = {"is_item", "is_late", "is_nameless", "is_numbered", "is_superuser"}
"""Columns of frames, and a setting of PostgreSQL."""

PUT_TOGETHER = {
    "ends_its_worker": "It has ended the process that had it twice: out of memory, perhaps.",
    "has_every_column": "These columns are missing: ….",
}
"""Reasons that do not stand behind their name in the code."""


def check_table() -> Iterator[str]:
    """A row a check and severity."""
    yield "| check | severity | on | how to mend it |"
    yield "|---|---|---|---|"
    by_name: dict[tuple[str, str], list[Check]] = {}
    for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES):
        by_name.setdefault((check.name, check.severity), []).append(check)
    rows = [(name, severity, _columns(checks), _hint(checks)) for (name, severity), checks in by_name.items()]
    rows += [
        (c.name, c.severity, _on(c.on), c.hint) for c in OTHER_CHECKS if (c.name, c.severity) not in by_name
    ]
    yield from (f"| `{name}` | {severity} | {on} | {hint} |" for name, severity, on, hint in sorted(rows))


def _on(words: str) -> str:
    return ", ".join(f"`{word}`" if word in MEMBERS else word for word in words.split(", "))


def _columns(checks: list[Check]) -> str:
    columns = [f"`{check.column}`" for check in checks]
    more = f" and {len(columns) - 2} more" if len(columns) > 2 else ""
    return ", ".join(columns[:2]) + more


def _hint(checks: list[Check]) -> str:
    """The hint that most of them give; a number that is another for each column is left open."""
    hints = [check.hint for check in checks]
    open_hints = [re.sub(r"[0-9]+", "…", hint) for hint in hints] if len(set(hints)) > 1 else hints
    return max(open_hints, key=open_hints.count)


def reason_table() -> Iterator[str]:
    """A row a reason that is no check: what a batch is refused for, as it is told."""
    yield "| reason | such as it is told |"
    yield "|---|---|"
    told = {**dict(reversed(list(_sentences()))), **PUT_TOGETHER}
    reasons = sorted(names_in_the_code() - _checks())
    unsaid = [name for name in reasons if name not in told]
    assert not unsaid, (
        f"Nothing says how to mend {unsaid}: a check that is no Check(…) needs a row of OTHER_CHECKS in"
        " validators/hints.py; the reason of a refused batch its sentence behind its name, or in PUT_TOGETHER here"
    )
    for name in reasons:
        yield f"| `{name}` | {told[name]} |"


def _checks() -> set[str]:
    known = {check.name for check in (*HEAD_VALUES, *HEAD_RULES, *ITEM_VALUES, *ITEM_RULES)}
    return known | {check.name for check in OTHER_CHECKS}


@cache
def names_in_the_code() -> set[str]:
    """Every name of a check or a reason that stands in the code as a text."""
    texts = {text for tree in _modules().values() for text in _texts(tree)}
    return {text for text in texts if NAME.fullmatch(text)} - NO_CHECKS


TOLD_BY = {"BatchError", "Check", "Fault", "Form", "OtherCheck"}
"""What is made of a name that somebody is told."""


def names_that_are_told() -> set[str]:
    """Every name that a check or a reason is made of, whether it reads as one or not."""
    calls = (node for tree in _modules().values() for node in ast.walk(tree) if isinstance(node, ast.Call))
    made = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in TOLD_BY)
    given = ([*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")] for call in made)
    return {
        n.value for names in given for n in names if isinstance(n, ast.Constant) and isinstance(n.value, str)
    }


@cache
def _modules() -> dict[Path, ast.Module]:
    files = [path for package in ("flows", "validators") for path in sorted((ROOT / package).rglob("*.py"))]
    return {path: ast.parse(path.read_text()) for path in files}


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _sentences() -> Iterator[tuple[str, str]]:
    """Each name that has a sentence directly behind it: the arguments of an exception, the parts of a tuple."""
    for path, tree in _modules().items():
        for node in ast.walk(tree):
            parts = (
                node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            )
            for name, behind in pairwise(parts):
                sentence = _text(behind, path)
                if (
                    isinstance(name, ast.Constant)
                    and NAME.fullmatch(str(name.value))
                    and sentence.endswith(".")
                ):
                    yield str(name.value), sentence


def _text(node: ast.expr, path: Path) -> str:
    """A text as it is told; what is known when it is told alone is left open."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, path) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _constant(node.value, path)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _constant(node: ast.expr, path: Path) -> str:
    """A number that its module names, else an ellipsis."""
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    value = getattr(module, node.id, None) if isinstance(node, ast.Name) else None
    return f"{value:,}" if isinstance(value, int) else "…"
