"""Prints results, for a person in a terminal or as JSON for a program."""

import json as as_text
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from flows.intake.found import Found
from flows.progress import watch
from flows.results import Result
from flows.settings import Settings
from flows.terminal import is_unicode, open_console


def exit_status(results: list[Result]) -> int:
    """The command's exit status."""
    return max((result.exit_status for result in results), default=0)


def results_to_json(
    results: list[Result], status: int, error: str | None = None, found: Found | None = None
) -> str:
    """The one object of `--json`; `error` says what kept the command from looking at any batch."""
    found = found or Found()
    told: dict[str, object] = {
        "batches": [result.as_json() for result in results],
        "waiting": [waiting.as_json() for waiting in found.waiting],
        "ignored": found.ignored,
        "exit": status,
    }
    return as_text.dumps(told | ({"error": error} if error else {}), ensure_ascii=not is_unicode(sys.stdout))


def print_results(
    results: list[Result], settings: Settings, *, json: bool, found: Found | None = None
) -> None:
    """Print what became of the batches and what waits, and end with the exit status, which no printing changes."""
    status = exit_status(results)
    try:
        if json:
            typer.echo(results_to_json(results, status, found=found))
        else:
            _tell(results, settings, found or Found())
    except OSError as error:
        typer.echo(f"The answer could not be written: {error.strerror}.", err=True)
    raise typer.Exit(status)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[None]:
    """A bar on standard error that counts rows, while a person looks at the terminal."""
    console = open_console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),  # a name is nothing but a name
        BarColumn(),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str | None, TaskID] = {None: bar.add_task("starting", total=None)}

        def tell(file: str, rows: int, _: float) -> None:
            if None in tasks:
                bar.remove_task(tasks.pop(None))
            if file not in tasks:
                tasks[file] = bar.add_task(Text(file).plain, total=None)
            bar.advance(tasks[file], rows)

        with watch(tell):
            yield


def _tell(results: list[Result], settings: Settings, found: Found) -> None:
    """What became of them, and what was seen and not taken, and why."""
    if results:
        from flows.result_console import tell_results

        tell_results(results, settings)
    else:
        quiet = f"once untouched for {settings.quiet_seconds:g} seconds"
        typer.echo(f"Nothing to import. Files in {settings.data / 'drop' / '<source>'} are taken {quiet}.")
    for waiting in found.waiting:
        typer.echo(waiting.sentence())
