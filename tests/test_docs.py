"""The README: its tables are what the code prints, its modules are all there, its commands exist."""

import re

from print_readme import README, ROOT, printed


def test_tables_are_what_the_code_prints() -> None:
    """Run `python tests/print_readme.py` when this fails."""
    assert README.read_text() == printed(README.read_text())


def test_every_module_says_what_it_does() -> None:
    for module in (*ROOT.glob("flows/**/*.py"), *ROOT.glob("validators/*.py")):
        assert module.read_text().startswith('"""'), module


def test_commands_and_settings_are_documented() -> None:
    text = README.read_text()
    for module in ROOT.glob("flows/**/*.py"):
        for name in re.findall(r"ORDER_IMPORT_[A-Z_]+[A-Z]", module.read_text()):
            assert name in text, name
