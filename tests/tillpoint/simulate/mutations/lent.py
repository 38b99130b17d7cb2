"""What tills are lent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from pos_client.store.leases import Leases
from shared_models.domain import leases
from shared_models.domain.leases import LeaseUse, Loan, LoanState
from shared_models.domain.spending_rules import Resource
from sync_server import lending
from sync_server.ledger import funds
from sync_server.ledger.leases import Borrowed
from sync_server.ledger.leases import loans_of as loans_of_all
from sync_server.ledger.leases import open_of as open_of_all
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import APART, OUTAGES, RESTORED

HALF_AN_HOUR_MS = 30 * 60_000


@mutation("What a till was lent is free again after half an hour.", APART)
def lease_reclaimed_by_time_out(patch: Patch) -> None:
    now: list[int] = []
    real_funds, real_open, real_loans = funds.funds, open_of_all, loans_of_all

    def watched(asking: funds.Asking, resource: Resource) -> funds.Funds:
        now[:] = [asking.act.now_ms]
        return real_funds(asking, resource)

    def open_of(connection: Connection, resource: Resource) -> list[Borrowed]:
        return [one for one in real_open(connection, resource) if one.granted_ms > now[0] - HALF_AN_HOUR_MS]

    def loans_of(connection: Connection, resource: Resource) -> list[Loan]:
        spent = sum(loan.used for loan in real_loans(connection, resource))
        fresh = [Loan(one.loan.left) for one in open_of(connection, resource)]
        return [Loan(0, spent, LoanState.RETURNED), *fresh]

    patch.setattr(lending, "funds", watched)
    patch.setattr(funds, "open_of", open_of)
    patch.setattr(funds, "loans_of", loans_of)


@mutation("A lease is lowered after the receipt, in a transaction of its own.", replace(OUTAGES, operations=60))
def lease_lowered_after_the_receipt(patch: Patch) -> None:
    real = Leases.use

    def use(self: Leases, uses: Iterable[LeaseUse], on: date, now_ms: int) -> None:
        self._database.commit()
        self._database.run("BEGIN IMMEDIATE")
        real(self, uses, on, now_ms)

    patch.setattr(Leases, "use", use)


@mutation("A lease isn't lowered at all.")
def lease_not_lowered(patch: Patch) -> None:
    patch.setattr(Leases, "use", lambda _self, _uses, _on, _now_ms: None)


@mutation("A write-off frees all that was lent, what was spent of it too.")
def write_off_frees_what_was_spent(patch: Patch) -> None:
    real = leases.write_off
    patch.setattr("sync_server.lending.leases.write_off", lambda loan: (replace(real(loan)[0], used=0), real(loan)[1]))


@mutation("A restored server lends before the tills have shown what they hold.", RESTORED)
def lent_before_declared(patch: Patch) -> None:
    patch.setattr(lending, "undeclared", lambda _connection, _epoch: 0)
