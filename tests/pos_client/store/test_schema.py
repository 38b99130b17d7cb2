"""The migrations make the tables that the code's table definitions name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from pos_client.store.database import Durability, Files
from pos_client.store.migrating import configuration
from pos_client.store.schema import JOURNAL, REPLICA, Schema, make_current
from shared_models.orm import till
from tests.pos_client.store.books import KEY


@pytest.mark.parametrize(("schema", "tables"), [(JOURNAL, till.journal), (REPLICA, till.replica)])
def test_migrations_and_table_definitions_agree(schema: Schema, tables: MetaData, tmp_path: Path) -> None:
    database = Files().open(tmp_path / "file.db", KEY, Durability.FULL)
    make_current(database, schema)
    engine = create_engine(
        "sqlite://", module=dbapi2, creator=lambda: database.connection, poolclass=StaticPool, isolation_level=None
    )

    def is_ours(_object: object, name: str | None, type_: str, _reflected: bool, _other: object) -> bool:
        return not (type_ == "table" and name is not None and "_terms" in name)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, tables) == []
    assert database.one("PRAGMA user_version") == (schema.format,)
    database.close()


@pytest.mark.parametrize("schema", [JOURNAL, REPLICA])
def test_the_cheap_check_knows_every_revision(schema: Schema) -> None:
    script = ScriptDirectory.from_config(configuration(schema.name))
    assert tuple(revision.revision for revision in reversed(list(script.walk_revisions()))) == schema.revisions


HEAVY = (
    "sqlalchemy",
    "alembic",
    "pydantic",
    "escpos",
    "PIL",
    "pypinyin",
    "fastapi",
    "PySide6",
    "babel",
    "serial",
    "biip",
)


def test_the_start_path_loads_no_heavy_library() -> None:
    code = f"import pos_client.bootstrap, sys; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
