"""The command `order-import`: reads the words of a terminal, runs the steps, and ends with an exit status."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from flows.batch import Result
from flows.errors import MachineError, WrongUseError
from flows.memory import configure_memory
from flows.settings import Settings, load_settings
from flows.terminal import prepare_streams

if TYPE_CHECKING:
    from flows.intake.backfill_plan import BackfillResult

app = typer.Typer(
    help="Import batches of orders, CSV or Parquet, into PostgreSQL, with an answer for every order.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(
    help="The database: bring its schema up to date, show its address, stop the embedded one.",
    no_args_is_help=True,
)
app.add_typer(database, name="db")
sources = typer.Typer(
    help="The settings of sources: draft them for a file that nobody has described yet, check them.",
    no_args_is_help=True,
)
app.add_typer(sources, name="sources")

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")
]
Paths = Annotated[
    list[str] | None, typer.Argument(help="Files and folders; what waits in the drop when none is named.")
]

WRONG_USE, MACHINE_FAULT = 2, 4


@app.command()
def run(
    paths: Paths = None,
    source: Annotated[
        str | None, typer.Option(help="Who sent the files; in the drop, its sub-folder says so.")
    ] = None,
    *,
    direct: Annotated[
        bool, typer.Option("--direct", help="The same steps without Prefect, in this process.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Import files and folders, or what waits in the drop."""
    with _settings(json) as settings:
        from flows.console import print_results, show_progress
        from flows.database.connection import prepare_database
        from flows.intake.discover import look

        given = _as_paths(paths or [])
        found = look(settings, given, source)
        prepare_database(
            settings
        )  # a fault of the database is told before Prefect takes ten seconds to start
        with show_progress(quiet=json):
            if direct or not found.deliveries:  # for nothing, Prefect need not start
                from flows.pipeline.run_local import import_all

                results = import_all(found.deliveries, settings)
            else:
                results = _through_prefect(given, source)
        print_results(results, settings, json=json, found=found)


@app.command()
def backfill(  # noqa: PLR0913 - an option each
    patterns: Annotated[
        list[str], typer.Argument(help="Files, folders and globs: 'old/2025-*.csv', 'old/**/*.parquet'.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Who sent the files; in the drop, its sub-folder says so.")
    ] = None,
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
    with _settings(json) as settings:
        from flows.backfill_console import finish_backfill, print_plan, show_progress
        from flows.database.connection import prepare_database
        from flows.intake.backfill_plan import make_plan
        from flows.pipeline.run_local import run_backfill

        prepare_database(settings)
        made = make_plan(settings, _as_paths(patterns), source)
        if plan:
            print_plan(made, json=json)
            return
        with show_progress(made, quiet=json):
            if direct or not made.waiting():  # for nothing, Prefect need not start
                done = run_backfill(made, settings, at_once)
            else:
                done = _backfill_through_prefect(patterns, source, at_once)
        finish_backfill(done, settings, json=json)


@app.command()
def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files and folders, or the id of a batch to be replayed.")
    ],
    source: Annotated[str | None, typer.Option(help="Who sent the files.")] = None,
    *,
    json: AsJson = False,
) -> None:
    """Say what an import, or a replay, would answer, and write its report; nothing is imported, no file is moved."""
    with _settings(json) as settings:
        from flows.console import print_results, show_progress
        from flows.intake.discover import look
        from flows.intake.found import Found
        from flows.pipeline.replay import dry_run_replay
        from flows.pipeline.run_local import dry_run_all

        given = _as_paths(paths)
        with show_progress(quiet=json):
            replayed = dry_run_replay(paths[0], settings) if _is_batch_id(given) else None
            found = Found() if replayed else look(settings, given, source)
            results = [replayed] if replayed else dry_run_all(found.deliveries, settings)
        print_results(results, settings, json=json, found=found)


