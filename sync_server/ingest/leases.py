"""Facts that use or end what their device was lent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from shared_models.domain import leases
from shared_models.domain.facts import Fact
from shared_models.domain.leases import NO_LOAN, LeaseReturned, Loan
from shared_models.domain.programme import Programme
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import Mode, ResourceKind
from shared_models.wire.facts import Payload
from sync_server.act import Act
from sync_server.ingest.alerts import Alerts
from sync_server.ledger import leases as rows
from sync_server.ledger.leases import Borrowed
from sync_server.server import Server

_RECEIPTS = (SaleConfirmed, SaleReturned)


def book_leases(
    server: Server,
    act: Act,
    incarnation: UUID,
    facts: Sequence[tuple[Fact, Payload]],
    new: AbstractSet[int],
    origins: Mapping[int, UUID],
    alerts: Alerts,
) -> set[UUID]:
    """Count what facts use of leases, in their order; the members whose lent points changed.

    ``new`` are the facts whose sale or return wasn't there yet, ``origins`` the devices in whose place one was told.
    What wasn't lent is disputed and counts all the same.
    """
    spenders = [
        (fact, one)
        for fact, one in facts
        if isinstance(one, SaleConfirmed) and fact.number in new and one.member and one.member.redeemed_points
    ]
    ids = {use.lease for fact, one in facts if isinstance(one, _RECEIPTS) for use in one.leases}
    ids |= {one.lease for _, one in facts if isinstance(one, LeaseReturned)}
    if not ids and not spenders:
        return set()
    known = rows.find(act.connection, ids) if ids else {}
    if spenders:
        _doubt_spenders(server.programme(act.connection), spenders, known, alerts)
    booking = _Booking(act, incarnation, known, origins, alerts)
    for fact, one in facts:
        if isinstance(one, _RECEIPTS) and fact.number in new:
            for use in one.leases:
                booking.use(fact, use.lease, use.amount)
        elif isinstance(one, LeaseReturned):
            booking.end(fact, one)
    return booking.write()


def _doubt_spenders(
    programme: Programme, sales: Sequence[tuple[Fact, SaleConfirmed]], known: dict[UUID, Borrowed], alerts: Alerts
) -> None:
    """Points redeemed without a lease where the programme, which the till knew, asks for one."""
    if programme.policy(ResourceKind.POINTS).mode is Mode.FLOOR:
        return
    for fact, sale in sales:
        assert sale.member is not None
        leased = sum(
            use.amount for use in sale.leases if use.lease not in known or known[use.lease].member_id == sale.member.id
        )
        if leased < sale.member.redeemed_points and sale.inputs.programme_version >= programme.version:
            message = f"{sale.member.redeemed_points - leased} points were redeemed that weren't lent to the till."
            alerts.add("lease-exceeded", message, fact, sale.member.id)


class _Booking:
    def __init__(
        self, act: Act, incarnation: UUID, known: dict[UUID, Borrowed], origins: Mapping[int, UUID], alerts: Alerts
    ) -> None:
        self._act = act
        self._incarnation = incarnation
        self._known = known
        self._origins = origins
        self._alerts = alerts
        self._loans: dict[UUID, Loan] = {}
        self._owners: dict[UUID, UUID] = {}

    def use(self, fact: Fact, id: UUID, amount: int) -> None:
        if amount <= 0 or self._is_of_another(fact, id):
            return
        self._owners.setdefault(id, self._origins.get(fact.number, self._incarnation))
        loan, disputed = leases.use(self._loan(id), amount)
        self._loans[id] = loan
        if disputed:
            known = self._known.get(id)
            message = f"{disputed} were spent that weren't lent to the till, or no more."
            self._alerts.add("lease-exceeded", message, fact, known.member_id if known else None)

    def end(self, fact: Fact, returned: LeaseReturned) -> None:
        """One that nobody knows was asked for and never lent: there is nothing to end."""
        if returned.lease not in self._known or self._is_of_another(fact, returned.lease):
            return
        before = self._loan(returned.lease)
        loan, as_told = leases.end(before, returned.left)
        self._loans[returned.lease] = loan
        if not as_told:
            message = f"The till gave back {returned.left} of a lease; by its facts {before.left} were left."
            self._alerts.add("lease-left", message, fact, self._known[returned.lease].member_id)

    def write(self) -> set[UUID]:
        owners = set()
        for lease_id, loan in self._loans.items():
            known = self._known.get(lease_id)
            if known is None:
                rows.insert_unknown(self._act, lease_id, self._owners[lease_id], loan)
            elif loan != known.loan:
                rows.change(self._act, lease_id, loan)
                owners |= {known.member_id} if known.member_id else set()
        return owners

    def _loan(self, id: UUID) -> Loan:
        known = self._known.get(id)
        return self._loans.get(id, known.loan if known else NO_LOAN)

    def _is_of_another(self, fact: Fact, id: UUID) -> bool:
        known = self._known.get(id)
        if known is None or known.incarnation == self._origins.get(fact.number, self._incarnation):
            return False
        self._alerts.add("lease-exceeded", "The fact names a lease of another till.", fact, known.member_id)
        return True
