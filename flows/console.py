"""Prints results, for a person in a terminal or as JSON for a program."""

import json as as_text
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from flows.batch import Result, Status
from flows.intake.found import Found
from flows.progress import watch
from flows.settings import Settings
from flows.terminal import is_unicode

_STYLE: dict[Status, str] = {
    Status.LOADED: "green",
    Status.REPEATED: "green",
    Status.PARTIAL: "yellow",
    Status.REFUSED: "red",
    Status.FAILED: "bold red",
    Status.LOADING: "red",
}


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
            _print(results, settings)
            _print_waiting(found or Found())
    except OSError as error:
        typer.echo(f"The answer could not be written: {error.strerror}.", err=True)
    raise typer.Exit(status)


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[None]:
    """A bar on standard error that counts rows, while a person looks at the terminal."""
    console = Console(stderr=True)
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


def _print(results: list[Result], settings: Settings) -> None:
    console = Console(file=sys.stdout, highlight=False)
    if not results:
        quiet = f"once untouched for {settings.quiet_seconds:g} seconds"
        where = settings.data / "drop" / "<source>"
        console.print(f"Nothing to import. Files in {where} are taken {quiet}.", markup=False, soft_wrap=True)
        return
    _print_columns(results)
    console.print(_table(results))
    if any(result.dry_run for result in results):
        console.print("\nNothing was imported; this is what an import would answer.")
    for result in results:
        _print_more(console, result)
    if any(result.counts.orders_created and not result.dry_run for result in results):
        program = shlex.join(
            [Path(sys.argv[0]).name if shutil.which(Path(sys.argv[0]).name) else sys.argv[0]]
        )
        query = (
            "select order_id, order_number, status, created_at from orders order by order_key desc limit 10"
        )
        console.print(f'\nThe orders: psql "$({program} db url)" -c "{query}"', markup=False, soft_wrap=True)


def _print_waiting(found: Found) -> None:
    """What was seen and not taken, and why."""
    console = Console(file=sys.stdout, highlight=False)
    for waiting in found.waiting:
        console.print(waiting.sentence(), markup=False, soft_wrap=True)


def _print_columns(results: list[Result]) -> None:
    """What becomes of the columns of each file that was looked at."""
    from flows.sources_console import print_columns

    for result in results:
        if result.mapping:
            print_columns(result.file, result.mapping)


def _table(results: list[Result]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("batch", "source", "status"):
        table.add_column(name, overflow="fold")
    for name in ("rows", "created", "unchanged", "rejected", "warned"):
        table.add_column(name, justify="right")
    for result in results:
        of = result.counts
        numbers = (of.rows_read, of.orders_created, of.orders_unchanged, of.orders_rejected, of.orders_warned)
        table.add_row(
            Text(result.file),
            Text(result.source),
            Text(result.status, style=_STYLE[result.status]),
            *(f"{number:,}" for number in numbers),
        )
    return table


def _print_more(console: Console, result: Result) -> None:
    if result.reason:
        console.print(f"\n{result.file}: {result.reason}", markup=False, soft_wrap=True)
    for note in result.notes:
        console.print(f"\n{result.file}: {note}", markup=False, soft_wrap=True)
    if skipped := result.counts.rows_skipped:
        rows = "1 row was" if skipped == 1 else f"{skipped:,} rows were"
        console.print(f"\n{result.file}: {rows} skipped; the report says by which rule.", markup=False)
    if result.report:
        console.print(
            f"\nReport of {result.file}: {result.report / 'report.html'}", markup=False, soft_wrap=True
        )
    if result.report and result.counts.orders_rejected and result.status is not Status.REPEATED:
        console.print(
            f"To mend and drop again: {result.report / 'rejected.csv'}", markup=False, soft_wrap=True
        )
