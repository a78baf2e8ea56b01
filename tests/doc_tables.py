"""From the code to tables of docs/: the members of an order, the modules, the columns of the database."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.dialects import postgresql

from flows.database.tables import metadata
from validators.order_model import HEAD, ITEM, Member

ROOT = Path(__file__).parent.parent

# What runs at the top, then the way of a batch from its file to its report.
PACKAGES = (
    "flows",
    "flows/cli",
    "flows/orchestration",
    "flows/pipeline",
    "flows/intake",
    "flows/readers",
    "flows/sources",
    "flows/sources/draft",
    "flows/database",
    "flows/report",
    "flows/fix_file",
    "validators",
)


def member_table() -> Iterator[str]:
    """A row a member of an order, which is a column of a flat file."""
    yield "| column | type | required | longest (warned past) | form | personal | from |"
    yield "|---|---|---|---|---|---|---|"
    for member in (*HEAD, *ITEM):
        longest = f"{member.reject}" if member.reject else ""
        warned = f" ({member.warn})" if member.warn else ""
        personal = "yes" if member.personal else ""
        cells = (_type(member), member.required, longest + warned, _form(member), personal, member.origin)
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


def module_table() -> Iterator[str]:
    """A row a module, with its first line."""
    yield "| module | does |"
    yield "|---|---|"
    for module in (path for package in PACKAGES for path in sorted((ROOT / package).glob("*.py"))):
        yield f"| `{module.relative_to(ROOT)}` | {headline(module)} |"


def headline(module: Path) -> str:
    """What a module's first line says that it does."""
    return (ast.get_docstring(ast.parse(module.read_text())) or "").split("\n")[0]


def column_table(table: str) -> Iterator[str]:
    """A row a column of a table of the database."""
    yield "| column | type | null | is |"
    yield "|---|---|---|---|"
    for column in metadata.tables[table].columns:
        kind = column.type.compile(dialect=postgresql.dialect()).lower()
        kind = (
            kind.replace("timestamp with time zone", "timestamptz").replace(", ", ",").replace('"c"', '"C"')
        )
        key = " (key)" if column.primary_key else ""
        yield f"| `{column.name}`{key} | {kind} | {'yes' if column.nullable else ''} | {column.doc} |"
