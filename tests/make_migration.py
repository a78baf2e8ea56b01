"""From the tables of flows/database/tables.py to the next migration: `make migration NAME="gift wrap of an order"`.

A PostgreSQL of its own gets the newest schema; what Alembic finds other in the tables by now is written as a revision,
numbered behind the last, and the program is told to need it. Read what was written before you commit it.
"""

import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from flows.database import embedded, migrate
from flows.database.session import connect_to
from flows.database.tables import metadata

MIGRATIONS = Path(migrate.__file__).parent / "migrations"


class NothingToWriteError(Exception):
    """The tables are what the migrations make."""


def make_migration(name: str) -> Path:
    """Write the migration, and its number into flows/database/migrate.py; the file that was written."""
    with TemporaryDirectory() as data:
        try:
            url = embedded.url(Path(data))
            with connect_to(url) as db:
                migrate.upgrade(db, url, "a key for nobody")
            return write_revision(url, name, MIGRATIONS)
        finally:
            embedded.stop(Path(data))


def write_revision(url: str, name: str, folder: Path) -> Path:
    """Write what the tables have become, beside what is in that database, as a revision into this folder of migrations."""
    number = f"{int(migrate.NEWEST) + 1:04}"
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(folder))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.begin() as connection:
        options = {"version_table": migrate.VERSION_TABLE}
        if not compare_metadata(MigrationContext.configure(connection, opts=options), metadata):
            raise NothingToWriteError
        config.attributes["connection"] = connection
        command.revision(config, message=name, autogenerate=True, rev_id=number)
    (written,) = (folder / "versions").glob(f"{number}_*.py")
    return written


def need(number: str, program: Path = Path(migrate.__file__)) -> None:
    """Tell the program which revision it is written for."""
    program.write_text(re.sub(r'^NEWEST = ".*"$', f'NEWEST = "{number}"', program.read_text(), flags=re.M))


if __name__ == "__main__":
    if not sys.argv[1]:
        sys.exit('Say in a few words what changes: make migration NAME="gift wrap of an order"')
    try:
        file = make_migration(sys.argv[1])
    except NothingToWriteError:
        sys.exit(
            "The tables are what the migrations make: change flows/database/tables.py, or the order model, first."
        )
    need(file.name[:4])
    print(f"Written: {file}. Read it, then run tests/database/test_tables.py.")
