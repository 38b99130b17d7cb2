"""Alembic revisions of the server's database."""
