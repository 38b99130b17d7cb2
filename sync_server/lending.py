"""Lending parts of a bounded counter to a device; taking declarations after a restore; writing devices off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidSignature
from sqlalchemy import select

from shared_models.domain import clock as logical_clock
from shared_models.domain import leases
from shared_models.domain.administration import DeviceWrittenOff
from shared_models.domain.leases import Lease, LeaseGranted, LeaseWrittenOff, Loan, LoanState, lease_message
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.orm.server import device, store
from shared_models.wire import leases as wire
from shared_models.wire.state import StoreDoc
from sync_server.act import Act
from sync_server.errors import BadInput
from sync_server.ingest.after import After
from sync_server.ingest.alerts import Alerts
from sync_server.ingest.declarations import note_declared, undeclared
from sync_server.ingest.locks import ACTIVE, REVOKED, SERVER, lock_device, lock_own
from sync_server.ingest.server_device import ServerDevice
from sync_server.ledger import leases as rows
from sync_server.ledger import partings
from sync_server.ledger.funds import Asking, NotLendable, first, funds
from sync_server.ledger.leases import Borrowed
from sync_server.ledger.owned import Owned
from sync_server.server import Server

_STORE = msgspec.json.Decoder(StoreDoc)


@dataclass(frozen=True, slots=True)
class Lent:
    """A lease's JSON text and the server's signature of it."""

    doc: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is lent now: a problem's code and one English sentence."""

    code: str
    detail: str


def lend(server: Server, act: Act, incarnation: UUID, id: UUID, resource: Resource, asked: int) -> Lent | Refusal:
    """Lend ``asked`` or less of ``resource``, under the lease id the device made. The same id gets the same answer.

    Where others hold what is wanted it is called back from them; that is to be committed with a refusal, too. Who lends
    holds the lock of the server's own device, so that two never lend the same.
    """
    found = lock_device(act.connection, incarnation)
    known = rows.find(act.connection, [id]).get(id)
    if known is not None:
        return _again(known, incarnation, resource)
    if found.state != ACTIVE:
        return Refusal("not-lendable", "Head office has stopped lending to this till.")
    lock_own(server, act.connection)
    epoch = server.epoch(act.connection)
    waiting = undeclared(act.connection, epoch)
    if waiting:
        return Refusal("not-declared", f"The server was restored; {waiting} tills haven't shown yet what they hold.")
    programme = server.programme(act.connection)
    try:
        owned = Owned(act, incarnation, programme, [resource])
    except ValueError:
        return Refusal("not-lendable", "The key is no id.")
    try:
        there = funds(
            Asking(act, programme, owned, found.store_id, _business_date(server, act, found.store_id)), resource
        )
    except NotLendable as error:
        return Refusal("not-lendable", str(error))
    amount = leases.portion(asked, there.free, shared=there.shared)
    if amount < asked:
        for each in owned.same(resource):
            rows.recall(act, each, but=incarnation)
    if not amount:
        return Refusal("not-lendable", "Nothing of it is free now.")
    lease = Lease(id, incarnation, resource, amount, first(there.lots, amount), epoch)
    lent = _sign(server, lease)
    rows.insert(act, lease, Loan(amount), lent.doc, lent.signature)
    owned.show(server)
    granted = LeaseGranted(id, incarnation, resource.kind, resource.key, amount, epoch)
    ServerDevice(server).record(act, granted)
    return lent


def _again(known: Borrowed, incarnation: UUID, resource: Resource) -> Lent | Refusal:
    if known.incarnation != incarnation or known.resource != resource or known.loan.state is not LoanState.OPEN:
        return Refusal("not-lendable", "This lease's id was used before.")
    return Lent(known.doc, known.signature)


def _sign(server: Server, lease: Lease) -> Lent:
    doc = wire.encode(lease)
    return Lent(doc, server.identity.signing_key.sign(lease_message(doc)))


def _business_date(server: Server, act: Act, store_id: str) -> date:
    """Of the device's store, as far as the server's clock knows."""
    doc = act.connection.scalar(select(store.c.doc).where(store.c.id == store_id))
    if doc is None:
        return server.today()
    cut_off = server.programme(act.connection).day_cut_off
    return logical_clock.business_date(logical_clock.utc(act.now_ms), ZoneInfo(_STORE.decode(doc).timezone), cut_off)


