"""From Alembic's command to a migration over the connection that `flows.database.migrate` gives it."""

from alembic import context

from flows.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