@app.command()
def report(batch: Annotated[str, typer.Argument(help="The batch's id.")], *, json: AsJson = False) -> None:
    """Write a batch's report again, from the database."""
    with _settings(json) as settings:
        from flows.console import print_results
        from flows.pipeline.rerender import rerender_report

        result = rerender_report(batch, settings)
        if result is None:
            raise WrongUseError(f"There is no batch {batch}.")
        print_results([result], settings, json=json)


@app.command()
def replay(batch: Annotated[str, typer.Argument(help="The batch's id.")], *, json: AsJson = False) -> None:
    """Import a finished batch's rejected orders again, after a check or the source's settings were mended."""
    with _settings(json) as settings:
        from flows.console import print_results, show_progress
        from flows.pipeline.run_local import replay_rejected

        with show_progress(quiet=json):
            result = replay_rejected(batch, settings)
        if result is None:
            raise WrongUseError(f"There is no finished batch {batch}.")
        print_results([result], settings, json=json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Where the server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 4200,
    every: Annotated[
        float, typer.Option(min=1, help="Seconds from one sweep over the drop to the next.")
    ] = 60,
) -> None:
    """Bring up all of it: Prefect's server and page, the schedule, and the process that runs what is due."""
    with _settings(json=False) as settings:
        from flows.database.connection import prepare_database

        prepare_database(settings)
        _keep_to_ourselves()
        if password := os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):  # which is ours to give then, too
            os.environ.setdefault("PREFECT_API_AUTH_STRING", password)
        from flows.deployments import serve as serve_all

        serve_all(settings, host, port, every=timedelta(seconds=every))


@app.command()
def template(
    layout: Annotated[
        str | None, typer.Option(help="A source, or a shipped layout, whose own column names are written.")
    ] = None,
) -> None:
    """Print an empty CSV with every column, to fill in."""
    with _settings(json=False) as settings:
        from flows.sources.load import find_source
        from flows.sources.tell import header_line

        source = find_source(layout, settings.sources or {}) if layout else None
        if layout and source is None:
            raise WrongUseError(f"There is no layout {layout} in ORDER_IMPORT_SOURCES, and none is shipped.")
        typer.echo(header_line(source).encode())  # a file, so UTF-8


@sources.command()
def draft(
    file: Annotated[Path, typer.Argument(help="A file as its sender writes it.")],
    source: Annotated[str | None, typer.Option(help="What the source is to be called.")] = None,
) -> None:
    """Print settings for the source of a file: what its bytes prove, with proofs, and questions; nothing is imported."""
    with _settings(json=False) as settings:
        from flows.sources_console import print_draft

        print_draft(file, settings, source)


@sources.command(name="check")
def check_sources(
    file: Annotated[
        Path | None, typer.Argument(help="A file: what becomes of each of its columns is said.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Who sent the file.")] = None,
) -> None:
    """Check the file of ORDER_IMPORT_SOURCES, and say what would become of each column of a file; nothing is imported."""
    with _settings(json=False) as settings:
        from flows.sources_console import print_check

        print_check(file, settings, source)


@database.command()
def upgrade() -> None:
    """Bring the database's tables up to date."""
    with _settings(json=False) as settings:
        from flows.database import migrate
        from flows.database.connection import connect, database_url

        with connect(settings) as db:
            migrate.upgrade(db, database_url(settings), settings.id_key)
        typer.echo(f"The database has the schema {migrate.NEWEST}.")


@database.command()
def url() -> None:
    """Print the database's address, as psql takes it; starts the embedded one."""
    with _settings(json=False) as settings:
        from flows.database.connection import database_url

        typer.echo(database_url(settings))


@database.command()
def stop() -> None:
    """Stop the embedded PostgreSQL."""
    with _settings(json=False) as settings:
        from flows.database import embedded

        stopped = embedded.stop(settings.data)
        typer.echo("Stopped." if stopped else "No embedded PostgreSQL is running.")


