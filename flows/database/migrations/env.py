"""From Alembic's command to a migration over the connection that `flows.database.migrate` gives it."""

from alembic import context

from flows.database.migrate import VERSION_TABLE
from flows.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
