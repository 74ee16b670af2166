"""Alembic's entry: runs on the connection that `database.upgrade` opened."""

from alembic import context

from voicepulse.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
