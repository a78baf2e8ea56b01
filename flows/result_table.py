"""Prints a table of batches and what became of their rows and orders, with a line of totals."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.results import Counts, Result
from flows.status import Status
from flows.terminal import WIDE

_STYLE: dict[Status, str] = {
    Status.LOADED: "green",
    Status.REPEATED: "green",
    Status.PARTIAL: "yellow",
    Status.REFUSED: "red",
    Status.FAILED: "bold red",
    Status.LOADING: "red",
}
_COUNTS = ("rows", "created", "unchanged", "rejected", "warned")


def say(console: Console, sentence: str) -> None:
    """A sentence as it is: a path in it is not broken, and nothing of it is taken for markup."""
    console.print(sentence, markup=False, soft_wrap=True)


def print_table(console: Console, results: list[Result], ids: dict[str, str]) -> None:
    """A table, or where the terminal is too narrow for it, two lines a file, so that no column is lost."""
    table = _make_table(results, ids)
    if console.measure(table, options=console.options.update(width=WIDE)).maximum <= console.width:
        console.print(table)
        return
    for result in results:
        batch = f", batch {ids[result.batch_id]}" if result.batch_id in ids else ""
        console.print(
            Text(f"{result.file} of {result.source}{batch}: ").append(_status(result)), soft_wrap=True
        )
        say(console, f"  {_count(result.counts)}")
    if len(results) > 1:
        say(console, f"{len(results):,} files\n  {_count(_sum(results))}")


def _make_table(results: list[Result], ids: dict[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    state = "would be" if any(result.dry_run for result in results) else "status"
    for name in ("file", *(["batch"] if ids else []), "source", state):
        table.add_column(name, no_wrap=True)
    for name in _COUNTS:
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        batch = [ids.get(str(result.batch_id), "")] if ids else []
        names = (Text(name) for name in (result.file, *batch, result.source))
        table.add_row(*names, _status(result), *_numbers(result.counts))
    if len(results) > 1:
        blank = [""] * (2 + bool(ids))
        table.add_row(f"{len(results):,} files", *blank, *_numbers(_sum(results)), style="bold")
    return table


def _status(result: Result) -> Text:
    """Of a repeated batch also what it came to the first time, where that was not all."""
    first = result.first.status if result.first else result.status
    if first is Status.PARTIAL and result.status is Status.REPEATED:
        return Text(f"{result.status}, {first}", style=_STYLE[first])
    return Text(result.status, style=_STYLE[result.status])


def _numbers(of: Counts) -> list[str]:
    numbers = (of.rows_read, of.orders_created, of.orders_unchanged, of.orders_rejected, of.orders_warned)
    return [f"{number:,}" for number in numbers]


def _count(of: Counts) -> str:
    return ", ".join(f"{number} {name}" for name, number in zip(_COUNTS, _numbers(of), strict=True))


def _sum(results: list[Result]) -> Counts:
    return sum((result.counts for result in results), Counts())