# after a restore


class WrongEpoch(Exception):
    """The declaration is one for another epoch than the server's."""


def declare(server: Server, act: Act, incarnation: UUID, epoch: int, shown: Sequence[Lent], *, more: bool) -> None:
    """Take in the leases that a device shows. Those that aren't signed by this server, or are another device's, are
    left out with an alert. Raise ``WrongEpoch``."""
    if epoch != server.epoch(act.connection):
        raise WrongEpoch
    lock_device(act.connection, incarnation)
    if partings.are_asked(act.connection):
        lock_own(server, act.connection)
    alerts = Alerts(act, server.ports.ids, incarnation)
    found = [(one, lease) for one in shown if (lease := _checked(server, incarnation, one, alerts)) is not None]
    known = rows.find(act.connection, [lease.id for _, lease in found])
    changed = set()
    for one, lease in found:
        before = known.get(lease.id)
        loan = leases.declare(before.loan if before else None, lease)
        if before is None or before.loan != loan:
            rows.insert(act, lease, loan, one.doc, one.signature)
            changed.add(lease.resource)
    _show(server, act, incarnation, changed)
    alerts.write()
    if not more:
        note_declared(act, incarnation, epoch)
        ServerDevice(server).follow(act, After(partings=True))


def _checked(server: Server, incarnation: UUID, one: Lent, alerts: Alerts) -> Lease | None:
    try:
        server.identity.signing_key.public_key().verify(one.signature, lease_message(one.doc))
        lease = wire.decode(one.doc)
    except (InvalidSignature, msgspec.DecodeError):
        alerts.add("lease-forged", "A till showed a lease that this server didn't sign; it was left out.")
        return None
    if lease.incarnation != incarnation:
        alerts.add("lease-forged", f"A till showed a lease of {lease.incarnation}; it was left out.")
        return None
    return lease


# writing off


def write_off(server: Server, incarnation: UUID) -> dict[ResourceKind, int]:
    """End what a device was lent, because nobody will hear of it; from here on it gets nothing. What was open, by kind:
    the device may have spent it. Done again it finds nothing more.

    Raise ``UnknownDevice``, or ``BadInput`` for the server's own.
    """
    with server.acting() as act:
        found = lock_device(act.connection, incarnation)
        if found.state == SERVER:
            raise BadInput("The server's own device can't be written off.")
        open_ones = rows.open_of_device(act.connection, incarnation)
        if found.written_off and not open_ones:
            return {}
        act.connection.execute(
            device.update().where(device.c.incarnation == incarnation).values(state=REVOKED, written_off=True)
        )
        lock_own(server, act.connection)
        exposure = _end_all(server, act, incarnation, open_ones)
        ended = [(LeaseWrittenOff(one.id, incarnation, one.loan.left), ()) for one in open_ones]
        ServerDevice(server).record_all(act, [(DeviceWrittenOff(incarnation), ()), *ended])
        return exposure


def _end_all(server: Server, act: Act, incarnation: UUID, open_ones: Sequence[Borrowed]) -> dict[ResourceKind, int]:
    alerts = Alerts(act, server.ports.ids, incarnation)
    exposure: dict[ResourceKind, int] = {}
    for one in open_ones:
        loan, lost = leases.write_off(one.loan)
        rows.change(act, one.id, loan)
        assert one.resource is not None, "what is open is known"
        exposure[one.resource.kind] = exposure.get(one.resource.kind, 0) + lost
        if lost:
            message = f"{lost} of {one.resource.kind} were lent to a till that is written off; it may have spent them."
            alerts.add("lease-written-off", message, member_id=one.member_id)
    _show(server, act, incarnation, [one.resource for one in open_ones if one.resource is not None])
    alerts.write()
    return {kind: lost for kind, lost in exposure.items() if lost}


def _show(server: Server, act: Act, incarnation: UUID, resources: Iterable[Resource]) -> None:
    """Have tills see what is lent of them now."""
    Owned(act, incarnation, server.programme(act.connection), resources).show(server)
