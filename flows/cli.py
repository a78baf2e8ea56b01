"""The command `order-import`: from words in a terminal to the steps, and from results to a table, JSON and an exit status."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from flows.model import MachineError
from flows.settings import Settings, load_settings

app = typer.Typer(
    help="Import batches of orders, CSV or Parquet, into PostgreSQL, with an answer for every order.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The database: bring its schema up to date, show its address, stop the embedded one.", no_args_is_help=True)
app.add_typer(database, name="db")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Paths = Annotated[list[Path] | None, typer.Argument(help="Files and folders; what waits in the drop when none is named.")]

WRONG_USE, MACHINE_FAULT = 2, 4


@app.command()
def run(
    paths: Paths = None,
    source: Annotated[str | None, typer.Option(help="Who sent the files; in the drop, its sub-folder says so.")] = None,
    *,
    direct: Annotated[bool, typer.Option("--direct", help="The same steps without Prefect, in this process.")] = False,
    json: AsJson = False,
) -> None:
    """Import files and folders, or what waits in the drop."""
    with _told(json) as settings:
        from flows.database import prepared
        from flows.drop import find
        from flows.terminal import finish, watched

        given = _existing(paths)
        deliveries = find(settings, given, source)
        prepared(settings)
        with watched(quiet=json):
            if direct or not deliveries:
                from flows.direct import import_directly

                results = import_directly(deliveries, settings)
            else:
                results = _through_prefect(given, source)
        finish(results, settings, as_json=json)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    source: Annotated[str | None, typer.Option(help="Who sent the files.")] = None,
    *,
    json: AsJson = False,
) -> None:
    """Say what an import would answer, and write its report; nothing is imported, no file is moved."""
