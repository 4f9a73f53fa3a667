"""Alembic's entry: runs migrations on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from alembic import context

from services.core.db.every_table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds every step
)
context.run_migrations()
