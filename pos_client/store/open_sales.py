"""Sales that aren't confirmed: the one on the screen, stored after each change, and parked ones."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pos_client.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredSale:
    """``doc`` is JSON of ``app.sale_in_hand``."""

    id: UUID
    state: str
    doc: bytes


class OpenSales:
    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> StoredSale | None:
        """The sale on the screen when the till stopped."""
        row = self._database.one(
            "SELECT id, state, doc FROM open_sale WHERE state <> 'parked' ORDER BY changed_hlc DESC"
        )
        return StoredSale(UUID(bytes=row[0]), row[1], bytes(row[2])) if row else None

    def save(self, sale: StoredSale, hlc: int) -> None:
        """Durable when it returns."""
        with self._database.transaction():
            self._database.run(
                "INSERT INTO open_sale (id, state, doc, changed_hlc) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE"
                " SET state = excluded.state, doc = excluded.doc, changed_hlc = excluded.changed_hlc",
                (sale.id.bytes, sale.state, sale.doc, hlc),
            )

    def drop(self, sale_id: UUID) -> None:
        with self._database.transaction():
            self._database.run("DELETE FROM open_sale WHERE id = ?", (sale_id.bytes,))
