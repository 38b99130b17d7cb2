"""Bringing a database to this version's schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from sync_server.errors import NewerDatabase
from sync_server.store.engine import lock, reading, writing

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_UPGRADE_LOCK = 0x71_11_00_01


def upgrade(engine: Engine) -> None:
    """Create or update all tables in one transaction; raise ``NewerDatabase`` if a newer version did."""
    config = _config()
    with reading(engine) as connection:
        if _revision(connection) == ScriptDirectory.from_config(config).get_current_head():
            return
    with writing(engine) as connection:
        lock(connection, _UPGRADE_LOCK)
        _refuse_newer(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(connection: Connection, config: Config) -> None:
    found = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise NewerDatabase(
            f"This database was written by a newer version of Tillpoint (schema {found}). "
            "Install that version or a later one; nothing was changed."
        )
