"""Facts that use or end what their device was lent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from shared_models.domain import leases
from shared_models.domain.facts import Fact
from shared_models.domain.leases import NO_LOAN, Lease, LeaseReturned, Loan
from shared_models.domain.programme import Programme
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.sale import SaleConfirmed
from shared_models.domain.spending_rules import Mode, Resource
from shared_models.domain.spent import spent
from shared_models.domain.stored_value_facts import StoredValueLoaded, lease_of
from shared_models.wire import leases as wire
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
) -> set[Resource]:
    """Count what facts use of leases, in their order; of what something else is lent now.

    ``new`` are the facts whose sale or return wasn't there yet, ``origins`` the devices in whose place one was told.
    What wasn't lent is disputed and counts all the same.
    """
    sales = [(fact, one) for fact, one in facts if isinstance(one, SaleConfirmed) and fact.number in new]
    spending = [(fact, one, found) for fact, one in sales if (found := spent(one))]
    ids = {use.lease for _, one in facts if isinstance(one, _RECEIPTS) for use in one.leases}
    ids |= {
        one.lease for _, one in facts if isinstance(one, LeaseReturned | StoredValueLoaded) and one.lease is not None
    }
    if not ids and not spending:
        return set()
    known = rows.find(act.connection, ids) if ids else {}
    if spending:
        _doubt_spenders(server.programme(act.connection), spending, known, alerts)
    booking = _Booking(act, incarnation, known, origins, alerts)
    for fact, one in facts:
        if isinstance(one, _RECEIPTS) and fact.number in new:
            for use in one.leases:
                booking.use(fact, use.lease, use.amount)
        elif isinstance(one, LeaseReturned):
            booking.end(fact, one)
        elif isinstance(one, StoredValueLoaded):
            booking.keep(fact, one)
    return booking.write()


def _doubt_spenders(
    programme: Programme,
    sales: Sequence[tuple[Fact, SaleConfirmed, Mapping[Resource, int]]],
    known: Mapping[UUID, Borrowed],
    alerts: Alerts,
) -> None:
    """What was spent without a lease where the programme, which the till knew, asks for one."""
    for fact, sale, found in sales:
        for resource, amount in found.items():
            if programme.policy(resource.kind).mode is Mode.FLOOR or sale.inputs.programme_version < programme.version:
                continue
            leased = sum(
                use.amount for use in sale.leases if use.lease not in known or known[use.lease].resource == resource
            )
            if leased < amount:
                message = f"{amount - leased} of {resource.kind} were spent that weren't lent to the till."
                alerts.add("lease-exceeded", message, fact, sale.member.id if sale.member else None)


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
        self._kept: dict[UUID, Lease] = {}

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
        if returned.lease not in {*self._known, *self._kept, *self._loans} or self._is_of_another(fact, returned.lease):
            return
        before = self._loan(returned.lease)
        loan, as_told = leases.end(before, returned.left)
        self._loans[returned.lease] = loan
        if not as_told:
            message = f"The till gave back {returned.left} of a lease; by its facts {before.left} were left."
            known = self._known.get(returned.lease)
            self._alerts.add("lease-left", message, fact, known.member_id if known else None)

    def keep(self, fact: Fact, loaded: StoredValueLoaded) -> None:
        """What a till keeps to itself of a load that it took is lent to it. Told again it is there already."""
        terms = lease_of(loaded, self._origins.get(fact.number, self._incarnation))
        if terms is None or self._is_of_another(fact, terms.id):
            return
        before = self._loans.get(terms.id) or (self._loan(terms.id) if terms.id in self._known else None)
        loan = leases.declare(before, terms)
        if loan != before:
            self._loans[terms.id], self._kept[terms.id] = loan, terms

    def write(self) -> set[Resource]:
        changed = {terms.resource for terms in self._kept.values()}
        for lease_id, loan in self._loans.items():
            known = self._known.get(lease_id)
            if lease_id in self._kept:
                terms = self._kept[lease_id]
                rows.insert(self._act, terms, loan, wire.encode(terms), b"")
            elif known is None:
                rows.insert_unknown(self._act, lease_id, self._owners[lease_id], loan)
            elif loan != known.loan:
                rows.change(self._act, lease_id, loan)
                changed |= {known.resource} if known.resource is not None else set()
        return changed

    def _loan(self, id: UUID) -> Loan:
        known = self._known.get(id)
        return self._loans.get(id, known.loan if known else NO_LOAN)

    def _is_of_another(self, fact: Fact, id: UUID) -> bool:
        known = self._known.get(id)
        if known is None or known.incarnation == self._origins.get(fact.number, self._incarnation):
            return False
        self._alerts.add("lease-exceeded", "The fact names a lease of another till.", fact, known.member_id)
        return True
