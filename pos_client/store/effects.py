"""What own facts did to members, as long as the member's row in the replica doesn't count them.

Every read takes the row first and the effects after it: nothing pruned in between is missed, and ``counted`` keeps
what is already in the row from being shown twice.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from shared_models.domain.member import Effect, Lot

_EFFECT = msgspec.json.Decoder(Effect)


class Effects:
    """Writing doesn't commit. The replica is attached as ``replica``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def book(self, number: int, effect: Effect) -> None:
        """Keep what fact ``number`` did. Booking it again changes nothing."""
        earned = effect.earned
        self._database.run(
            "INSERT OR IGNORE INTO effect (number, member_id, booked_on, lot_id, earned_points, expires_on,"
            " redeemed_points, growth, spend_minor, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, effect.member_id.bytes, effect.on.isoformat(),
                earned.id.bytes if earned else None, earned.points if earned else 0,
                earned.expires_on.isoformat() if earned else None,
                effect.redeemed_points, effect.growth, effect.spend_minor, msgspec.json.encode(effect),
            ),
        )  # fmt: skip

    def of(self, member_id: UUID, counted: int) -> list[Effect]:
        """Own effects on a member that its row, which counts up to fact ``counted``, doesn't hold, in order."""
        rows = self._database.all(
            "SELECT doc, member_id, booked_on, lot_id, earned_points, expires_on, redeemed_points, growth, spend_minor"
            " FROM effect WHERE member_id = ? AND number > ? ORDER BY number",
            (member_id.bytes, counted),
        )
        return [_effect(row) for row in rows]

    def prune(self) -> int:
        """Delete what the rows count by now, and own members that the replica has; how many went. Between the cashier's
        transactions only."""
        old = self._database.one(
            "SELECT (SELECT count(*) FROM effect JOIN replica.member AS m ON m.id = effect.member_id"
            " WHERE effect.number <= m.counted),"
            " (SELECT count(*) FROM own_member AS o JOIN replica.member AS m ON m.id = o.member_id"
            " WHERE o.number <= m.counted)"
        )
        if old is None or old == (0, 0):
            return 0
        with self._database.transaction():
            gone = self._database.run(
                "DELETE FROM effect WHERE number <="
                " (SELECT m.counted FROM replica.member AS m WHERE m.id = effect.member_id)"
            )
            gone += self._database.run(
                "DELETE FROM own_member WHERE number <="
                " (SELECT m.counted FROM replica.member AS m WHERE m.id = own_member.member_id)"
            )
        return gone


def _effect(row: tuple[Any, ...]) -> Effect:
    """A row without a document is of a version that knew no more than the columns, and only sales."""
    doc, member_id, on, lot_id, earned_points, expires_on, redeemed_points, growth, spend_minor = row
    if doc is not None:
        return _EFFECT.decode(doc)
    earned = Lot(UUID(bytes=lot_id), earned_points, date.fromisoformat(expires_on)) if lot_id else None
    return Effect(UUID(bytes=member_id), date.fromisoformat(on), earned, redeemed_points, growth, spend_minor, visits=1)
