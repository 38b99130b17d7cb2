"""What the server's tables hold."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, select

from shared_models.orm.server import server as metadata
from sync_server.server import Server


def count(server: Server, table: Table) -> int:
    with server.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def counts(server: Server) -> dict[str, int]:
    """Rows of every table: to prove that nothing changed."""
    return {name: count(server, table) for name, table in metadata.tables.items()}


def rows(server: Server, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """All rows of a table, sorted."""
    chosen = [table.c[name] for name in columns] or list(table.c)
    with server.reading() as connection:
        return sorted((tuple(row) for row in connection.execute(select(*chosen))), key=repr)
