"""Each check has a case that it must find; one that was added without it fails here, in a sentence that names it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import test_cells
import test_model
import test_rules

from conftest import TESTS
from doc_checks import NAME, names_in_the_code, names_that_are_told
from validators.hints import OTHER_CHECKS
from validators.item_rules import ITEM_RULES
from validators.order_rules import HEAD_RULES
from validators.value_checks import HEAD_VALUES, ITEM_VALUES

HERE = Path(__file__)


def test_each_check_of_a_column_is_found_by_a_case() -> None:
    """On each of its columns, with its severity."""
    found = {*_of_values(), *_of_rules()}
    checks = (*HEAD_VALUES, *ITEM_VALUES, *HEAD_RULES, *ITEM_RULES)
    wanted = {f"{c.column} {c.name} {c.severity}".removesuffix(" error") for c in checks}
    missing = sorted(wanted - found)
    assert not missing, (
        f"No case of tests/unit/test_model.py (values) or tests/unit/test_rules.py finds {missing}"
    )


def test_each_rule_has_a_number_by_which_it_is_found_and_left_alone() -> None:
    """The numbers are those of docs/checks.md, which test_docs.py holds against it."""
    rules = {f"{check.column} {check.name}" for check in (*HEAD_RULES, *ITEM_RULES)}
    numbers = {
        rule: {_number(name) for name in test_rules.CASES if _finds(name, rule)} - {""} for rule in rules
    }
    unnumbered = sorted(rule for rule in rules if not numbers[rule])
    assert not unnumbered, (
        f"No case of tests/unit/test_rules.py whose name begins with a number finds {unnumbered}:"
        " give the rule the number behind the last in docs/checks.md, a row there, and name its cases by it"
    )
    always = sorted(rule for rule in rules if not any(_is_left_alone(rule, n) for n in numbers[rule]))
    assert not always, (
        f"Every case of its number finds {always}: add one to tests/unit/test_rules.py that it must leave alone"
    )


def _number(name: str) -> str:
    found = re.match(r"R[0-9]+ ", name)
    return found[0] if found else ""


def _finds(name: str, rule: str) -> bool:
    return any(line.split(" ", 1)[1].removesuffix(" warning") == rule for line in test_rules.CASES[name][1])


def _is_left_alone(rule: str, number: str) -> bool:
    return any(name.startswith(number) and not _finds(name, rule) for name in test_rules.CASES)


def test_each_name_reads_as_a_fact() -> None:
    """For those that do not, no test asks for a case, nor for a row of the docs."""
    wrong = sorted(name for name in names_that_are_told() if not NAME.fullmatch(name))
    assert not wrong, (
        f"Name {wrong} as a fact that has to hold, beginning with is_, has_, fits_, agrees_, …: see {NAME.pattern}"
    )


def _of_values() -> Iterator[str]:
    for topic in test_model.TOPICS:
        yield from (line.split(" ", 1)[1] for case in topic() for line in test_model.expected(case))


def _of_rules() -> Iterator[str]:
    yield from (line.split(" ", 1)[1] for _, lines in test_rules.CASES.values() for line in lines)


def test_each_other_check_and_reason_is_expected_by_a_test() -> None:
    """A name that stands in a comment, or in what a test says of itself, is no case."""
    missing = sorted(names_in_the_code() - _named_in_tests())
    assert not missing, f"No test expects {missing}: add a case that must be found, or a file that is refused"


@cache
def _named_in_tests() -> set[str]:
    texts = (text for file in TESTS.rglob("test_*.py") if file != HERE for text in _texts(file))
    return {
        word for text in texts for word in text.replace("?", " ").replace("(", " ").replace(")", " ").split()
    }


def _texts(file: Path) -> Iterator[str]:
    """The texts of a test's code, without the docstrings."""
    for node in ast.walk(ast.parse(file.read_text())):
        within = [n for n in ast.iter_child_nodes(node) if not isinstance(n, ast.Expr)]
        yield from (n.value for n in within if isinstance(n, ast.Constant) and isinstance(n.value, str))


def test_severities_of_other_checks_are_those_that_are_found() -> None:
    """So that the table of the docs, which is printed from them, is right."""
    lists = (case[2].split() for case in test_cells.CASES)
    found = {check for checks in lists for check in checks}
    found |= {
        line.split(" ", 2)[2].replace(" warning", "?")
        for _, lines in test_rules.CASES.values()
        for line in lines
    }
    for check in OTHER_CHECKS:
        other = check.name if check.severity == "warning" else f"{check.name}?"
        assert other not in found or _is_of_a_column(check.name), (
            f"{check.name} is not always {check.severity}"
        )


def _is_of_a_column(name: str) -> bool:
    return any(name == check.name for check in (*HEAD_VALUES, *ITEM_VALUES, *HEAD_RULES, *ITEM_RULES))
