"""Databases of each earlier revision, with something in every table, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, Engine, Integer, LargeBinary, MetaData, Table, select, text
from sqlalchemy.exc import DatabaseError

from shared_models.orm import server as tables
from sync_server.store import Keys, open_engine, reading, upgrade, writing
from sync_server.store.schema import _config

REVISIONS = tuple(script.revision for script in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions())))
VERSIONS = "alembic_version"
NOTED = {"price_changes_from_ms"}
"""What migrations write down in ``meta``."""


@pytest.fixture(params=REVISIONS)
def old(request: pytest.FixtureRequest, database_url: str, keys: Keys) -> Iterator[Engine]:
    """A database of that revision with two rows in every table."""
    engine = open_engine(database_url, keys.database)
    with writing(engine) as connection:
        _empty(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, request.param)
        for table in _tables(connection):
            connection.execute(table.insert(), [_row(table, number) for number in (1, 2)])
    yield engine
    engine.dispose()


def _empty(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSIONS]


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column.name, column.type, number) for column in table.c}


def _value(name: str, type_: object, number: int) -> Any:
    """What could stand there: in texts a month, which is also good as a name."""
    match type_:
        case Boolean():
            return True
        case Integer():
            return number
        case LargeBinary():
            return b"{}" if name in ("doc", "basis") else bytes([number]) * 16
        case _:
            return f"2026-{number:02d}"


def _content(connection: Connection, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    found = {table.name: table for table in _tables(connection)}
    return {
        name: sorted(tuple(row) for row in connection.execute(select(*(found[name].c[one] for one in names))))
        for name, names in columns.items()
    }


def test_each_revision_is_brought_up_with_all_that_is_in_it(old: Engine) -> None:
    with reading(old) as connection:
        columns = {table.name: [column.name for column in table.c] for table in _tables(connection)}
        before = _content(connection, columns)
    assert all(len(rows) == 2 for rows in before.values())
    upgrade(old)
    with reading(old) as connection:
        after = _content(connection, columns)
        after["meta"] = [row for row in after["meta"] if row[0] not in NOTED]
        assert after == before
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.server) == []
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]


def test_an_upgrade_that_breaks_off_changed_nothing(database_url: str, keys: Keys) -> None:
    """Else a power cut would leave a database that no upgrade can finish."""
    engine = open_engine(database_url, keys.database)
    with writing(engine) as connection:
        _empty(connection)
        connection.execute(text("CREATE TABLE parting_asked (stands_in_the_way INTEGER)"))
    with pytest.raises(DatabaseError):
        upgrade(engine)
    with reading(engine) as connection:
        assert [table.name for table in _tables(connection)] == ["parting_asked"]
    with writing(engine) as connection:
        _empty(connection)
    upgrade(engine)
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]
    engine.dispose()
