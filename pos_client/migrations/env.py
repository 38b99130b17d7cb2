"""Runs the revisions of one file on the connection it is handed, in one transaction."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
# Begun before Alembic looks: else it commits after the first revision, and each statement of the others by itself.
connection.exec_driver_sql("BEGIN IMMEDIATE")
context.configure(connection=connection, transaction_per_migration=False)
context.run_migrations()
connection.commit()
