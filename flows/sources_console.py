"""Prints what there is to say of sources: a draft of settings, whether settings can be used, what becomes of each column."""

import os
from collections.abc import Iterable
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from flows.batch import Delivery
from flows.errors import BatchError, MachineError, UnfinishedError, WrongUseError, printable
from flows.intake.discover import discover
from flows.pipeline.describe_source import Described, describe_columns, draft_settings
from flows.settings import DEFAULT_SOURCE, Settings
from flows.sources.mapping_table import MappingLine
from flows.terminal import open_console

REFUSED = 3
LONGEST = 100
"""Characters of a name that are shown."""


def print_draft(path: Path, settings: Settings, name: str | None) -> None:
    """Print settings for the source of this file; ends with 3 when it cannot be read."""
    _refuse_absent(path)
    try:
        text = draft_settings(Path(os.path.abspath(path)), settings, name)  # noqa: PTH100 - a link is refused, not followed
    except (BatchError, UnfinishedError) as error:
        _refuse(path, str(error))
    typer.echo(text, nl=False)


def print_check(path: Path | None, settings: Settings, source: str | None) -> None:
    """Say that the settings can be used; of a file also what becomes of each of its columns."""
    if settings.sources is None:
        raise MachineError("ORDER_IMPORT_SOURCES is not set: there are no settings of sources to check.")
    if path is None:
        names = ", ".join(map(printable, settings.sources)) or "none"
        typer.echo(f"The settings of {len(settings.sources)} sources can be used: {names}.")
        return
    _refuse_absent(path)
    try:
        described = describe_columns(_delivery(path, settings, source), settings)
    except (BatchError, UnfinishedError) as error:
        _refuse(path, str(error))
    _print_described(path, described)


def _print_described(path: Path, described: Described) -> None:
    print_mapping(described.lines)
    if described.reason:
        _refuse(path, described.reason)


def print_columns(file: str, lines: Iterable[MappingLine]) -> None:
    """Print the same above a file's answers, without the columns that are called as our members are."""
    told = [line for line in lines if not line.is_plain]
    if told:
        typer.echo(f"What becomes of the columns of {printable(file)}:")
        print_mapping(told)
        typer.echo()


def print_mapping(lines: Iterable[MappingLine]) -> None:
    """Print what becomes of each column, one below the other."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("column", "member", "steps"):
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*(Text(_short(printable(cell))) for cell in line.cells()))
    open_console().print(table)


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[:LONGEST]} …"


def _delivery(path: Path, settings: Settings, source: str | None) -> Delivery:
    """The file as it would be delivered: by the source that is named, the drop's sub-folder, or the only one there is."""
    if path.is_dir():
        raise BatchError("is_readable_file", "This is a folder; name one file.")
    found = discover(settings, [path], source)[0]
    known = settings.sources or {}
    if source or found.source in known or found.source != DEFAULT_SOURCE or len(known) != 1:
        return found
    return Delivery(path=found.path, source=next(iter(known)))


def _refuse_absent(path: Path) -> None:
    if not os.path.lexists(path):
        raise WrongUseError(f"There is no {printable(str(path))}.")


def _refuse(path: Path, reason: str) -> None:
    typer.echo(f"{printable(path.name)}: {reason}", err=True)
    raise typer.Exit(REFUSED)
