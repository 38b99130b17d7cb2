"""Leases: what the server lends of a bounded counter to one device (design: Spending while offline).

free + Σ left of all leases + spent = funded. A lease ends only when its device says so or is written off; time ends
none, because a spend that nobody told yet may exist. ``Held`` is a lease as its device keeps it, ``Loan`` as the server
counts it; both count down by the same facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from shared_models.domain.errors import DomainError
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.domain.text import N_

_LEASE = b"tillpoint.lease.1\0"


class NotLent(DomainError):
    """More was to be spent than is left of what this device was lent."""

    code = "not_lent"
    template = N_("Part of this was called back meanwhile. Go back to the sale and pay again.")


@dataclass(frozen=True, slots=True)
class LentLot:
    """``amount`` of one lot, valid through ``expires_on`` (store's business date)."""

    id: UUID
    amount: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Lease:
    """``amount`` of ``resource`` for the device ``incarnation`` alone. ``lots`` name it where it is made of lots, in
    the order of spending, and sum to ``amount``. ``epoch`` is the server's when it was lent, 0 for what the device took
    in itself (``stored_value_facts.lease_of``)."""

    id: UUID
    incarnation: UUID
    resource: Resource
    amount: int
    lots: tuple[LentLot, ...] = ()
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class LeaseUse:
    """What a sale took out of a lease."""

    lease: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class LeaseReturned:
    """Kind ``lease.returned``. ``left`` is what nobody spent; ``None`` if the lease never reached the device, which
    then spent nothing of it."""

    lease: UUID
    left: int | None


@dataclass(frozen=True, slots=True)
class LeaseGranted:
    """Kind ``lease.granted``, by the server. ``kind`` and ``key`` name the resource."""

    lease: UUID
    incarnation: UUID
    kind: ResourceKind
    key: str
    amount: int
    epoch: int


@dataclass(frozen=True, slots=True)
class LeaseWrittenOff:
    """Kind ``lease.written_off``, by the server: ``left`` may have been spent by a device that nobody will hear of."""

    lease: UUID
    incarnation: UUID
    left: int


def lease_message(doc: bytes) -> bytes:
    """What the server signs of a lease; ``doc`` is its JSON text, kept and shown again as it is."""
    return _LEASE + doc


# on the device


@dataclass(frozen=True, slots=True)
class Held:
    """A lease on its device. ``lots`` is what is left of the lease's lots."""

    lease: Lease
    left: int
    lots: tuple[LentLot, ...] = ()

    def usable(self, on: date) -> int:
        """What can be spent of it on ``on``: lots that have expired can't."""
        if not self.lease.lots:
            return self.left
        return sum(lot.amount for lot in self.lots if lot.expires_on >= on)


def received(lease: Lease) -> Held:
    return Held(lease, lease.amount, lease.lots)


def take(held: Held, amount: int, on: date) -> Held:
    """``held`` after ``amount`` was spent of it, lot by lot in their order. Raise ``NotLent``."""
    if not 0 < amount <= held.usable(on):
        raise NotLent
    return _taken(held, amount, on)


def counted(held: Held, amount: int, on: date) -> Held:
    """``take`` for a use that stands in a fact already: what isn't there is left out."""
    return _taken(held, min(amount, held.usable(on)), on)


def _taken(held: Held, amount: int, on: date) -> Held:
    lots, missing = [], amount
    for lot in held.lots:
        part = min(missing, lot.amount) if lot.expires_on >= on else 0
        missing -= part
        if lot.amount > part:
            lots.append(replace(lot, amount=lot.amount - part))
    return Held(held.lease, held.left - amount, tuple(lots))


def usable(leases: Iterable[Held], on: date) -> int:
    return sum(held.usable(on) for held in leases)


def split(leases: Sequence[Held], amount: int, on: date) -> tuple[LeaseUse, ...]:
    """Which leases ``amount`` is spent of, in the order given. Raise ``NotLent``."""
    uses = []
    for held in leases:
        part = min(amount, held.usable(on))
        if part > 0:
            uses.append(LeaseUse(held.lease.id, part))
            amount -= part
    if amount > 0:
        raise NotLent
    return tuple(uses)


# at the server


class LoanState(StrEnum):
    """UNDECLARED: facts use it, but the server, restored from a backup, doesn't know yet what it is. FORGOTTEN: the
    same of one that its device has given back meanwhile."""

    OPEN = "open"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"
    UNDECLARED = "undeclared"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Loan:
    """What the server knows of a lease: ``amount`` lent, ``used`` by the facts told so far."""

    amount: int
    used: int = 0
    state: LoanState = LoanState.OPEN

    @property
    def left(self) -> int:
        """What nobody else may count on."""
        return max(0, self.amount - self.used) if self.state is LoanState.OPEN else 0


NO_LOAN = Loan(0, 0, LoanState.UNDECLARED)
"""A lease that facts name and nobody knows."""


def free(funded: int, loans: Iterable[Loan]) -> int:
    """What of ``funded`` is neither spent through ``loans`` nor lent; below zero if more was spent than there was.

    Where spending lowers ``funded`` itself, as of a member's points, give ``balance_free`` the balance.
    """
    return funded - sum(loan.used + loan.left for loan in loans)


def balance_free(balance: int, loans: Iterable[Loan]) -> int:
    """The same of a balance that is lower by each spend that was told."""
    return balance - sum(loan.left for loan in loans)


def portion(asked: int, there: int, *, shared: bool) -> int:
    """How much of ``there`` is lent to one that asks; 0 if nothing is. Of what all tills share it is half at most, so
    that the next one finds something too."""
    if there <= 0 or asked <= 0:
        return 0
    return min(asked, -(-there // 2) if shared else there)


def use(loan: Loan, amount: int) -> tuple[Loan, int]:
    """The loan after a fact used ``amount`` of it, and how much of that is disputed: it wasn't lent any more, or never
    was. It counts all the same."""
    return replace(loan, used=loan.used + amount), amount - min(amount, loan.left)


def end(loan: Loan, left: int | None) -> tuple[Loan, bool]:
    """The loan given back, and whether ``left`` is what the facts say. One that has ended stays as it is."""
    if loan.state is LoanState.UNDECLARED:
        return replace(loan, state=LoanState.FORGOTTEN), True
    if loan.state is not LoanState.OPEN:
        return loan, True
    return replace(loan, state=LoanState.RETURNED), left is None or left == loan.amount - loan.used


def write_off(loan: Loan) -> tuple[Loan, int]:
    """The loan of a device that nobody will hear of, and what it may have spent: the exposure."""
    if loan.state is not LoanState.OPEN:
        return loan, 0
    return replace(loan, state=LoanState.WRITTEN_OFF), loan.left


def declare(known: Loan | None, lease: Lease) -> Loan:
    """A lease that its device shows with the server's signature after a restore. What is known stays known; what facts
    used of it before it was shown is counted, and what was given back stays so."""
    if known is None:
        return Loan(lease.amount)
    if known.state is LoanState.UNDECLARED:
        return Loan(lease.amount, known.used)
    if known.state is LoanState.FORGOTTEN:
        return Loan(lease.amount, known.used, LoanState.RETURNED)
    return known
