"""Watches the tills while they work: what one shows of a member at any moment is made of each fact exactly once.

The accountant sees only the end, when a figure that was wrong for an hour is right again. The watch knows which facts
of which device each version of a member's row was made of, and sums them up by itself.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select

from pos_client.store.journal import SELECT_FACTS, fact_of_row
from shared_models.domain.facts import Fact
from shared_models.domain.retold import FactRetold
from shared_models.domain.sale import SaleConfirmed
from shared_models.orm.server import counted, fact, feed
from shared_models.wire.facts import decode
from sync_server.server import Server
from tillpoint.simulate.server import fact_of
from tillpoint.simulate.till import SimTill

Parts = dict[UUID, int]
"""Device → up to which of its facts."""


class Watch:
    """``most_overspent``: points that a member may owe at most, whatever was cut off from what."""

    def __init__(self, most_overspent: int) -> None:
        self._most_overspent = most_overspent
        self.violations: list[str] = []
        self.looks = 0
        self._made_of: defaultdict[tuple[UUID, int], list[Parts]] = defaultdict(list)
        self._points: defaultdict[tuple[UUID, UUID], dict[int, int]] = defaultdict(dict)
        self._told_at: dict[UUID, tuple[UUID, int]] = {}
        self._version = 0
        self._read_up_to: dict[UUID, int] = {}

    def note(self, server: Server) -> None:
        """The server committed something: remember what the new rows are made of."""
        with server.reading() as connection:
            changed = connection.execute(
                select(feed.c.key, feed.c.version).where(feed.c.kind == "member", feed.c.version > self._version)
            ).all()
            self._version = connection.scalar(select(func.max(feed.c.version))) or 0
            for key, version in changed:
                parts = connection.execute(
                    select(counted.c.incarnation, counted.c.number).where(counted.c.member_id == UUID(key))
                )
                made_of = {row.incarnation: row.number for row in parts}
                if made_of not in self._made_of[UUID(key), version]:
                    self._made_of[UUID(key), version].append(made_of)
            if not changed:
                return
            for incarnation, last in connection.execute(
                select(fact.c.incarnation, func.max(fact.c.number)).group_by(fact.c.incarnation)
            ).all():
                for row in connection.execute(
                    select(fact).where(
                        fact.c.incarnation == incarnation, fact.c.number > self._read_up_to.get(incarnation, 0)
                    )
                ):
                    self._take(fact_of(row))
                self._read_up_to[incarnation] = last
        for member_id in {UUID(key) for key, _ in changed}:
            self._check_bound(member_id)

    def _check_bound(self, member_id: UUID) -> None:
        """Each till may redeem its floor against a balance that others have spent meanwhile, and no more."""
        total = sum(self._sum(device, member_id, upto) for device, upto in self._read_up_to.items())
        if total < -self._most_overspent:
            self.violations.append(f"member {member_id} owes {-total} points, more than {self._most_overspent}")

    def restored(self) -> None:
        """The server forgot some of its past, and draws versions of it again: a row may be that of either."""
        self._version = 0

    def look(self, till: SimTill, members: list[UUID]) -> None:
        """Compare what ``till`` shows of ``members`` right now with what it ought to."""
        own = till.journal.identity.incarnation
        rows = till.journal.database.all(SELECT_FACTS + " WHERE number > ?", (self._read_up_to.get(own, 0),))
        for row in rows:
            self._take(fact_of_row(row, own))
        for member_id in members:
            known = till.shop.member(member_id)
            if known is None:
                continue
            self.looks += 1
            account = known.view.account
            shows = sum(lot.points for lot in account.lots) - account.debt
            of_own = self._sum(own, member_id, till.journal.head.number)
            made_of = self._made_of.get((member_id, known.version), [{}]) if known.version is not None else [{}]
            ought = [of_own + self._of_others(own, member_id, parts) for parts in made_of]
            if shows not in ought:
                self.violations.append(f"{till.name} showed {shows} points of {member_id} instead of {ought}")

    def _of_others(self, own: UUID, member_id: UUID, parts: Parts) -> int:
        return sum(self._sum(device, member_id, upto) for device, upto in parts.items() if device != own)

    def _sum(self, device: UUID, member_id: UUID, upto: int) -> int:
        return sum(points for number, points in self._points[device, member_id].items() if number <= upto)

    def _take(self, one: Fact) -> None:
        """A sale counts where it was told first; of one that is told again only the number is counted."""
        payload = decode(one)
        if isinstance(payload, FactRetold):
            payload = decode(payload.fact)
        if not isinstance(payload, SaleConfirmed) or payload.member is None:
            return
        place = (one.incarnation, one.number)
        if self._told_at.setdefault(payload.sale_id, place) == place:
            earned = payload.member.earned.points if payload.member.earned else 0
            self._points[one.incarnation, payload.member.id][one.number] = earned - payload.member.redeemed_points
