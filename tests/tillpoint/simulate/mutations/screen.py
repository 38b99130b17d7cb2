"""What a till shows of its members, and lets them spend by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import structs

from pos_client.store.effects import Effects
from pos_client.store.outbox import Outbox
from pos_client.store.replica import Replica
from pos_client.sync.client import Client
from shared_models.domain import spending
from shared_models.domain.member import Effect
from shared_models.domain.spending import Seen, Spendable
from shared_models.domain.spending_rules import Policy
from shared_models.wire.messages import Cursor, PullAnswer, RowMessage
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import APART


@mutation("Own effects are added although the row counts them.")
def effects_added_twice(patch: Patch) -> None:
    real = Effects.of

    def forgetful(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
        return real(self, member_id, 0, aliases)

    patch.setattr(Effects, "of", forgetful)


@mutation("One counted number for the whole page instead of one for each row.")
def counted_for_the_page(patch: Patch) -> None:
    heads: dict[Path, int] = {}
    real_pull, real_apply, real_of = Client.pull, Replica.apply, Effects.of

    def pull(self: Client, cursor: Cursor | None, limit: int) -> PullAnswer:
        page = real_pull(self, cursor, limit)
        return structs.replace(page, rows=[structs.replace(row, counted=page.acknowledged) for row in page.rows])

    def apply(self: Replica, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        till = self._database.path.parent
        heads[till] = max([heads.get(till, 0), *(row.counted for row in rows)])
        real_apply(self, rows, cursor)

    def of(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
        return real_of(self, member_id, heads.get(self._database.path.parent, 0), aliases)

    patch.setattr(Client, "pull", pull)
    patch.setattr(Replica, "apply", apply)
    patch.setattr(Effects, "of", of)


@mutation("Effects are forgotten once they are sent, though the till's row doesn't count them yet.")
def effects_forgotten_when_sent(patch: Patch) -> None:
    real = Outbox.acknowledge

    def hasty(self: Outbox, number: int, *rest: Any, **more: Any) -> None:
        real(self, number, *rest, **more)
        self._journal.database.run("DELETE FROM effect WHERE number <= ?", (number,))

    patch.setattr(Outbox, "acknowledge", hasty)


@mutation("The cursor is kept before the rows of its page.")
def cursor_before_rows(patch: Patch) -> None:
    real = Replica.apply

    def apply(self: Replica, rows: Sequence[RowMessage], cursor: Cursor) -> None:
        if not rows:
            real(self, rows, cursor)
            return
        real(self, [], cursor)
        self.settle()
        real(self, rows, structs.replace(cursor, version=cursor.version))

    patch.setattr(Replica, "apply", apply)


@mutation("The allowance for redeeming offline starts anew with the day, not with a sync.", replace(APART, days=2))
def floor_reset_by_the_clock(patch: Patch) -> None:
    real = spending.spendable

    def spendable(policy: Policy, seen: Seen) -> Spendable:
        return real(policy, replace(seen, own_uncounted=0))

    patch.setattr("pos_client.app.spending.spendable", spendable)
