"""Prints a backfill's plan, its progress and its end, for a person or for a program."""

import json as as_text
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows.console import print_results, results_to_json
from flows.errors import printable
from flows.intake.backfill_plan import ROWS_A_SECOND, BackfillPlan, BackfillResult
from flows.pipeline.batches_at_once import STOPPED, on_end
from flows.settings import Settings
from flows.terminal import is_unicode, open_console

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_plan(plan: BackfillPlan) -> list[str]:
    """The plan in sentences; rows and time are estimates and say so."""
    if not plan.files:
        return ["There is nothing to import."]
    size, rows = sum(file.size for file in plan.files), sum(file.rows for file in plan.files)
    names = [printable(file.delivery.path.name) for file in plan.files]
    told = [
        f"Files: {len(names):,}, {_size(size)}, about {_about(rows)} rows; from {names[0]} to {names[-1]}."
    ]
    waiting = len(plan.waiting())
    if waiting < len(names):
        told += [f"Imported already, and left alone: {len(names) - waiting:,}."]
    if waiting:
        rate = f"at {ROWS_A_SECOND:,} rows a second"
        told += [f"The rest takes about {_time(plan.seconds())} {rate}; less with more machines or cores."]
    return told


def print_plan(plan: BackfillPlan, *, json: bool) -> None:
    """Print the plan and nothing else: it is what was asked for."""
    if json:
        typer.echo(
            as_text.dumps(
                {"batches": [], "plan": _as_json(plan), **_waiting(plan), "exit": 0},
                ensure_ascii=not is_unicode(sys.stdout),
            )
        )
        return
    for file in plan.files:
        state = "imported already" if file.earlier else f"about {_about(file.rows)} rows"
        typer.echo(
            f"{printable(str(file.delivery.path))} ({file.delivery.source}): {_size(file.size)}, {state}"
        )
    typer.echo("\n".join([*describe_plan(plan), *(w.sentence() for w in plan.found.waiting)]))


@contextmanager
def show_progress(plan: BackfillPlan, *, quiet: bool) -> Iterator[None]:
    """The plan, then a bar on standard error that counts files, while a person looks at the terminal."""
    console = open_console(stderr=True)
    if not quiet:
        console.print("\n".join(describe_plan(plan)), markup=False, highlight=False, soft_wrap=True)
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("files", total=len(plan.waiting()))
        token = on_end.set(partial(bar.advance, task))
        try:
            yield
        finally:
            on_end.reset(token)


def finish_backfill(done: BackfillResult, settings: Settings, *, json: bool) -> None:
    """Print what came of the files, and end with the exit status; say so when somebody stopped it before its end."""
    if not done.unbegun:
        print_results(done.results, settings, json=json, found=done.found)
    sentence = f"Stopped. Files not begun: {done.unbegun:,}; the same command goes on with them."
    if json:
        typer.echo(results_to_json(done.results, STOPPED, sentence, done.found))
    elif done.results:
        with suppress(typer.Exit):
            print_results(done.results, settings, json=False, found=done.found)
    typer.echo(sentence, err=True)
    raise typer.Exit(STOPPED)


def _waiting(plan: BackfillPlan) -> dict[str, object]:
    found = plan.found
    return {"waiting": [waiting.as_json() for waiting in found.waiting], "ignored": found.ignored}


def _as_json(plan: BackfillPlan) -> dict[str, object]:
    return {
        "files": [
            {
                "file": printable(str(file.delivery.path)),
                "source": file.delivery.source,
                "bytes": file.size,
                "rows": file.rows,
                "batch_id": file.earlier.batch_id if file.earlier else None,
            }
            for file in plan.files
        ],
        "seconds": plan.seconds(),
    }


def _about(rows: int) -> str:
    """Two figures of it: an estimate is not to look like a count."""
    return f"{float(f'{rows:.2g}'):,.0f}"


def _size(size: int) -> str:
    unit = min(int(math.log(size or 1, 1000)), len(_UNITS) - 1)
    return f"{size / 1000**unit:.3g} {_UNITS[unit]}"


def _time(seconds: int) -> str:
    """In the unit in which a person would say it."""
    for name, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds} seconds"
