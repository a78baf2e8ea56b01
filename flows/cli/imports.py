"""The commands that import: files and the drop, many files, a finished batch's rejected orders."""

from typing import Annotated

import typer

from flows.cli.ending import settings_or_end
from flows.cli.epilogs import IMPORTS, epilog
from flows.cli.through_prefect import backfill_through_prefect, run_through_prefect
from flows.cli.words import AsJson, BatchId, DropSender, as_paths
from flows.errors import WrongUseError

app = typer.Typer()


@app.command(epilog=epilog(IMPORTS, "order-import run", "order-import run orders.csv --source shop --direct"))
def run(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files and folders; what waits in the drop when none is named.")
    ] = None,
    source: DropSender = None,
    *,
    direct: Annotated[
        bool, typer.Option("--direct", help="The same steps without Prefect, in this process.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Import files and folders, or what waits in the drop."""
    with settings_or_end(json) as settings:
        from flows.console import print_results, show_progress
        from flows.database.connection import prepare_database
        from flows.intake.discover import look

        given = as_paths(paths or [])
        found = look(settings, given, source)
        prepare_database(
            settings
        )  # a fault of the database is told before Prefect takes ten seconds to start
        with show_progress(quiet=json):
            if direct or not found.deliveries:  # for nothing, Prefect need not start
                from flows.pipeline.run_local import import_all

                results = import_all(found.deliveries, settings)
            else:
                results = run_through_prefect(given, source)
        found.wait_for_others(results)
        print_results(results, settings, json=json, found=found)


@app.command(
    epilog=epilog(
        (*IMPORTS, "130  stopped by Ctrl-C; the same command goes on"),
        "order-import backfill 'old/2025-*.csv' --plan",
        "order-import backfill old --source shop --at-once 2 --direct",
    )
)
def backfill(  # noqa: PLR0913 - an option each
    patterns: Annotated[
        list[str], typer.Argument(help="Files, folders and globs: 'old/2025-*.csv', 'old/**/*.parquet'.")
    ],
    source: DropSender = None,
    at_once: Annotated[
        int, typer.Option(min=0, help="So many files at once; when 0, as many as the machine bears.")
    ] = 0,
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what there is to do.")] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="The same steps without Prefect, in threads of this process.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Import many files, the oldest first, several at once; killed or stopped, the same command goes on.

    They are imported in threads, or by the Dask cluster whose scheduler ORDER_IMPORT_DASK names.
    """
    with settings_or_end(json) as settings:
        from flows.backfill_console import finish_backfill, print_plan, show_progress
        from flows.database.connection import prepare_database
        from flows.intake.backfill_plan import make_plan
        from flows.pipeline.run_local import run_backfill

        prepare_database(settings)
        made = make_plan(settings, as_paths(patterns), source)
        if plan:
            print_plan(made, json=json)
            return
        with show_progress(made, quiet=json):
            if direct or not made.waiting():  # for nothing, Prefect need not start
                done = run_backfill(made, settings, at_once)
            else:
                done = backfill_through_prefect(patterns, source, at_once)
        finish_backfill(done, settings, json=json)


@app.command(
    epilog=epilog(
        IMPORTS, "order-import replay 3f2a9c1b", "order-import replay 3f2a9c1b --json > answer.json"
    )
)
def replay(batch: BatchId, *, json: AsJson = False) -> None:
    """Import a finished batch's rejected orders again, after a check or the source's settings were mended."""
    with settings_or_end(json) as settings:
        from flows.console import print_results, show_progress
        from flows.database.batch_ids import complete_batch_id
        from flows.pipeline.run_local import replay_rejected

        with show_progress(quiet=json):
            result = replay_rejected(complete_batch_id(batch, settings), settings)
        if result is None:
            raise WrongUseError(f"There is no finished batch {batch}.")
        print_results([result], settings, json=json)
