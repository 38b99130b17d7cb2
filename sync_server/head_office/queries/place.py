"""Places in long lists, as they travel in the address: a page that begins at one costs what the first page does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sync_server.head_office import given


@dataclass(frozen=True, slots=True)
class Place:
    """Next to the row with this ``id``. ``at_ms`` where the list orders the rows of a ``day`` by their time."""

    day: str
    id: UUID
    at_ms: int = 0

    def __str__(self) -> str:
        return f"{self.day}_{self.at_ms}_{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """``None``, which is the first page, for what is no place."""
        try:
            day, at_ms, row_id = text.split("_")
            return cls(date.fromisoformat(day).isoformat(), UUID(hex=row_id), given.number(at_ms))
        except ValueError:
            return None
