"""The commands `order-import sources …`: draft the settings of a source, check them."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.ending import settings_or_end
from flows.cli.epilogs import LOOKS_AT_A_FILE, epilog

_DRAFTS = (
    "order-import sources draft export.csv",
    "order-import sources draft export.csv --source shop > sources.toml",
)
_CHECKS = ("order-import sources check", "order-import sources check export.csv --source shop")

app = typer.Typer(
    help="The settings of sources: draft them for a file that nobody has described yet, check them.",
    no_args_is_help=True,
    epilog=epilog(LOOKS_AT_A_FILE, _DRAFTS[1], _CHECKS[1]),
)


@app.command(epilog=epilog(LOOKS_AT_A_FILE, *_DRAFTS))
def draft(
    file: Annotated[Path, typer.Argument(help="A file as its sender writes it.")],
    source: Annotated[str | None, typer.Option(help="What the source is to be called.")] = None,
) -> None:
    """Print settings for the source of a file: what its bytes prove, with proofs, and questions; nothing is imported."""
    with settings_or_end(json=False) as settings:
        from flows.sources_console import print_draft

        print_draft(file, settings, source)


@app.command(name="check", epilog=epilog(LOOKS_AT_A_FILE, *_CHECKS))
def check_sources(
    file: Annotated[
        Path | None, typer.Argument(help="A file: what becomes of each of its columns is said.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Who sent the file.")] = None,
) -> None:
    """Check the file of ORDER_IMPORT_SOURCES, and say what would become of each column of a file; nothing is imported."""
    with settings_or_end(json=False) as settings:
        from flows.sources_console import print_check

        print_check(file, settings, source)
