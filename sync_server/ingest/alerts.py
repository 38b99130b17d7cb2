"""What somebody should look at: facts that were taken although something about them is wrong."""

from __future__ import annotations

from uuid import UUID

from shared_models.domain.facts import Fact
from shared_models.orm.server import alert
from sync_server.act import Act
from sync_server.ports import Ids
from sync_server.store.statements import Row, add


class Alerts:
    """Gathered during an act and written with it. ``kind`` is for programs, ``message`` one English sentence."""

    def __init__(self, act: Act, ids: Ids, incarnation: UUID) -> None:
        self._act = act
        self._ids = ids
        self._incarnation = incarnation
        self._rows: list[Row] = []

    def add(self, kind: str, message: str, fact: Fact | int | None = None, member_id: UUID | None = None) -> None:
        """``fact`` of the device that it is about, or its number."""
        number = fact.number if isinstance(fact, Fact) else fact
        self._rows.append(
            {
                "id": self._ids.new(), "at_ms": self._act.now_ms, "kind": kind, "incarnation": self._incarnation,
                "number": number, "member_id": member_id, "message": message,
            }
        )  # fmt: skip

    def write(self) -> None:
        add(self._act.connection, alert, self._rows)
        self._rows = []
