"""Runs Alembic on an open till database."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

import pos_client.migrations
from pos_client.store.database import Database

_FOLDER = Path(pos_client.migrations.__file__).parent


def configuration(name: str) -> Config:
    """Alembic's settings for ``journal`` or ``replica``."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("version_locations", str(_FOLDER / name).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def upgrade(database: Database, name: str, to: str = "head") -> None:
    """Run what is missing of the revisions of ``name`` up to ``to``, all or nothing."""
    engine = create_engine(
        "sqlite://", module=dbapi2, creator=lambda: database.connection, poolclass=StaticPool, isolation_level=None
    )
    config = configuration(name)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
