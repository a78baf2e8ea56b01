"""The command `order-import serve`: all of it on one machine."""

import os
from datetime import timedelta
from typing import Annotated

import typer

from flows.cli.ending import settings_or_end
from flows.cli.epilogs import OTHERS, epilog
from flows.cli.through_prefect import keep_to_ourselves

app = typer.Typer()


@app.command(epilog=epilog(OTHERS, "order-import serve", "order-import serve --port 4300 --every 10"))
def serve(
    host: Annotated[str, typer.Option(help="Where the server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 4200,
    every: Annotated[
        float, typer.Option(min=1, help="Seconds from one sweep over the drop to the next.")
    ] = 60,
) -> None:
    """Bring up all of it: Prefect's server and page, the schedule, and the process that runs what is due."""
    with settings_or_end(json=False) as settings:
        from flows.database.connection import prepare_database

        prepare_database(settings)
        keep_to_ourselves()
        if password := os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):  # which is ours to give then, too
            os.environ.setdefault("PREFECT_API_AUTH_STRING", password)
        from flows.orchestration.prefect_settings import import_prefect

        import_prefect()
        from flows.deployments import serve as serve_all

        serve_all(settings, host, port, every=timedelta(seconds=every))
