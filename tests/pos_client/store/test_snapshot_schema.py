"""A file that the server made is a replica like one that the till's migrations made."""

from __future__ import annotations

from pathlib import Path

from pos_client.store.database import Database, Durability, Files
from pos_client.store.schema import REPLICA, make_current
from sync_server.snapshots.file import make
from tests.pos_client.store.books import KEY, cursor, member_row, product_row


def described(database: Database) -> dict[str, object]:
    """Tables with their columns, indexes with theirs; not how the statements were written."""
    tables = [name for (name,) in database.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found: dict[str, object] = {}
    for table in tables:
        indexes = database.all(f"SELECT name, \"unique\", origin FROM pragma_index_list('{table}') ORDER BY name")
        found[table] = (
            database.all(f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')"),
            [(*index, database.all(f"SELECT name FROM pragma_index_info('{index[0]}')")) for index in indexes],
            database.all(f"SELECT wr FROM pragma_table_list('{table}')"),
        )
    found["terms"] = database.all("SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%' ORDER BY name")
    found["revision"] = database.all("SELECT version_num FROM alembic_version")
    found["format"] = database.one("PRAGMA user_version")
    return found


def test_the_same_tables_and_indexes(tmp_path: Path) -> None:
    migrated = Files().open(tmp_path / "migrated.db", KEY, Durability.NORMAL)
    make_current(migrated, REPLICA)
    rows = [member_row(0), *(product_row(number) for number in range(3))]
    make(tmp_path / "made.db", KEY, rows, [], cursor(9))
    made = Files().open(tmp_path / "made.db", KEY, Durability.NORMAL)
    make_current(made, REPLICA)
    expected = described(migrated)
    found = described(made)
    assert found.pop("device_counted")
    assert found == expected
    assert made.one("PRAGMA journal_mode") == ("wal",)
    assert made.all("PRAGMA cipher_integrity_check") == []
    assert made.one("PRAGMA integrity_check") == ("ok",)
    migrated.close()
    made.close()
