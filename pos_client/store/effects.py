"""What own facts did to members, as long as the member's row in the replica doesn't count them.

Every read takes the row first and the effects after it: nothing pruned in between is missed, and ``counted`` keeps
what is already in the row from being shown twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from pos_client.store.database import Database
from shared_models.domain.member import Effect, Lot

_COUNTED: Final = (
    "number <= (SELECT min(m.counted) FROM replica.member AS m WHERE m.id IN"
    " ({of}.member_id, (SELECT a.kept FROM replica.member_alias AS a WHERE a.gone = {of}.member_id)))"
)

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

    def of(self, member_id: UUID, counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
        """Own effects on a member, and on those joined into them, that the row, which counts up to fact ``counted``,
        doesn't hold, in order."""
        ids = [each.bytes for each in (member_id, *aliases)]
        marks = ",".join("?" * len(ids))
        rows = self._database.all(
            "SELECT doc, member_id, booked_on, lot_id, earned_points, expires_on, redeemed_points, growth, spend_minor"  # noqa: S608 - only question marks
            f" FROM effect WHERE member_id IN ({marks}) AND number > ? ORDER BY number",
            (*ids, counted),
        )
        return [_effect(row) for row in rows]

    def prune(self) -> int:
        """Delete what the rows count by now, and own members that the replica has; how many went. Between the cashier's
        transactions only.

        Of a member who was joined into another both rows must count it: the one may be newer than the other, and either
        may be what is shown.
        """
        tables = ("effect", "own_member", "own_edit")
        old = [self._database.one(f"SELECT 1 FROM {each} WHERE {_COUNTED.format(of=each)} LIMIT 1") for each in tables]  # noqa: S608 - own names
        if old == [None] * len(tables):
            return 0
        with self._database.transaction():
            return sum(self._database.run(f"DELETE FROM {each} WHERE {_COUNTED.format(of=each)}") for each in tables)  # noqa: S608 - own names


def _effect(row: tuple[Any, ...]) -> Effect:
    """A row without a document is of a version that knew no more than the columns, and only sales."""
    doc, member_id, on, lot_id, earned_points, expires_on, redeemed_points, growth, spend_minor = row
    if doc is not None:
        return _EFFECT.decode(doc)
    earned = Lot(UUID(bytes=lot_id), earned_points, date.fromisoformat(expires_on)) if lot_id else None
    return Effect(UUID(bytes=member_id), date.fromisoformat(on), earned, redeemed_points, growth, spend_minor, visits=1)
