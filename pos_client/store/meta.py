"""Single values that belong to a database file."""

from __future__ import annotations

from collections.abc import Mapping

from pos_client.store.database import Database


class Meta:
    """Names and values of a ``meta`` table. Writing doesn't commit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def blob(self, key: str) -> bytes | None:
        row = self._database.one("SELECT value FROM main.meta WHERE key = ?", (key,))
        return None if row is None else bytes(row[0])

    def text(self, key: str, default: str = "") -> str:
        value = self.blob(key)
        return default if value is None else value.decode()

    def number(self, key: str, default: int = 0) -> int:
        value = self.blob(key)
        return default if value is None else int(value)

    def put(self, key: str, value: bytes | str | int) -> None:
        self.put_all({key: value})

    def put_all(self, values: Mapping[str, bytes | str | int]) -> None:
        """In one statement: a cashier waits for it."""
        if not values:
            return
        stored: list[object] = []
        for key, value in values.items():
            stored += (key, value if isinstance(value, bytes) else str(value).encode())
        marks = ", ".join(["(?, ?)"] * len(values))
        self._database.run(
            f"INSERT INTO main.meta (key, value) VALUES {marks}"  # noqa: S608 - only question marks
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            stored,
        )
