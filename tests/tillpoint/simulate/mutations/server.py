"""What the server takes and books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from shared_models.domain.facts import Fact, Side
from shared_models.domain.member import Effect
from shared_models.domain.sale import SaleConfirmed
from shared_models.wire.facts import Payload, Undecodable
from sync_server.ingest import booking, intake, reading
from sync_server.ledger.members import Members
from sync_server.store import statements
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import APART


@mutation("A doubled batch isn't recognised.")
def batch_taken_again(patch: Patch) -> None:
    patch.setattr(intake, "new_facts", lambda _head, facts, _held: list(facts))


@mutation("A sale is taken and not booked.")
def sale_not_booked(patch: Patch) -> None:
    patch.setattr(booking, "write_sales", lambda _act, sales, _known, _today: {fact.number for fact, _ in sales})


@mutation("Points are booked twice.")
def applied_twice(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        if effect.redeemed_points:
            real(self, number, replace(effect, earned=None, growth=0))
            self._entries.pop()
        return real(self, number, effect)

    patch.setattr(Members, "apply", apply)


@mutation("A redemption of points that aren't there is withheld instead of owed.", replace(APART, seed=9))
def debit_withheld(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        there = sum(lot.points for lot in self.known[effect.member_id].view.account.lots)
        return real(self, number, replace(effect, redeemed_points=min(effect.redeemed_points, there)))

    patch.setattr(Members, "apply", apply)


@mutation("A row doesn't say that it counts a device's fact.")
def counted_not_written(patch: Patch) -> None:
    real = statements.put

    def put(connection: Connection, table: Any, rows: list[Any], **more: Any) -> None:
        if table.name != "counted":
            real(connection, table, rows, **more)

    patch.setattr("sync_server.ledger.members.put", put)


@mutation("A batch is acknowledged up to its end, though only its first half was stored.")
def half_a_batch(patch: Patch) -> None:
    real = intake.take

    def take(server: Any, act: Any, incarnation: UUID, facts: Sequence[Fact], sides: Sequence[Side], *rest: Any) -> Any:
        done = real(server, act, incarnation, facts[: (len(facts) + 1) // 2], sides, *rest)
        return replace(done, acknowledged=facts[-1].number, hash=facts[-1].hash) if facts else done

    patch.setattr("sync_server.api.endpoints.take", take)


@mutation("The server believes the till's date for what is still good.")
def lots_expire_at_once(patch: Patch) -> None:
    real = Members.apply

    def apply(self: Members, number: int, effect: Effect) -> int:
        lot = effect.earned
        return real(self, number, replace(effect, earned=replace(lot, expires_on=date(2026, 1, 1)) if lot else None))

    patch.setattr(Members, "apply", apply)


@mutation("A redemption that needs more than there is is kept aside, as if it couldn't be read.")
def debit_quarantined(patch: Patch) -> None:
    real = reading.read

    def read(fact: Fact) -> Payload:
        payload = real(fact)
        if isinstance(payload, SaleConfirmed) and payload.member and payload.member.redeemed_points:
            raise Undecodable(fact, "there may not be so many points")
        return payload

    patch.setattr("sync_server.ingest.intake.read", read)
