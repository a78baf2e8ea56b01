"""Tells a person in a terminal what became of batches: a table of all, then of each why, and where its report lies."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from flows.database.batch_ids import shorten_batch_ids
from flows.result_table import print_table, say
from flows.results import NOTHING_IMPORTED, Result
from flows.settings import Settings
from flows.status import Status
from flows.terminal import open_console

MOST_TOLD = 10
"""Of so many files each report is named; of more, those of the files that somebody has to look at."""

MOST_CAUSES = 3  # which fit on a screen, and are most of what there is to mend

_QUERY = "select order_id, order_number, status, created_at from orders order by order_key desc limit 10"


def tell_results(results: list[Result], settings: Settings) -> None:
    """Tell it on standard output."""
    console = open_console()
    if any(result.dry_run for result in results):
        say(console, NOTHING_IMPORTED + "\n")
    _tell_columns(results)
    print_table(console, results, _short_ids(results, settings))
    told = results if len(results) <= MOST_TOLD else list(filter(_is_troubled, results))
    for result in told:
        for at, line in enumerate(_describe(result)):
            say(console, line if at else f"\n{line}")
    if len(told) < len(results):
        say(console, f"\nThe reports of the other files: {settings.data / 'reports'}, a folder a batch.")
    if any(result.counts.orders_created and not result.dry_run for result in results):
        say(console, f'\nThe orders: psql "$({_program()} db url)" -c "{_QUERY}"')


def _short_ids(results: list[Result], settings: Settings) -> dict[str, str]:
    """The ids of batches that the database may have; it is not asked where it has just failed us."""
    ids = [result.batch_id for result in results if result.batch_id and not result.dry_run]
    is_there = any(result.status is not Status.FAILED for result in results)
    return shorten_batch_ids(ids, settings) if ids and is_there else {batch_id: batch_id for batch_id in ids}


def _tell_columns(results: list[Result]) -> None:
    """What becomes of the columns of each file that was looked at."""
    from flows.sources_console import print_columns

    for result in results:
        if result.mapping:
            print_columns(result.file, result.mapping)


def _is_troubled(result: Result) -> bool:
    """Whether somebody has to look at it."""
    return result.exit_status > 0 or bool(result.notes)


def _describe(result: Result) -> Iterator[str]:
    """What there is to say of one file beside its line in the table."""
    for sentence in (result.reason, result.first and result.first.sentence(), *result.notes):
        if sentence:
            yield f"{result.file}: {sentence}"
    if skipped := result.counts.rows_skipped:
        rows = "1 row was" if skipped == 1 else f"{skipped:,} rows were"
        yield f"{result.file}: {rows} skipped; the report says by which rule."
    yield from _describe_causes(result)
    if result.report:
        yield f"Report of {result.file}: {result.report / 'report.html'}"
        if result.counts.orders_rejected:
            what = "What would be rejected, row by row" if result.dry_run else "To mend and drop again"
            yield f"{what}: {result.report / 'rejected.csv'}"


def _describe_causes(result: Result) -> Iterator[str]:
    """Why orders were rejected: the causes that reject most of them, from the report."""
    of = result.first.counts if result.first else result.counts
    if not of.orders_rejected:
        return
    from flows.report.causes import read_causes  # by which Polars comes, that a repeated batch had no need of

    orders = of.orders_created + of.orders_unchanged + of.orders_rejected
    would = "would be " if result.dry_run else ""
    yield f"{result.file}: {of.orders_rejected:,} of {orders:,} orders {would}rejected:"
    causes = [cause for cause in read_causes(result.report) if cause["severity"] == "error"]
    for cause in causes[:MOST_CAUSES]:
        count = "1 order" if cause["orders"] == 1 else f"{cause['orders']:,} orders"
        yield f"  {count}: {cause['column_name'] or 'the row'} {cause['check_name']}. {cause['hint']}"
    if (more := len(causes) - MOST_CAUSES) > 0:
        yield f"  and {more:,} more {'cause' if more == 1 else 'causes'}, in the report"


def _program() -> str:
    """How this command was called, as a shell takes it."""
    name = Path(sys.argv[0]).name
    return shlex.join([name if shutil.which(name) else sys.argv[0]])
