"""The commands that import nothing: the dry run, a report once more, an empty file to fill in."""

from typing import Annotated

import typer

from flows.cli.ending import settings_or_end
from flows.cli.epilogs import IMPORTS, OTHERS, epilog
from flows.cli.words import AsJson, BatchId, Sender, as_paths
from flows.errors import WrongUseError

app = typer.Typer()


@app.command(
    epilog=epilog(IMPORTS, "order-import check orders.csv --source shop", "order-import check 3f2a9c1b")
)
def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files and folders, or the id of a batch to be replayed.")
    ],
    source: Sender = None,
    *,
    json: AsJson = False,
) -> None:
    """Say what an import, or a replay, would answer, and write its report; nothing is imported, no file is moved."""
    with settings_or_end(json) as settings:
        from flows.console import print_results, show_progress
        from flows.database.batch_ids import complete_batch_id, is_batch_id
        from flows.intake.discover import look
        from flows.pipeline.replay import dry_run_replay
        from flows.pipeline.run_local import dry_run_all

        given = as_paths(paths)
        with show_progress(quiet=json):
            if len(paths) == 1 and is_batch_id(paths[0]) and not given[0].exists():
                replayed = dry_run_replay(complete_batch_id(paths[0], settings), settings)
                if replayed is None:
                    raise WrongUseError(f"There is no finished batch {paths[0]}.")
                results, found = [replayed], None
            else:
                found = look(settings, given, source)
                results = dry_run_all(found.deliveries, settings)
        print_results(results, settings, json=json, found=found)


@app.command(
    epilog=epilog(
        IMPORTS, "order-import report 3f2a9c1b", "order-import report 3f2a9c1b --json > answer.json"
    )
)
def report(batch: BatchId, *, json: AsJson = False) -> None:
    """Write a batch's report again, from the database."""
    with settings_or_end(json) as settings:
        from flows.console import print_results
        from flows.database.batch_ids import complete_batch_id
        from flows.pipeline.rerender import rerender_report

        result = rerender_report(complete_batch_id(batch, settings), settings)
        if result is None:
            raise WrongUseError(f"There is no batch {batch}.")
        print_results([result], settings, json=json)


@app.command(
    epilog=epilog(
        OTHERS, "order-import template > orders.csv", "order-import template --layout shopify > orders.csv"
    )
)
def template(
    layout: Annotated[
        str | None, typer.Option(help="A source, or a shipped layout, whose own column names are written.")
    ] = None,
) -> None:
    """Print an empty CSV with every column, to fill in."""
    with settings_or_end(json=False) as settings:
        from flows.sources.load import find_source
        from flows.sources.tell import header_line

        source = find_source(layout, settings.sources or {}) if layout else None
        if layout and source is None:
            raise WrongUseError(f"There is no layout {layout} in ORDER_IMPORT_SOURCES, and none is shipped.")
        typer.echo(header_line(source).encode())  # a file, so UTF-8
