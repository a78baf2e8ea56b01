"""The command `order-import`: reads the words of a terminal, runs the steps, and ends with an exit status."""

import signal
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from flows.cli import db, imports, looks, serve, sources
from flows.cli.ending import MACHINE_FAULT, end
from flows.cli.epilogs import IMPORTS, epilog
from flows.memory import configure_memory
from flows.terminal import prepare_streams

app = typer.Typer(
    help="Import batches of orders (CSV, workbooks, JSON, Parquet) into PostgreSQL, with an answer for every order.",
    no_args_is_help=True,
    epilog=epilog(IMPORTS, "order-import check orders.csv", "order-import run orders.csv"),
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (imports, looks, serve):
    app.add_typer(commands.app)
app.add_typer(sources.app, name="sources")
app.add_typer(db.app, name="db")


def _print_version(*, wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"order-import {version('order-import')}")
        except PackageNotFoundError:  # run from its folder
            typer.echo("order-import, not installed")
        raise typer.Exit


@app.callback()
def _take_options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None: ...


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
        end(sentence, MACHINE_FAULT, json="--json" in sys.argv)
    sys.exit(MACHINE_FAULT)
