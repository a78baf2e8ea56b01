"""The commands `order-import db …`: bring the schema up to date, show the address, stop the embedded server."""

import typer

from flows.cli.ending import settings_or_end
from flows.cli.epilogs import OTHERS, epilog

_PSQL = 'psql "$(order-import db url)" -c "select count(*) from orders"'

app = typer.Typer(
    help="The database: bring its schema up to date, show its address, stop the embedded one.",
    no_args_is_help=True,
    epilog=epilog(OTHERS, "order-import db upgrade", _PSQL),
)


@app.command(
    epilog=epilog(OTHERS, "order-import db upgrade", "order-import db upgrade && order-import serve")
)
def upgrade() -> None:
    """Bring the database's tables up to date."""
    with settings_or_end(json=False) as settings:
        from flows.database import migrate
        from flows.database.connection import connect, database_url

        with connect(settings) as db:
            migrate.upgrade(db, database_url(settings), settings.id_key)
        typer.echo(f"The database has the schema {migrate.NEWEST}.")


@app.command(epilog=epilog(OTHERS, "order-import db url", _PSQL))
def url() -> None:
    """Print the database's address, as psql takes it, without its password; starts the embedded one, which has none.

    psql asks for the password, or finds it in ~/.pgpass, or in the file that the address names with ?passfile=/a/file.
    """
    with settings_or_end(json=False) as settings:
        from flows.database.connection import public_database_url

        typer.echo(public_database_url(settings))


@app.command(
    epilog=epilog(
        OTHERS, "order-import db stop", "ORDER_IMPORT_DATA=/srv/order-import/data order-import db stop"
    )
)
def stop() -> None:
    """Stop the embedded PostgreSQL."""
    with settings_or_end(json=False) as settings:
        from flows.database import embedded

        stopped = embedded.stop(settings.data)
        typer.echo("Stopped." if stopped else "No embedded PostgreSQL is running.")
