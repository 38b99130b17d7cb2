"""Run by Alembic: migrates over the connection that ``store.upgrade`` hands in."""

from __future__ import annotations

from alembic import context

from shared_models.orm.server import server

context.configure(connection=context.config.attributes["connection"], target_metadata=server, transactional_ddl=False)
context.run_migrations()
