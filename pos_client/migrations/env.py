"""Runs the revisions of one file on the connection it is handed, in one transaction."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False)
connection.exec_driver_sql("BEGIN IMMEDIATE")
context.run_migrations()
connection.commit()