@contextmanager
def _settings(json: bool) -> Iterator[Settings]:
    """The settings; whatever a machine's fault it was, one sentence of it and the exit status 4."""
    try:
        yield load_settings()
    except (typer.Exit, KeyboardInterrupt, SystemExit):
        raise
    except WrongUseError as error:
        _end(str(error), WRONG_USE, json=json)
    except MachineError as error:
        _end(str(error), MACHINE_FAULT, json=json)
    except BaseException as error:  # noqa: BLE001 - its text may hold a row or a password, and nobody wants a traceback
        from flows.errors import describe_fault

        _end(str(describe_fault(error)), MACHINE_FAULT, json=json)


def _end(sentence: str, status: int, *, json: bool) -> NoReturn:
    if json:
        from flows.console import results_to_json

        typer.echo(results_to_json([], status, sentence))
    typer.echo(sentence, err=True)
    raise typer.Exit(status) from None


def _as_paths(words: list[str]) -> list[Path]:
    """The paths; an empty word, of a variable that is not set perhaps, is not the folder that we are in."""
    if any(not word.strip() for word in words):
        raise WrongUseError("An empty path names nothing.")
    return [Path(word) for word in words]


def _is_batch_id(paths: list[Path]) -> bool:
    return (
        len(paths) == 1 and re.fullmatch("[0-9a-f]{20}", str(paths[0])) is not None and not paths[0].exists()
    )


def _through_prefect(paths: list[Path], source: str | None) -> list[Result]:
    """Run the flow; a server of Prefect's own is started for it when no PREFECT_API_URL is set."""
    _prepare_prefect()
    from flows.ingest import path_to_text
    from flows.ingest import run as run_flow

    state = run_flow([path_to_text(path.absolute()) for path in paths], source, return_state=True)
    results = state.result(raise_on_failure=False)
    if isinstance(results, list):
        return results
    raise MachineError(f"The flow ended in {state.name}: {state.message}")


def _backfill_through_prefect(patterns: list[str], source: str | None, at_once: int) -> "BackfillResult":
    _prepare_prefect()
    from flows.backfill import backfill_here
    from flows.ingest import path_to_text
    from flows.intake.backfill_plan import BackfillResult
    from flows.orchestration.task_runners import start_server

    start_server()
    given = [path_to_text(Path(pattern).absolute()) for pattern in patterns]
    state = backfill_here(given, source, at_once, return_state=True)
    done = state.result(raise_on_failure=False)
    if isinstance(done, BackfillResult):
        return done
    raise MachineError(state.message or f"The flow ended in {state.name}.")


def _prepare_prefect() -> None:
    # Set before Prefect is imported: the terminal is ours, what is logged goes to Prefect.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    _keep_to_ourselves()
    # Its database is made the first time, which takes a busy machine longer than the twenty seconds that are the default.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    from flows.orchestration.api_check import check_api

    check_api()  # before a run waits minutes for a server that is not there


def _keep_to_ourselves() -> None:
    """What is said to this machine goes through no proxy, and nothing is told to others."""
    from flows.orchestration.proxy import bypass_proxy

    bypass_proxy()
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")


def main() -> None:
    """The entry of the console command."""
    _refuse_foreign_validators()
    prepare_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end_gently)
    configure_memory()
    app()


def _end_gently(number: int, frame: object) -> None:
    """What is under way is stopped, which is not to be taken for a file that ends its worker."""
    from flows.pipeline.attempts import end_gently

    end_gently(number, frame)


def _refuse_foreign_validators() -> None:
    """Another distribution has a package of this name; where it lies over ours, nothing of ours could be imported."""
    try:
        import validators

        owner = getattr(validators, "OF", None)
    except Exception:  # noqa: BLE001 - it is somebody else's, and may lack what it needs
        owner = None
    if owner == "order-import":
        return
    sentence = (
        "Another package of the name validators lies over ours: uninstall the distribution validators from this"
        " environment, and install order-import again."
    )
    with suppress(typer.Exit):
        _end(sentence, MACHINE_FAULT, json="--json" in sys.argv)
    sys.exit(MACHINE_FAULT)
